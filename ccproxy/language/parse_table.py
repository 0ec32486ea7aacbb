"""Parses the tokens of a text by a table of LALR(1), which `lark_table.py` makes of `grammar/ccp.lark`."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.tokens import WORD_TYPES, Token
from ccproxy.language.tree_builder import TreeBuilder

_END = Token("$END", 0, 0, "")
"""What follows the last token."""

Parts = list[Any]


@frozen
class Refused:
    """Raised for a syntax error: the index of the unexpected token (the number of tokens at the end) and the types of the expected ones."""

    index: int
    due: frozenset[str]


@frozen
class _Rule:
    """A rule of the grammar: the symbol that it makes of so many, and what makes its value of theirs.

    A rule that `passes` makes one symbol of one, whose value it has.
    """

    origin: str
    size: int
    make: Callable[[Parts], Any]
    passes: bool


_State = dict[str, Any]
"""What is due: for the type of a token the state that it leads to, or the `_Rule` by which to reduce before it; for a symbol the state."""


class ParseTable:
    """The compiled grammar. It reads one text at a time; the tree is built while the parser reduces, without recursion."""

    def __init__(self, builder: TreeBuilder) -> None:
        table = json.loads((grammar_folder() / "ccp.table.json").read_bytes())
        rules = [_rule(origin, symbols, table["lists"], builder) for origin, symbols in table["rules"]]
        states: list[_State] = [{} for _ in table["states"]]
        for state, actions in zip(states, table["states"], strict=True):
            state.update({type_: states[what] if what >= 0 else rules[-1 - what] for type_, what in actions.items()})
        self._passed: dict[tuple[int, int, str], _State] = {}
        self._start, self._end = states[0], states[table["end"]]

    def read(self, code: Sequence[Token]) -> list[syntax.Statement] | Refused:
        """Parse these tokens, comments left out, into what the builder makes of them."""
        stack, values = [self._start], Parts()
        top = self._start
        for index, written in enumerate((*code, _END)):
            token, type_ = written, written.type
            if type_ in WORD_TYPES and type_ not in top:
                token = _as_due(written, top)
                type_ = token.type
            while (action := top.get(type_)).__class__ is _Rule:
                if action.passes:
                    place = id(stack[-2]), id(top), type_
                    top = self._passed.get(place) or self._pass(place, stack[-2], top)
                    stack[-1] = top
                    continue
                start = len(values) - action.size
                values[start:] = [action.make(values[start:])]
                del stack[start + 1 :]
                top = stack[-1][action.origin]
                stack.append(top)
            if action is None:
                if top is self._end and token is _END:
                    break
                return Refused(index, self.due(code[: index + 1]))
            top = action
            stack.append(top)
            values.append(token)
        statements: list[syntax.Statement] = values[-1]
        return statements

    def _pass(self, place: tuple[int, int, str], below: _State, top: _State) -> _State:
        """The state after all rules that pass a value on, before a token of the type in `place`: most expressions are one of each kind."""
        while isinstance(action := top.get(place[2]), _Rule) and action.passes:
            top = below[action.origin]
        return self._passed.setdefault(place, top)

    def due(self, code: Sequence[Token]) -> frozenset[str]:
        """The types of the tokens that can follow these, `$END` for the end; a token that doesn't fit is skipped."""
        stack = [self._start]
        for token in code:
            self._shift(_as_due(token, stack[-1]).type, stack)
        types = [type_ for type_ in stack[-1] if type_.isupper()]
        return frozenset(type_ for type_ in types if self._shift(type_, [*stack]))

    def _shift(self, type_: str, stack: list[_State]) -> bool:
        """Take a token of this type, after all reductions that it asks for; False if it can't follow. No tree is built."""
        while (action := stack[-1].get(type_)) is not None:
            if not isinstance(action, _Rule):
                stack.append(action)
                return True
            if action.passes:
                stack[-1] = stack[-2][action.origin]
                continue
            del stack[len(stack) - action.size :]
            stack.append(stack[-1][action.origin])
            if stack[-1] is self._end and type_ == _END.type:
                return True
        return False


def _as_due(token: Token, state: _State) -> Token:
    """The token; a reserved word as a name or label, where only that is expected."""
    if token.type not in WORD_TYPES or token.type in state:
        return token
    return token._replace(type="NAME" if "NAME" in state else "LABEL" if "LABEL" in state else token.type)


def _rule(origin: str, symbols: Sequence[str], lists: Collection[str], builder: TreeBuilder) -> _Rule:
    """The rule as read. A symbol with `_` before its name is no part of the tree: one of `lists` has parts, any other is its only one."""
    spread = [symbol in lists for symbol in symbols]
    inner = origin.startswith("_")
    build = _as_they_are if inner else getattr(builder, origin)
    passes = inner and spread == [origin in lists]
    return _Rule(origin, len(symbols), _spreading(spread, build) if any(spread) else build, passes)


def _as_they_are(parts: Parts) -> Parts:
    return parts


def _spreading(spread: Sequence[bool], build: Callable[[Parts], Any]) -> Callable[[Parts], Any]:
    """Builds of values, of which some are parts themselves."""

    def make(values: Parts) -> Any:
        parts: Parts = []
        for value, spreads in zip(values, spread, strict=True):
            if not spreads:
                parts.append(value)
            elif parts:
                parts += value
            else:
                parts = value  # nobody else has it, and a long chain must not be copied again for each of its links
        return build(parts)

    return make


def grammar_folder() -> Path:
    """Where the grammar and its table are. RuntimeError where they were not installed."""
    spec = find_spec("ccproxy.grammar")
    if spec is None or spec.origin is None:
        raise RuntimeError("this installation of ccproxy has no grammar: install it again")
    return Path(spec.origin).parent

"""Parses the tokens of a text by a table of LALR(1), which `tests/language/lark_table.py` makes of `grammar/ccp.lark`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
    """A rule of the grammar: the symbol that it makes of so many, and what makes a part of the tree of theirs.

    A symbol with `_` before its name is no part of the tree: where it is `spread`, its parts stand in its place. A rule that `passes`
    makes one such symbol of one.
    """

    origin: str
    size: int
    build: Callable[[Parts], Any] | None
    spread: tuple[bool, ...]
    passes: bool


class ParseTable:
    """The compiled grammar. It reads one text at a time; the tree is built while the parser reduces, without recursion."""

    def __init__(self, builder: TreeBuilder) -> None:
        table = json.loads((_grammar_folder() / "ccp.table.json").read_bytes())
        self._states: list[Mapping[str, int]] = table["states"]
        self._end: int = table["end"]
        self._rules = [_rule(origin, symbols, builder) for origin, symbols in table["rules"]]

    def read(self, code: Sequence[Token]) -> list[syntax.Statement] | Refused:
        """Parse these tokens, comments left out, into what the builder makes of them."""
        stack, values = [0], Parts()
        for index, token in enumerate(code):
            if not self._shift(self._as_due(token, stack), stack, values):
                return Refused(index, self.due(code[: index + 1]))
        if not self._shift(_END, stack, values):
            return Refused(len(code), self.due(code))
        statements: list[syntax.Statement] = values[-1]
        return statements

    def due(self, code: Sequence[Token]) -> frozenset[str]:
        """The types of the tokens that can follow these, `$END` for the end; a token that doesn't fit is skipped."""
        stack = [0]
        for token in code:
            self._shift(self._as_due(token, stack), stack)
        types = [type_ for type_ in self._states[stack[-1]] if type_.isupper()]
        return frozenset(type_ for type_ in types if self._shift(replace(_END, type=type_), [*stack]))

    def _as_due(self, token: Token, stack: list[int]) -> Token:
        """The token; a reserved word as a name or label, where only that is expected."""
        if token.type not in WORD_TYPES or token.type in (due := self._states[stack[-1]]):
            return token
        return replace(token, type="NAME" if "NAME" in due else "LABEL" if "LABEL" in due else token.type)

    def _shift(self, token: Token, stack: list[int], values: Parts | None = None) -> bool:
        """Take a token, after all reductions that it asks for; False if it can't follow. Without `values` no tree is built."""
        states, rules = self._states, self._rules
        while True:
            action = states[stack[-1]].get(token.type)
            if action is None:
                return False
            if action >= 0:
                stack.append(action)
                if values is not None:
                    values.append(token)
                return True
            rule = rules[-1 - action]
            if values is not None and not rule.passes:
                _reduce(rule, values)
            if rule.size:
                del stack[-rule.size :]
            stack.append(states[stack[-1]][rule.origin])
            if stack[-1] == self._end and token.type == _END.type:
                return True


def _reduce(rule: _Rule, values: Parts) -> None:
    """Make one value of the last ones."""
    start = len(values) - rule.size
    parts: Parts = []
    for value, spread in zip(values[start:], rule.spread, strict=True):
        if not spread:
            parts.append(value)
        elif parts:
            parts += value
        else:
            parts = value  # nobody else has it, and a long chain must not be copied again for each of its links
    values[start:] = [parts if rule.build is None else rule.build(parts)]


def _rule(origin: str, symbols: Sequence[str], builder: TreeBuilder) -> _Rule:
    spread = tuple([symbol.startswith("_") for symbol in symbols])
    inner = origin.startswith("_")
    return _Rule(origin, len(symbols), None if inner else getattr(builder, origin), spread, inner and spread == (True,))


def _grammar_folder() -> Path:
    spec = find_spec("ccproxy.grammar")
    if spec is None or spec.origin is None:
        raise RuntimeError("this installation of ccproxy has no grammar: install it again")
    return Path(spec.origin).parent

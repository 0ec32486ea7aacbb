"""What is expected at a place in a text being typed: the grammar says what fits, the tokens before it what is meant."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import get_args

from ccproxy.facts import FUNCTIONS
from ccproxy.frozen import frozen
from ccproxy.language.parser import due_behind
from ccproxy.language.syntax import Infix, Relation
from ccproxy.language.tokens import STATEMENT_TYPES, Kind, Token, code_before


class Want(Enum):
    """What is expected, apart from words of the language."""

    OPERAND = auto()
    LIST = auto()
    FACT = auto()
    SPLIT_FACT = auto()
    LABEL = auto()
    TEXT = auto()
    ZONE = auto()
    INCLUDE = auto()
    NOTHING = auto()


@frozen
class Place:
    """What is expected from `start` on; a completion replaces the text from there to `end`.

    `due` are the types of the tokens that the grammar accepts there, empty inside a token. `fact` is the fact concerned: for a value,
    that left of the operator; for an operator, that before it; `header` for the argument of that reader, and `header:NAME` for what
    is compared with its value.
    """

    want: Want
    start: int
    end: int
    due: frozenset[str] = frozenset()
    fact: str | None = None


_COMPARING = [operator.split() for operator in (*get_args(Relation), *get_args(Infix))]
_LAST = frozenset(words[-1] for words in _COMPARING)
_FIRST = frozenset(words[0] for words in _COMPARING if len(words) > 1)
_QUANTIFIERS = {"ANY", "ALL", "NONE"}
_READERS = frozenset(function.name for function in FUNCTIONS)


def place_at(found: Sequence[Token], text: str, offset: int) -> Place:
    """What is expected at an offset."""
    inside = next((token for token in found if token.start < offset and (offset < token.end or _is_open(token, offset))), None)
    if inside is not None and inside.kind in (Kind.COMMENT, Kind.PATTERN):
        return Place(Want.NOTHING, offset, offset)
    if inside is not None and inside.text.startswith('"'):
        return _in_text(text, code_before(found, inside.start), inside, offset)
    start = _typed_from(found, offset)
    before = code_before(found, start)
    due = due_behind(text, before)
    want, fact = _wanted(before, due)
    return Place(want, start, offset, due, fact)


def _typed_from(found: Sequence[Token], offset: int) -> int:
    """The start of the word that is being typed: `agent.` and `claude-` are beginnings of longer ones."""
    end, goes_on = offset, ""
    for token in reversed([token for token in found if token.start < offset]):
        if token.end < end:
            break
        if token.kind is Kind.LABEL or (token.kind is Kind.WORD and goes_on != "-"):
            return token.start
        if goes_on or token.text not in (".", "-"):
            break
        end, goes_on = token.start, token.text
    return offset


def _wanted(before: list[Token], due: frozenset[str]) -> tuple[Want, str | None]:
    """What is expected after these tokens, and the fact concerned."""
    last = before[-1].type if before else ""
    previous = before[-2].type if len(before) > 1 else ""
    if "LABEL" in due:
        return Want.LABEL, None
    if not due >= {"NAME", "LPAR"}:
        return Want.NOTHING, before[-1].text if last == "NAME" and previous not in _QUANTIFIERS else None
    if last in _QUANTIFIERS or (previous, last) == ("COUNT", "LPAR"):
        return Want.LIST, None
    if last in ("HAS", "BY"):
        return Want.FACT if last == "HAS" else Want.SPLIT_FACT, None
    return Want.OPERAND, _compared(before)


def _is_open(token: Token, offset: int) -> bool:
    """Whether a token still continues at its end: a comment, or an unclosed text or pattern."""
    return offset == token.end and token.type in ("COMMENT", "OPEN_TEXT", "OPEN_PATTERN")


def _in_text(text: str, before: list[Token], token: Token, offset: int) -> Place:
    """What fits into the text that the cursor is in."""
    last = before[-1].type if before else ""
    end = offset if _is_open(token, token.end) else token.end  # an unclosed text has swallowed the rest of the line
    reader = before[-2].text if len(before) > 1 else ""
    if last in ("TIMEZONE", "INCLUDE"):
        return Place(Want.ZONE if last == "TIMEZONE" else Want.INCLUDE, token.start, end)
    if "LABEL" in due_behind(text, before):
        return Place(Want.LABEL, token.start, end)
    if last == "LPAR" and reader in _READERS:
        return Place(Want.TEXT, token.start, end, fact=reader)
    return Place(Want.TEXT, token.start, end, fact=_compared(before))


def _in_list(before: list[Token]) -> bool:
    depth = 0
    for token in reversed(before):
        depth += {"[": 1, "]": -1}.get(token.text, 0) if token.kind is Kind.SIGN else 0
        if depth > 0:
            return True
        if token.type in STATEMENT_TYPES:
            return False
    return False


def _compared(before: list[Token]) -> str | None:
    """The fact that a value after these tokens is compared with; None if there is none."""
    left = list(before)
    if _in_list(left):
        while left and not (left[-1].kind is Kind.SIGN and left[-1].text == "["):
            left.pop()
        left = left[:-1]
    if not left or left[-1].text not in _LAST:
        return None
    left.pop()
    while left and left[-1].text in _FIRST:
        left.pop()
    if not left:
        return None
    if left[-1].text == ")" and len(left) >= 4 and left[-4].text in _READERS and left[-2].kind is Kind.TEXT:
        name = left[-2].value
        return f"{left[-4].text}:{name.lower() if left[-4].text == 'header' else name}"
    return left[-1].text if left[-1].kind is Kind.WORD else None

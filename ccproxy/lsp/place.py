"""What is due at a place of a text that is being typed, told from the words before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ccproxy.facts import FUNCTIONS
from ccproxy.language.literals import STATEMENT_KEYWORDS
from ccproxy.language.tokens import Kind, Token, code_before


class Want(Enum):
    """What is due."""

    STATEMENT = auto()
    OPERAND = auto()
    LIST = auto()
    FACT = auto()
    SPLIT_FACT = auto()
    OPERATOR = auto()
    LABEL = auto()
    TEXT = auto()
    ZONE = auto()
    INCLUDE = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """What is due from `start` on; what a completion replaces ends at `end`.

    `fact` is the fact that the place has to do with: left of the operator for a value, before the place for an operator; for the argument
    of a reader `header`, for what is compared with it `header:NAME`. `keywords` can stand here too.
    """

    want: Want
    start: int
    end: int
    fact: str | None = None
    keywords: tuple[str, ...] = ()
    of_elements: bool = False
    in_let: bool = False


_PARTIAL = re.compile(r"[A-Za-z0-9_.@/:-]*\Z")
_PARTIAL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")
_COMPARING = {"==", "!=", "<", "<=", ">", ">=", "in", "matches", "contains", "with"}
_OPENING = {"when", "and", "or", "not", "(", "=", "+", "-", "*", ".."} | _COMPARING
_READERS = frozenset(function.name for function in FUNCTIONS)
_AFTER_LABEL = ("fallback", "because")


def place_at(found: Sequence[Token], text: str, offset: int) -> Place:
    """What is due at an offset."""
    inside = next((token for token in found if token.start < offset and (offset < token.end or _is_open(token, offset))), None)
    if inside is not None and inside.kind in (Kind.COMMENT, Kind.PATTERN):
        return Place(Want.NOTHING, offset, offset)
    if inside is not None and inside.text.startswith('"'):
        return _in_text(code_before(found, inside.start), inside, offset)
    before_cursor = text[max(offset - 300, 0) : offset]
    last = code_before(found, offset)
    label = bool(last) and last[-1].kind is Kind.LABEL and last[-1].end == offset
    partial = (_PARTIAL if label else _PARTIAL_NAME).search(before_cursor)
    start = offset - len(partial.group()) if partial else offset
    return _behind(code_before(found, start), start, offset, first_on_line=not text[text.rfind("\n", 0, start) + 1 : start].strip())


def _is_open(token: Token, offset: int) -> bool:
    """Whether a token goes on at its end: a comment, a text or pattern without its closing sign."""
    if offset != token.end:
        return False
    if token.kind is Kind.COMMENT:
        return True
    return token.text.startswith('"') and (len(token.text) == 1 or not token.text.endswith('"'))


def _behind(before: list[Token], start: int, end: int, first_on_line: bool) -> Place:
    statements = STATEMENT_KEYWORDS if first_on_line else ()
    if not before:
        return Place(Want.STATEMENT, start, end, keywords=STATEMENT_KEYWORDS)
    last = before[-1]
    word = last.text
    statement = _statement(before)
    if last.kind is Kind.LABEL:
        by = ("by",) if any(token.text.endswith("%") for token in before[-3:]) else ()
        return Place(Want.STATEMENT, start, end, keywords=(*_AFTER_LABEL, *by, *statements))
    listing = last.type == "COMMA" and statement == "assert" and _lists_labels(before)
    if listing or last.type in ("ARROW", "PERCENT", "FALLBACK", "NEVER", "ONLY"):
        more = ("never", "only") if statement == "assert" else ("keep", "reject")
        return Place(Want.LABEL, start, end, keywords=more if word == "->" else ())
    if last.kind is Kind.WORD and word in ("any", "all", "none"):
        return Place(Want.LIST, start, end)
    if word == "(" and before[-2:-1] and before[-2].text == "count":
        return Place(Want.LIST, start, end)
    if last.kind is Kind.WORD and word in ("has", "by"):
        return Place(Want.FACT if word == "has" else Want.SPLIT_FACT, start, end)
    if last.kind in (Kind.SIGN, Kind.WORD) and (word in _OPENING or (word in ("[", ",") and _in_list(before))):
        return Place(Want.OPERAND, start, end, fact=_compared(before))
    if last.kind is Kind.WORD and word in (*STATEMENT_KEYWORDS, "because", "keep", "reject", "starts", "ends"):
        follows = {"starts": ("with",), "ends": ("with",), "assert": ("when",), "keep": ("because",)}.get(word, ())
        return Place(Want.STATEMENT, start, end, keywords=(*follows, *(statements if word == "keep" else ())))
    if statement in ("when", "let", "assert") and not any(token.text == "->" for token in _of_statement(before)):
        elements = before[-2:-1] != [] and before[-2].text in ("any", "all", "none")
        fact = word if last.kind is Kind.WORD else None
        return Place(Want.OPERATOR, start, end, fact, statements, elements, statement == "let")
    return Place(Want.STATEMENT, start, end, keywords=STATEMENT_KEYWORDS)


def _in_text(before: list[Token], token: Token, offset: int) -> Place:
    """What fits a text that the cursor stands in."""
    last = before[-1] if before else None
    end = offset if _is_open(token, token.end) else token.end  # what is not closed has swallowed the rest of the line
    reader = before[-2].text if len(before) > 1 else ""
    match last.text if last is not None else "":
        case "timezone":
            return Place(Want.ZONE, token.start, end)
        case "include":
            return Place(Want.INCLUDE, token.start, end)
        case "(" if reader in _READERS:
            return Place(Want.TEXT, token.start, end, reader)
        case _ if token.kind is Kind.LABEL:
            return Place(Want.LABEL, token.start, end)
        case _:
            return Place(Want.TEXT, token.start, end, _compared(before))


def _of_statement(before: list[Token]) -> list[Token]:
    """The tokens of the statement that is being written."""
    for index in range(len(before) - 1, -1, -1):
        token = before[index]
        starts = token.kind is Kind.WORD and token.text in STATEMENT_KEYWORDS
        if starts and not (token.text == "when" and index and before[index - 1].text == "assert"):
            return before[index:]
    return before


def _statement(before: list[Token]) -> str:
    return _of_statement(before)[0].text


def _lists_labels(before: list[Token]) -> bool:
    return any(token.text in ("never", "only") for token in _of_statement(before))


def _in_list(before: list[Token]) -> bool:
    depth = 0
    for token in reversed(before):
        depth += {"[": 1, "]": -1}.get(token.text, 0) if token.kind is Kind.SIGN else 0
        if depth > 0:
            return True
        if token.text in STATEMENT_KEYWORDS and token.kind is Kind.WORD:
            return False
    return False


def _compared(before: list[Token]) -> str | None:
    """The fact that a value at the end of these tokens is compared with; None where it is with none."""
    left = list(before)
    if _in_list(left):
        while left and not (left[-1].kind is Kind.SIGN and left[-1].text == "["):
            left.pop()
        left = left[:-1]
    if not left or left[-1].text not in _COMPARING:
        return None
    left.pop()
    while left and left[-1].text in ("starts", "ends", "not"):
        left.pop()
    if not left:
        return None
    if left[-1].text == ")" and len(left) >= 4 and left[-4].text in _READERS and left[-2].kind is Kind.TEXT:
        name = left[-2].value
        return f"{left[-4].text}:{name.lower() if left[-4].text == 'header' else name}"
    return left[-1].text if left[-1].kind is Kind.WORD else None

"""Cuts any text into tokens, valid or not. Parser, error messages, formatter, fixes and editor all use them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

from ccproxy.language.literals import BARE_LABEL, KEYWORDS, LABEL_FUNCTIONS, STATEMENT_KEYWORDS, WEEKDAYS, LiteralError, read_text


class Kind(Enum):
    """What a token is to a human reader; a label may be quoted."""

    COMMENT = auto()
    TEXT = auto()
    PATTERN = auto()
    NUMBER = auto()
    WORD = auto()
    LABEL = auto()
    SIGN = auto()


class Token(NamedTuple):
    """A token and its place, in code points.

    `type` is the grammar's name for it (`NAME`, `ARROW`, `WHEN`, …), or one that the grammar lacks: `COMMENT`; `OPEN_TEXT` and
    `OPEN_PATTERN`, which end with their line instead of a closing delimiter; `UNKNOWN`, a character that the language doesn't have.
    """

    type: str
    start: int
    end: int
    text: str

    @property
    def kind(self) -> Kind:
        """What the token is to a human reader."""
        return _KINDS.get(self.type, Kind.WORD)

    @property
    def value(self) -> str:
        """The text without quotes, valid escapes resolved."""
        if not self.text.startswith('"'):
            return self.text
        try:
            return read_text(f'{self.text}"' if self.type == "OPEN_TEXT" else self.text)
        except LiteralError:
            return self.text.strip('"')


SIGNS = {
    "->": "ARROW",
    "..": "DOTS",
    "==": "EQUAL",
    "!=": "UNEQUAL",
    "<=": "LESS_EQUAL",
    ">=": "GREATER_EQUAL",
    "<": "LESS",
    ">": "GREATER",
    "=": "EQUALS",
    "+": "PLUS",
    "-": "MINUS",
    "*": "TIMES",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    ",": "COMMA",
}
"""Operators and punctuation, each with its type."""
WORDS = {word: word.upper() for word in KEYWORDS} | dict.fromkeys(WEEKDAYS, "WEEKDAY")
"""The reserved words, each with its type."""
WORD_TYPES = frozenset(WORDS.values())
STATEMENT_TYPES = frozenset(WORDS[word] for word in STATEMENT_KEYWORDS)
"""The types of the keywords that start statements."""
_KINDS = {
    **dict.fromkeys([*SIGNS.values(), "UNKNOWN"], Kind.SIGN),
    **dict.fromkeys(["TEXT", "OPEN_TEXT"], Kind.TEXT),
    **dict.fromkeys(["PATTERN", "OPEN_PATTERN"], Kind.PATTERN),
    **dict.fromkeys(["NUMBER", "TIME", "PERCENT"], Kind.NUMBER),
    "COMMENT": Kind.COMMENT,
    "LABEL": Kind.LABEL,
}

_SHARE = r"[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?%"
_TEXT = r'"(?:[^"\\\r\n]|\\[^\r\n])*'
_PATTERN = r"/(?:[^/\\\r\n]|\\[^\r\n])*"
_FOREIGN = r"===|!==|==>|-->|--|<>|=>|=<|=~|~=|!~|&&|\|\|"
"""Operators of other languages, each cut as one token because its writer means one."""
_CODE = re.compile(
    rf"""[ \t\r\n]*(?:
      (?P<NAME>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<TEXT>{_TEXT}") | (?P<OPEN_TEXT>{_TEXT})
    | (?P<PERCENT>{_SHARE})
    | (?P<TIME>[0-9]+:[0-9]+(?![A-Za-z0-9_]))
    | (?P<NUMBER>[0-9][A-Za-z0-9_]*(?:\.[0-9][A-Za-z0-9_]*)?)
    | (?P<COMMENT>\#[^\n]*)
    | (?P<UNKNOWN>{_FOREIGN})
    | (?P<SIGN>{"|".join(map(re.escape, SIGNS))})
    | (?P<PATTERN>{_PATTERN}/[A-Za-z0-9_]*) | (?P<OPEN_PATTERN>{_PATTERN})
    | (?P<OTHER>\.[0-9]+|[^ \t\r\n]))""",
    re.VERBOSE,
)
_LABEL = re.compile(rf'[ \t\r\n]*(?P<LABEL>(?!{_SHARE}){BARE_LABEL}|{_TEXT}")')
_OPENED = re.compile(r"(?:[ \t\r\n]|#[^\n]*\n)*\(")
BEFORE_LABELS = frozenset({"ARROW", "PERCENT", "FALLBACK"})
"""The types of the tokens that labels stand behind, but in the list of an assertion and in the parentheses of a function."""


def tokens(text: str) -> list[Token]:
    """The tokens of a text: comments included, white space not.

    Where a label is expected (after an arrow, a percentage or `fallback`, in the list of an assertion, and in the parentheses of a
    function of a label), the longest label is taken, and a reserved word is a label too.
    """
    found: list[Token] = []
    make = tuple.__new__  # as Token does, without a call in between
    at = 0
    before = ""
    label_due = asserting = listing = False
    while match := (label_due and _LABEL.match(text, at)) or _CODE.match(text, at):
        type_ = match.lastgroup or ""
        word = match[type_]
        at = match.end()  # of the match and of its only group
        match type_:
            case "NAME":
                type_ = "FUNCTION" if word in LABEL_FUNCTIONS and _OPENED.match(text, at) else WORDS.get(word, type_)
            case "SIGN":
                type_ = SIGNS[word]
            case "LABEL" if word != "default":
                type_ = WORDS.get(word, type_)
            case "OTHER":
                type_ = "UNKNOWN"
            case _:
                pass
        found.append(make(Token, (type_, at - len(word), at, word)))
        if type_ == "COMMENT":
            continue
        label_due = type_ in BEFORE_LABELS or (before == "FUNCTION" and type_ == "LPAR")
        if type_ in STATEMENT_TYPES:
            asserting = type_ == "ASSERT" or (type_ == "WHEN" and before == "ASSERT")
        if asserting or listing:
            opens_list = asserting and before == "ARROW" and type_ in ("NEVER", "ONLY")
            listing = opens_list or (listing and type_ in ("LABEL", "COMMA"))
            label_due = label_due or (listing and type_ != "LABEL")
        before = type_
    return found


def label_at(text: str, start: int) -> str:
    """The token that would be read here if a label were expected: `gpt-4` or `Europe/Berlin`, for example."""
    match = _LABEL.match(text, start)
    return match["LABEL"] if match else ""


def without_comments(found: Sequence[Token]) -> list[Token]:
    """The tokens that the grammar sees."""
    return [token for token in found if token.type != "COMMENT"]


def index_at(found: Sequence[Token], offset: int) -> int | None:
    """The index of the token at an offset; between two that touch, the right one; right after one, that one; else None."""
    index = bisect_right(found, offset, key=lambda token: token.start) - 1
    return index if index >= 0 and offset <= found[index].end else None


def code_before(found: Sequence[Token], offset: int) -> list[Token]:
    """The tokens that end at or before an offset, comments left out."""
    return without_comments(found[: bisect_right(found, offset, key=lambda token: token.end)])

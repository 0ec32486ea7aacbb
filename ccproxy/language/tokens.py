"""The words of any text at all, right or wrong, with what each is for: what editor features go by while a policy is typed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ccproxy.language.literals import RESERVED, LiteralError, read_text


class Kind(Enum):
    """What a token is."""

    COMMENT = auto()
    TEXT = auto()
    PATTERN = auto()
    NUMBER = auto()
    WORD = auto()
    LABEL = auto()
    SIGN = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A word and its place; a label may be quoted."""

    kind: Kind
    start: int
    end: int
    text: str

    @property
    def value(self) -> str:
        """The text without quotes, escapes resolved where they are right."""
        if not self.text.startswith('"'):
            return self.text
        try:
            return read_text(self.text if len(self.text) > 1 and self.text.endswith('"') else f'{self.text}"')
        except LiteralError:
            return self.text.strip('"')


_SPACE = re.compile(r"[ \t\r\n]+")
_LABEL = re.compile(r'(?![0-9_.]+%)[A-Za-z0-9_@](?:[A-Za-z0-9_./:@+-]*[A-Za-z0-9_./:@+])?|"(?:[^"\\\r\n]|\\[^\r\n])*"?')
_TOKEN = re.compile(
    r"""(?P<COMMENT>\#[^\n]*)
    | (?P<TEXT>"(?:[^"\\\r\n]|\\[^\r\n])*"?)
    | (?P<PATTERN>/(?:[^/\\\r\n]|\\[^\r\n])*(?:/[A-Za-z0-9_]*)?)
    | (?P<NUMBER>[0-9]+:[0-9]+|[0-9][A-Za-z0-9_]*(?:\.[0-9][A-Za-z0-9_]*)?%?)
    | (?P<WORD>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<SIGN>->|\.\.|[=!<>]=|.)""",
    re.VERBOSE | re.DOTALL,
)
_NO_LABELS = RESERVED - {"default"}


def tokens(text: str) -> list[Token]:
    """The tokens of a text, comments too, white space not."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    previous: Token | None = None
    listing = False
    while at < len(text):
        if space := _SPACE.match(text, at):
            at = space.end()
            continue
        due = previous is not None and label_is_due(previous, listing)
        match = (_LABEL.match(text, at) if due else None) or _TOKEN.match(text, at)
        if match is None:  # any character at all is a sign
            return
        kind = Kind.LABEL if match.re is _LABEL and match.group() not in _NO_LABELS else Kind[match.lastgroup or "WORD"]
        token = Token(kind, at, match.end(), match.group())
        yield token
        at = match.end()
        if kind is not Kind.COMMENT:
            # labels go on behind a comma only in an assertion: in a split a percentage comes first
            listing = token.text in ("never", "only") or (listing and (token.kind is Kind.LABEL or token.text == ","))
            previous = token


def label_is_due(previous: Token, listing: bool = False) -> bool:
    """Whether a label can stand behind this token; `listing` says that it is in the labels of an assertion."""
    if previous.kind is Kind.SIGN:
        return previous.text == "->" or (previous.text == "," and listing)
    if previous.kind is Kind.NUMBER:
        return previous.text.endswith("%")
    return previous.kind is Kind.WORD and previous.text in ("fallback", "never", "only")


def index_at(found: Sequence[Token], offset: int) -> int | None:
    """The index of the token at an offset; between two that touch, the right one; right behind one, that one; else None."""
    index = bisect_right(found, offset, key=lambda token: token.start) - 1
    return index if index >= 0 and offset <= found[index].end else None


def code_before(found: Sequence[Token], offset: int) -> list[Token]:
    """The tokens that end at or before an offset, without comments."""
    return [token for token in found[: bisect_right(found, offset, key=lambda token: token.end)] if token.kind is not Kind.COMMENT]

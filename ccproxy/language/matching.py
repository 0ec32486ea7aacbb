"""Matches text: globs with string methods, patterns with RE2. Neither ever backtracks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from ccproxy.frozen import frozen
from ccproxy.language.operators import meaning

Matcher = Callable[[str], bool]


class GlobError(ValueError):
    """Raised for a malformed glob: what is wrong `offset` characters into it, and what to write instead."""

    help = "for the character itself write [[]"

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


@frozen
class CharacterSet:
    """`[a-z]`, `[!a-z]`, `?` (the complement of nothing): inclusive ranges of characters."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool

    def __contains__(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self.ranges) is not self.negated


ANY_CHARACTER = CharacterSet((), True)
GlobPart = str | CharacterSet
"""A literal character or a character set."""


def parse_glob(glob: str) -> tuple[tuple[GlobPart, ...], ...]:
    """The parts between the `*` of a glob, each a sequence of characters and sets. GlobError for a malformed set."""
    stretches: list[tuple[GlobPart, ...]] = []
    current: list[GlobPart] = []
    at = 0
    while at < len(glob):
        character = glob[at]
        if character == "*":
            stretches.append(tuple(current))
            current = []
        elif character == "?":
            current.append(ANY_CHARACTER)
        elif character == "[":
            parsed, at = _parse_set(glob, at)
            current.append(parsed)
            continue
        else:
            current.append(character)
        at += 1
    return (*stretches, tuple(current))


def _parse_set(glob: str, start: int) -> tuple[CharacterSet, int]:
    negated = glob.startswith("!", start + 1)
    at = start + 2 if negated else start + 1
    end = glob.find("]", at)
    if end < 0:
        raise GlobError(start, "the set [ is not closed by ]")
    if end == at:
        raise GlobError(start, "the set is empty")
    ranges: list[tuple[str, str]] = []
    while at < end:
        if at + 2 < end and glob[at + 1] == "-":
            if glob[at] > glob[at + 2]:
                raise GlobError(at, f"the range {glob[at : at + 3]} runs backwards")
            ranges.append((glob[at], glob[at + 2]))
            at += 3
        else:
            ranges.append((glob[at], glob[at]))
            at += 1
    return CharacterSet(tuple(ranges), negated), end + 1


PlainOperator = Literal["==", "starts with", "ends with", "contains"]


def plain_glob(glob: str) -> tuple[PlainOperator, str] | None:
    """The operator and text that a glob is equivalent to, if there are any: `starts with ""` for `*`. GlobError for a malformed glob."""
    literals = _literals(parse_glob(glob))
    if literals is None:
        return None
    if len(literals) == 1:
        return "==", literals[0]
    first, *middle, last = literals
    match first, [literal for literal in middle if literal], last:
        case _, [], "":
            return "starts with", first
        case "", [], _:
            return "ends with", last
        case "", [only], "":
            return "contains", only
        case _:
            return None


def _literals(stretches: tuple[tuple[GlobPart, ...], ...]) -> list[str] | None:
    """The parts as plain texts; None if one has a set."""
    if not all(isinstance(part, str) for stretch in stretches for part in stretch):
        return None
    return ["".join(part for part in stretch if isinstance(part, str)) for stretch in stretches]


def longest_literal(glob: str) -> str:
    """The longest stretch of plain characters in a glob, which each text that it matches contains. GlobError for a malformed glob."""
    runs = "".join(part if isinstance(part, str) else "\0" for stretch in parse_glob(glob) for part in (*stretch, ANY_CHARACTER))
    return max(runs.split("\0"), key=len)


def compile_glob(glob: str) -> Matcher:
    """A function that tells whether a whole text matches the glob."""
    plain = plain_glob(glob)
    if plain is not None:
        operator, wanted = plain
        holds = meaning(operator)
        return lambda text: holds(text, wanted)
    stretches = parse_glob(glob)
    literals = _literals(stretches)
    return _set_glob(stretches) if literals is None else _literal_glob(literals)


def _literal_glob(literals: list[str]) -> Matcher:
    """A matcher for two or more parts that are plain text."""
    first, *middle, last = literals
    middle = [literal for literal in middle if literal]

    def matches(text: str) -> bool:
        if not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for literal in middle:
            found = text.find(literal, at, end)
            if found < 0:
                return False
            at = found + len(literal)
        return at <= end

    return matches


def _set_glob(stretches: tuple[tuple[GlobPart, ...], ...]) -> Matcher:
    """A matcher for parts with sets: each is found at its first place after the one before, the last at the end."""

    def fits(text: str, at: int, stretch: tuple[GlobPart, ...]) -> bool:
        return all(text[at + index] == part if isinstance(part, str) else text[at + index] in part for index, part in enumerate(stretch))

    def matches(text: str) -> bool:
        first, last = stretches[0], stretches[-1]
        if len(stretches) == 1:
            return len(text) == len(first) and fits(text, 0, first)
        at, end = len(first), len(text) - len(last)
        if at > end or not fits(text, 0, first) or not fits(text, end, last):
            return False
        for stretch in stretches[1:-1]:
            while at + len(stretch) <= end and not fits(text, at, stretch):
                at += 1
            at += len(stretch)
            if at > end:
                return False
        return True

    return matches


# ── Patterns ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def compile_pattern(pattern: str, flags: str) -> Matcher:
    """A function that tells whether the pattern is found anywhere in a text. ValueError if RE2 rejects it."""
    search = _compile(pattern, flags).search

    def matches(text: str) -> bool:
        try:
            octets = text.encode()
        except UnicodeEncodeError:  # JSON can hold a lone surrogate, UTF-8 can't
            octets = text.encode("utf-8", "replace")
        return search(octets) is not None

    return matches


def regex_error(pattern: str, flags: str) -> tuple[str, str] | None:
    """Why RE2 rejects a pattern, and the part of it that RE2 names (or ""); None if it accepts it."""
    try:
        _compile(pattern, flags)
    except ValueError as error:
        what, _, part = str(error).partition(": ")
        return what, part.removeprefix(f"(?{flags})") if flags else part
    return None


@cache
def _options() -> Any:
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.log_errors = False
    return options


def _compile(pattern: str, flags: str) -> Any:
    """RE2's pattern, to be found in UTF-8: in a `str` it would count the characters before and in what it finds too."""
    import re2

    try:
        return re2.compile((f"(?{flags}){pattern}" if flags else pattern).encode(), _options())
    except re2.error as error:
        message = error.args[0] if error.args else ""
        raise ValueError(message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)) from None
    except UnicodeEncodeError:
        raise ValueError("a pattern is Unicode text: no half of a surrogate pair") from None

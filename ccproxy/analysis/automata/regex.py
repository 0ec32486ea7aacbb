"""Parses RE2 patterns and globs into trees over sets of characters.

The syntax is RE2's (https://github.com/google/re2/wiki/Syntax). Patterns that RE2 rejects never get here, so this parser is lenient.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum

from ccproxy.analysis.automata import charset
from ccproxy.analysis.automata.charset import CharSet
from ccproxy.frozen import frozen
from ccproxy.language.matching import GlobPart, parse_glob


class Look(Enum):
    """A condition on the characters around a position: `^`, `$`, `\\b` and the like."""

    BEGIN_TEXT = 1
    END_TEXT = 2
    BEGIN_LINE = 3
    END_LINE = 4
    WORD_BOUNDARY = 5


@frozen
class Chars:
    """One character of the set; the empty set matches nothing."""

    chars: CharSet


@frozen
class Sequence:
    """All parts in sequence; without parts, the empty text."""

    parts: tuple[Regex, ...]


@frozen
class Choice:
    """One of the options."""

    options: tuple[Regex, ...]


@frozen
class Repeat:
    """The body `low` to `high` times; without limit if `high` is None."""

    body: Regex
    low: int
    high: int | None


Regex = Chars | Sequence | Choice | Repeat | Look


class UnsupportedPatternError(ValueError):
    """Raised for a construct that the automata don't support, or too deep nesting.

    `\\C` and `\\B` are about single bytes in RE2: `\\B` also holds inside a multi-byte character.
    """


@frozen
class _Flags:
    ignore_case: bool
    multi_line: bool
    dot_all: bool


def read_regex(pattern: str, flags: str) -> Regex:
    """The tree of an RE2 pattern with flags from `ims`, to be found anywhere; UnsupportedPatternError if it is not supported."""
    reader = _Reader(pattern, _Flags("i" in flags, "m" in flags, "s" in flags))
    tree = reader.choice(0)
    if reader.at < len(pattern):
        raise UnsupportedPatternError(f"`{pattern[reader.at]}` at {reader.at}")
    return tree


def literal(text: str) -> Regex:
    """The tree of a literal text."""
    return Sequence(tuple(Chars(charset.single(character)) for character in text))


def example(tree: Regex) -> str | None:
    """A short text that the tree matches, provided that its conditions on the surrounding characters hold; None if there is none."""
    match tree:
        case Chars():
            return next(charset.members(tree.chars), None)
        case Sequence():
            parts = [example(part) for part in tree.parts]
            texts = [part for part in parts if part is not None]
            return "".join(texts) if len(texts) == len(parts) else None
        case Choice():
            options = [text for option in tree.options if (text := example(option)) is not None]
            return min(options, key=len, default=None)
        case Repeat():
            body = example(tree.body) if tree.low else ""
            return None if body is None else body * tree.low
        case Look():
            return ""


def needed(tree: Regex) -> str:
    """A word that stands, in some case, in every text in which the tree is found: only ASCII, in lower case; "" if none is known."""
    match tree:
        case Chars():
            letters = {chr(first) for first, last in tree.chars} if all(first == last for first, last in tree.chars) else set()
            cases = {letter.lower() for letter in letters}
            return cases.pop() if len(cases) == 1 and all(map(str.isascii, letters)) else ""
        case Sequence():
            found, run = "", ""
            for part in tree.parts:
                word = needed(part)
                if isinstance(part, Chars) and word:
                    run += word
                elif not isinstance(part, Look):
                    run = ""
                found = max(found, run, word, key=len)
            return found
        case Repeat() if tree.low:
            return needed(tree.body)
        case _:
            return ""


_MAX_DEPTH = 100
_REPEAT = r"\{(\d+)(,(\d*))?\}"
_FLAGS = r"\?([imsU]*)(?:-([imsU]*))?([:)])"
_NAMED = r"\?P?<\w+>"
_CODES = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_PERL: dict[str, CharSet] = {"d": charset.DIGIT, "s": charset.SPACE, "w": charset.WORD}
_LOOKS = {"A": Look.BEGIN_TEXT, "z": Look.END_TEXT, "b": Look.WORD_BOUNDARY}


class _Reader:
    """A recursive-descent parser; `at` is the offset of the next character."""

    def __init__(self, pattern: str, flags: _Flags) -> None:
        self.pattern = pattern
        self.at = 0
        self.flags = flags

    def peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def take(self, text: str) -> bool:
        if not self.peek(text):
            return False
        self.at += len(text)
        return True

    def choice(self, depth: int) -> Regex:
        if depth > _MAX_DEPTH:
            raise UnsupportedPatternError("nested too deep")
        options = [self.sequence(depth)]
        while self.take("|"):
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self, depth: int) -> Regex:
        parts: list[Regex] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            if self.take("\\Q"):
                end = self.pattern.find("\\E", self.at)
                quoted = self.pattern[self.at : end if end >= 0 else len(self.pattern)]
                self.at = end + 2 if end >= 0 else len(self.pattern)
                parts.extend(self.character(character) for character in quoted)
                if not quoted:
                    continue
            else:
                atom = self.atom(depth)
                if atom is None:
                    continue
                parts.append(atom)
            parts[-1] = self.repeated(parts[-1])
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def repeated(self, body: Regex) -> Regex:
        while True:
            if self.take("*"):
                body = Repeat(body, 0, None)
            elif self.take("+"):
                body = Repeat(body, 1, None)
            elif self.take("?"):
                body = Repeat(body, 0, 1)
            elif match := self.peek("{") and re.compile(_REPEAT).match(self.pattern, self.at):
                self.at = match.end()
                low, comma, high = match.groups()
                body = Repeat(body, int(low), int(low) if comma is None else int(high) if high else None)
            else:
                return body
            self.take("?")  # lazy or not, it matches the same texts

    def atom(self, depth: int) -> Regex | None:
        """The next atom; None if only flags changed."""
        if self.take("("):
            return self.group(depth)
        if self.take("["):
            return Chars(self.bracket())
        if self.take("."):
            return Chars(charset.ANY if self.flags.dot_all else charset.complement(charset.NEWLINE))
        if self.take("^"):
            return Look.BEGIN_LINE if self.flags.multi_line else Look.BEGIN_TEXT
        if self.take("$"):
            return Look.END_LINE if self.flags.multi_line else Look.END_TEXT
        if self.peek("\\") and self.pattern[self.at + 1 : self.at + 2] in _LOOKS:
            self.at += 2
            return _LOOKS[self.pattern[self.at - 1]]
        if self.peek("\\"):
            return Chars(self.escape_class() or self.fold(charset.single(self.escape())))
        self.at += 1
        return self.character(self.pattern[self.at - 1])

    def group(self, depth: int) -> Regex | None:
        saved = self.flags
        if match := self.peek("?") and re.compile(_NAMED).match(self.pattern, self.at):
            self.at = match.end()
        elif match := self.peek("?") and re.compile(_FLAGS).match(self.pattern, self.at):
            self.at = match.end()
            self.set_flags(match[1], True)
            self.set_flags(match[2] or "", False)
            if match[3] == ")":
                return None
        tree = self.choice(depth + 1)
        if not self.take(")"):
            raise UnsupportedPatternError("unclosed group")
        self.flags = saved
        return tree

    def set_flags(self, letters: str, value: bool) -> None:
        names = {"i": "ignore_case", "m": "multi_line", "s": "dot_all"}
        for letter in letters:
            if letter in names:
                self.flags = replace(self.flags, **{names[letter]: value})

    def character(self, character: str) -> Regex:
        return Chars(self.fold(charset.single(character)))

    def fold(self, chars: CharSet) -> CharSet:
        return charset.folded(chars) if self.flags.ignore_case else chars

    def bracket(self) -> CharSet:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self.peek("]"):
            first = False
            if self.at >= len(self.pattern):
                raise UnsupportedPatternError("unclosed set")
            named = self.posix_class() or (self.escape_class() if self.peek("\\") else None)
            if named is not None:
                ranges.extend(named)
                continue
            low = self.set_character()
            high = low
            if self.peek("-") and not self.peek("-]"):
                self.at += 1
                high = self.set_character()
            ranges.extend(self.fold(((ord(low), ord(high)),)))
        self.at += 1
        chars = charset.union(ranges)
        return charset.complement(chars) if negated else chars

    def set_character(self) -> str:
        if self.peek("\\"):
            return self.escape()
        self.at += 1
        return self.pattern[self.at - 1]

    def posix_class(self) -> CharSet | None:
        match = re.compile(r"\[:(\^?)(\w+):\]").match(self.pattern, self.at)
        if match is None or match[2] not in charset.POSIX:
            return None
        self.at = match.end()
        chars = self.fold(charset.POSIX[match[2]])
        return charset.complement(chars) if match[1] else chars

    def escape_class(self) -> CharSet | None:
        r"""The set of `\d`, `\W`, `\pN`, `\p{Greek}`; None for any other escape."""
        letter = self.pattern[self.at + 1 : self.at + 2]
        if letter.lower() in _PERL:
            self.at += 2
            chars = self.fold(_PERL[letter.lower()])
            return charset.complement(chars) if letter.isupper() else chars
        match = re.compile(r"\\[pP](?:\{(\^?)([^}]*)\}|(.))").match(self.pattern, self.at)
        if match is None:
            return None
        self.at = match.end()
        named = charset.unicode_class(f"\\p{{{match[2] or match[3]}}}")
        if named is None:
            raise UnsupportedPatternError(match.group())
        chars = self.fold(named)
        return charset.complement(chars) if (letter == "P") != bool(match[1]) else chars

    def escape(self) -> str:
        match = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|([0-7]{1,3})|(.))", re.DOTALL).match(self.pattern, self.at)
        if match is None or match[4] in ("B", "C"):
            raise UnsupportedPatternError(self.pattern[self.at : self.at + 2])
        self.at = match.end()
        if match[1] or match[2]:
            return chr(int(match[1] or match[2], 16))
        if match[3]:
            return chr(int(match[3], 8))
        return chr(_CODES[match[4]]) if match[4] in _CODES else match[4]


def read_glob(glob: str) -> Regex:
    """The tree of a glob, anchored at both ends; a star at an end leaves that end open."""
    stretches = parse_glob(glob)
    parts: list[Regex] = []
    for index, stretch in enumerate(stretches):
        if index > 0:
            parts.append(Repeat(Chars(charset.ANY), 0, None))
        parts.extend(Chars(_glob_chars(part)) for part in stretch)
    start = [] if glob.startswith("*") else [Look.BEGIN_TEXT]
    end = [] if glob.endswith("*") else [Look.END_TEXT]
    while parts and isinstance(parts[0], Repeat):
        parts.pop(0)
    while parts and isinstance(parts[-1], Repeat):
        parts.pop()
    return Sequence((*start, *parts, *end))


def _glob_chars(part: GlobPart) -> CharSet:
    if isinstance(part, str):
        return charset.single(part)
    chars = charset.union((ord(low), ord(high)) for low, high in part.ranges)
    return charset.complement(chars) if part.negated else chars

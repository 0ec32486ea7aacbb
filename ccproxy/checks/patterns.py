"""Reports malformed globs and RE2 patterns, and sets of globs that are meant as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.diagnostics.fix import replace
from ccproxy.language import syntax
from ccproxy.language.matching import GlobError, parse_glob, regex_error
from ccproxy.source import Span


def glob_problem(text: syntax.Text) -> Diagnostic | None:
    """Reports an error in a glob, at its place in the literal."""
    try:
        parse_glob(text.value)
    except GlobError as error:
        start = text.span.start + _offset_in_literal(text.span.text, error.offset)
        span = Span(text.span.source, start, start + 1)
        fixes = (replace(span, "[[]"),) if span.text == "[" else ()
        return Diagnostic(Code.BAD_GLOB, span, error.message, error.help, fixes=fixes)
    return None


_SUFFIX = r"(?s:.)(\[([0-9]+[A-Za-z]+|[A-Za-z]{3,})\])\**\Z"
"""A set of digits and then letters, or of letters alone, at the end of a glob and behind other text."""


def glob_advice(text: syntax.Text) -> Diagnostic | None:
    """Reports a set that reads like the end of a name, as in `claude-opus-5-5[1m]`: letters in their order are meant as a set."""
    found = re.search(_SUFFIX, text.value) if "[" in text.value else None
    if found is None or not _is_glob(text.value[: found.start(1)]) or (found[2].isalpha() and list(found[2]) == sorted(set(found[2]))):
        return None
    start, end = (text.span.start + _offset_in_literal(text.span.text, offset) for offset in (found.start(1), found.end(1) - 1))
    span = Span(text.span.source, start, end + 1)
    *others, last = dict.fromkeys(found[2])
    message = f"{found[1]} is a set: a single character, {', '.join(others)} or {last}"
    hint = f"for the text {found[1]} write [[]{found[2]}]"
    fix = replace(Span(span.source, start, start + 1), "[[]", f"write [[]{found[2]}]")
    return Diagnostic(Code.SUFFIX_AS_SET, span, message, hint, fixes=(fix,))


def _is_glob(text: str) -> bool:
    try:
        parse_glob(text)
    except GlobError:
        return False
    return True


def pattern_problem(pattern: syntax.Pattern) -> Diagnostic | None:
    """Reports what RE2 rejects in a pattern, at the part that RE2 names."""
    error = regex_error(pattern.pattern, pattern.flags)
    if error is None:
        return None
    message, part = error
    written = part.replace("/", "\\/")
    inside = pattern.span.text.find(written, 1) if written else -1
    span = pattern.span
    if inside > 0:
        span = Span(span.source, span.start + inside, span.start + inside + len(written))
    return Diagnostic(Code.BAD_PATTERN, span, f"RE2 does not take the pattern: {message}", _hint(message, part))


_UNBALANCED = ("missing )", "unexpected )", "missing ]")
"""RE2's names of its error codes for brackets; its Python binding has them only so."""


def _hint(message: str, part: str) -> str | None:
    if part.startswith(("(?=", "(?!", "(?<=", "(?<!")):
        return "RE2 has no look-around: write two conditions joined by and, or and not"
    if re.match(r"\\[1-9]", part):
        return "RE2 has no back-references"
    if message in _UNBALANCED:
        return "for the character itself put a backslash before it"
    return "the syntax is RE2's: https://github.com/google/re2/wiki/Syntax"


def _offset_in_literal(literal: str, offset: int) -> int:
    """The offset, within a quoted text, of the character that is `offset` characters into its value."""
    places = list(_characters(literal))
    return places[offset] if offset < len(places) else 1


def _characters(literal: str) -> Iterator[int]:
    for match in re.finditer(r"\\u\{[^}]*\}|\\.|.", literal[1:-1]):
        yield match.start() + 1

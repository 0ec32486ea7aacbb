"""Reports malformed globs and RE2 patterns."""

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


def _hint(message: str, part: str) -> str | None:
    if part.startswith(("(?=", "(?!", "(?<=", "(?<!")):
        return "RE2 has no look-around: write two conditions joined by and, or and not"
    if re.match(r"\\[1-9]", part):
        return "RE2 has no back-references"
    if "missing" in message or "unexpected" in message:
        return "for the character itself put a backslash before it"
    return "the syntax is RE2's: https://github.com/google/re2/wiki/Syntax"


def _offset_in_literal(literal: str, offset: int) -> int:
    """The offset, within a quoted text, of the character that is `offset` characters into its value."""
    places = list(_characters(literal))
    return places[offset] if offset < len(places) else 1


def _characters(literal: str) -> Iterator[int]:
    for match in re.finditer(r"\\u\{[^}]*\}|\\.|.", literal[1:-1]):
        yield match.start() + 1

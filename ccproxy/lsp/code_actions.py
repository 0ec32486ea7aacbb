"""Quick fixes: what the help of a diagnostic says, as a change of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.language import syntax
from ccproxy.language.literals import is_bare_label, write_text
from ccproxy.source import Span


@dataclass(frozen=True, slots=True)
class Fix:
    """A change: `replacement` for the text of a span."""

    title: str
    span: Span
    replacement: str


_MEANT = re.compile(r'did you mean (?:"(.*)"|(\S+))\?')
_WRITE = re.compile(r"(?:.*[:,] )?write (starts with|ends with|\S+)")
_QUOTE = re.compile(r'(?:.*, )?quote it: (".*?")(?:;.*)?')
_STAND = re.compile(r"(?:numbers stand without quotes|text stands in quotes): (.+)")
_ADD = re.compile(r"(?:.*, )?add (.+ and) …")
_ONE_OF = re.compile(r"write one of (.+)")
_WRITTEN = (Code.SYNTAX_ERROR, Code.BAD_TIME, Code.BAD_NAME)
"""Codes whose help "write X" is a replacement for what they point at."""
_IDLE = (
    Code.UNUSED_LET,
    Code.UNUSED_PREDICATE,
    Code.UNREACHABLE_RULE,
    Code.DUPLICATE_RULE,
    Code.REDUNDANT_RULE,
    Code.UNREACHABLE_DEFAULT,
    Code.DUPLICATE_TIMEZONE,
)
"""Codes that are answered by leaving their statement out."""


def fixes_of(diagnostic: Diagnostic, statements: Sequence[syntax.Statement]) -> Iterator[Fix]:
    """The changes that answer a diagnostic; `statements` are those of its file that can be read."""
    span, told = diagnostic.span, diagnostic.help or ""
    if meant := _MEANT.fullmatch(told):
        replacement = _spelled(diagnostic, meant.group(1) or meant.group(2))
        yield Fix(f"Replace by {replacement}", span, replacement)
    elif quoted := _QUOTE.fullmatch(told):
        yield Fix(f"Quote it: {quoted.group(1)}", span, quoted.group(1))
    elif (written := _STAND.fullmatch(told)) or (diagnostic.code in _WRITTEN and (written := _WRITE.fullmatch(told))):
        yield Fix(f"Replace by {written.group(1)}", span, written.group(1))
    match diagnostic.code:
        case Code.UNKNOWN_NAME if one_of := _ONE_OF.fullmatch(told):
            for name in one_of.group(1).split(", "):
                yield Fix(f"Replace by {name}", span, name)
        case Code.NEGATED_MISSING | Code.EMPTY_LIST_HOLDS if added := _ADD.fullmatch(told):
            yield Fix(f"Add {added.group(1).removesuffix(' and')}", span, _guarded(span, added.group(1), statements))
        case Code.AND_OR_MIXED:
            yield Fix("Put parentheses around it", span, f"({span.text})")
        case Code.IMPLIED_DEFAULT | Code.EMPTY_POLICY:
            line_end = "\n" if span.source.text[: span.start].strip() else ""
            yield Fix("Add default -> default", span, f"{line_end}default -> default")
        case code if code in _IDLE:
            statement = next((item for item in statements if item.span.start <= span.start and span.end <= item.span.end), None)
            if statement is not None:
                yield Fix("Leave it out", whole_lines(statement.span), "")


def _spelled(diagnostic: Diagnostic, meant: str) -> str:
    """The name that was meant, as it is written at its place."""
    match diagnostic.code:
        case Code.UNKNOWN_LABEL:
            return meant if is_bare_label(meant) and not diagnostic.span.text.startswith('"') else write_text(meant)
        case Code.INCLUDE_NOT_FOUND:
            written = PurePosixPath(diagnostic.span.text.strip('"'))
            return write_text(str(written.with_name(meant)) if written.name else meant)
        case Code.UNKNOWN_TIMEZONE:
            return write_text(meant)
        case _:
            return meant


def _guarded(span: Span, added: str, statements: Sequence[syntax.Statement]) -> str:
    """The condition with the guard before it, in parentheses where it is but a part."""
    whole = any(
        isinstance(item, syntax.Rule | syntax.Assertion)
        and item.condition is not None
        and (item.condition.span.start, item.condition.span.end) == (span.start, span.end)
        for item in statements
    )
    return f"{added} {span.text}" if whole else f"({added} {span.text})"


def whole_lines(span: Span) -> Span:
    """The span with its line break and indentation, if nothing else stands on its lines."""
    text = span.source.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end + 1
    alone = not text[start : span.start].strip() and not text[span.end : end].strip()
    return Span(span.source, start, end) if alone else span

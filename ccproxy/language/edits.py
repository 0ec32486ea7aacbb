"""Fixes that remove a statement with its lines or an operand with its connective, or that add the default rule."""

from __future__ import annotations

from collections.abc import Sequence

from ccproxy.diagnostics.fix import Edit, Fix, replace
from ccproxy.language import syntax
from ccproxy.language.literals import write_label
from ccproxy.language.tokens import Kind, tokens
from ccproxy.source import Position, Source, Span


def leave_out(statement: syntax.Statement, title: str = "leave it out", *, proved: bool = False) -> Fix:
    """Remove a statement with its comments; safe if that is `proved` to change no decision and no other statement is on its lines."""
    span = _whole_lines(statement.span)
    return Fix(title, (Edit(span or statement.span, ""),), safe=proved and span is not None)


def _whole_lines(span: Span) -> Span | None:
    """The span with its lines, what is said of it behind and on the lines right above; None if another statement is on its lines.

    What is said on the first line of a file is said of the file.
    """
    source, text = span.source, span.source.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end + 1
    if text[start : span.start].strip() or text[span.end : end].split("#")[0].strip():
        return None
    first = span.line
    while first > 1 and source.line(first - 1).lstrip().startswith("#"):
        first -= 1
    return Span(source, start if first == 1 else source.offset(Position(first, 1)), end)


def leave_out_operand(parent: syntax.And | syntax.Or, operand: syntax.Expression, dropped: Sequence[syntax.Expression]) -> Fix | None:
    """Remove an operand of a condition that was proved to change nothing.

    `dropped` are all expressions to be removed: their fixes can be applied one by one or together. None if that leaves a lone call,
    because nothing would say any more that the body's value is a condition.
    """
    operands = parent.operands
    keeps = [not any(item is other for other in dropped) for item in operands]
    if keeps.count(True) == 1 and isinstance(syntax.bare(operands[keeps.index(True)]), syntax.Call):
        return None
    index = next(index for index, item in enumerate(operands) if item is operand)
    own, source = operand.span, operand.span.source
    if any(keeps[:index]):
        span = Span(source, operands[index - 1].span.end, own.end)
    else:
        span = Span(source, own.start, operands[index + 1].span.start)
    return Fix(f"leave out `{' '.join(own.text.split())}`", (Edit(span, ""),), safe=not _has_comment(span))


def _has_comment(span: Span) -> bool:
    return any(token.kind is Kind.COMMENT for token in tokens(span.text))


def end_of(source: Source) -> Span:
    """The empty span right after the last thing written in a file."""
    end = len(source.text.rstrip())
    return Span(source, end, end)


def add_default(source: Source, label: str) -> Fix:
    """Add a default rule at the end of a file."""
    default = f"default -> {write_label(label)}"
    end = end_of(source)
    return replace(end, f"\n{default}" if end.start else default, f"add {default}")

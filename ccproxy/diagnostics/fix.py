"""Fixes for findings, as edits of the text."""

from __future__ import annotations

from collections.abc import Iterable

from ccproxy.frozen import frozen
from ccproxy.source import Span


@frozen
class Edit:
    """Replaces the text of a span by `replacement`."""

    span: Span
    replacement: str


@frozen
class Fix:
    """Edits that are made together and don't overlap; `title` says what they do.

    `safe`: they only remove what is proved to change no decision, so that `ccproxy check --fix` may make them.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


def replace(span: Span, replacement: str, title: str = "") -> Fix:
    """Replace one text by another."""
    return Fix(title or f"replace by {replacement}", (Edit(span, replacement),))


def quote(span: Span) -> Fix:
    """Put the word in quotes."""
    quoted = f'"{span.text}"'
    return replace(span, quoted, f"quote it: {quoted}")


def insert_before(span: Span, text: str, title: str = "") -> Fix:
    """Insert a text before the span."""
    return Fix(title or f"add {text.strip()}", (Edit(Span(span.source, span.start, span.start), text),))


def apply_edits(edits: Iterable[Edit], text: str) -> str:
    """The text with these edits, which don't overlap, applied."""
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return text

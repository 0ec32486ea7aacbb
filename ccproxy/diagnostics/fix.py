"""What answers a finding, as a change of the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ccproxy.source import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """`replacement` for what the span covers."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that are made together; none of them overlap. `title` says what they do.

    `safe`: they only leave out what is proved to change no decision, so that `ccproxy check --fix` may make them.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


def replace(span: Span, replacement: str, title: str = "") -> Fix:
    """One text for another."""
    return Fix(title or f"replace by {replacement}", (Edit(span, replacement),))


def quote(span: Span) -> Fix:
    """The word in quotes."""
    quoted = f'"{span.text}"'
    return replace(span, quoted, f"quote it: {quoted}")


def insert_before(span: Span, text: str, title: str = "") -> Fix:
    """A text before what the span covers."""
    return Fix(title or f"add {text.strip()}", (Edit(Span(span.source, span.start, span.start), text),))


def apply_edits(edits: Iterable[Edit], text: str) -> str:
    """The text after edits of it that don't overlap."""
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return text

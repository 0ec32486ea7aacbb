"""Formats a policy and verifies the result: the new text is parsed again before it is returned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ccproxy.diagnostics import Diagnostic
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.formatter.layout import Layout, lay_out
from ccproxy.language.loader import MAX_FILE, MAX_LINE, decode
from ccproxy.language.parser import parse
from ccproxy.source import Source


@frozen
class Formatted:
    """A file in its canonical layout, or why there is none.

    `text` is None if the file has errors (then there are `diagnostics`), or if the layout failed its own verification
    (then `problem` says how).
    """

    source: Source
    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()
    problem: str | None = None

    def changes(self, data: bytes) -> bool:
        """Whether the canonical text differs from this one."""
        return self.text is not None and self.text.encode("utf-8") != data


def format_data(data: bytes, name: str, path: Path | None = None) -> Formatted:
    """Format a file's bytes; its line endings are kept (those of its first line)."""
    source, problems = decode(data, name, path)
    return Formatted(source, None, tuple(problems)) if problems else format_source(source)


def format_source(source: Source) -> Formatted:
    """Format a file's text."""
    parsed = parse(source)
    if parsed.diagnostics:
        return Formatted(source, None, parsed.diagnostics)
    layout = lay_out(parsed.file, MAX_LINE)
    text = layout.text
    first_line = source.text.find("\n")
    if first_line > 0 and source.text[first_line - 1] == "\r":
        text = text.replace("\n", "\r\n")
    if text == source.text:
        return Formatted(source, text)
    problem = next(_problems(parsed.file, text, layout), None)
    return Formatted(source, None, (), problem) if problem else Formatted(source, text)


def _problems(file: syntax.File, text: str, layout: Layout) -> Iterator[str]:
    """What is wrong with the new text: it has to say the same, keep all comments, and format to itself."""
    again = parse(Source(text, file.source.name, file.source.path))
    if again.diagnostics:
        yield f"the result has an error on line {again.diagnostics[0].span.line}: {again.diagnostics[0].message}"
        return
    if again.file != file:
        yield "the result would not mean the same"
        return
    twice = lay_out(again.file, MAX_LINE)
    if twice.comments != layout.comments:
        yield "the result would not have the same comments"
    if twice.text != layout.text:
        yield "formatting the result would change it again"
    if any(len(line.encode("utf-8")) > MAX_LINE for line in layout.text.split("\n")):
        yield f"the result would have a line of more than {MAX_LINE:,} bytes"
    if len(text.encode("utf-8")) > MAX_FILE:
        yield f"the result would have more than {MAX_FILE:,} bytes"

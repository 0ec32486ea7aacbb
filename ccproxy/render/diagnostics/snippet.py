"""Lines of a source with a span underlined, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ccproxy.source import Position, Source, Span

MAX_COLUMNS = 110
"""Characters: a line longer than this is cut around the place."""
MAX_LINES = 4
"""Lines: of a longer span only the first and the last lines are shown."""
TAB = "    "


def snippet(span: Span, mark: str = "^") -> Iterator[tuple[int | None, str]]:
    """The lines that a span touches, each followed by its underline: (line number, text); underlines have no number.

    An empty span is marked by one character. A source without text yields nothing.
    """
    source = span.source
    if not source.text:
        return
    first = source.position(span.start)
    last = source.position(max(span.end - 1, span.start))
    numbers = list(range(first.line, last.line + 1))
    if len(numbers) > MAX_LINES:
        numbers = [first.line, last.line]
    for number in numbers:
        start, end = _stretch(source, span, number)
        if end <= start and number != first.line:
            continue  # an empty line within the span
        text, before, width = _shown(source.line(number), start, max(end, start))
        yield number, text
        yield None, " " * before + mark * max(width, 1)
        if number == first.line and last.line - first.line >= MAX_LINES:
            yield None, "…"


def _stretch(source: Source, span: Span, number: int) -> tuple[int, int]:
    """The part of one line that the span covers, as offsets into it, without white space at either end."""
    line = source.line(number)
    line_start = source.offset(Position(number, 1))
    start, end = max(span.start - line_start, 0), min(span.end - line_start, len(line))
    if number != span.line:
        start += len(line[start:end]) - len(line[start:end].lstrip())
    if end > start:
        end -= len(line[start:end]) - len(line[start:end].rstrip())
    return start, end


def _shown(line: str, start: int, end: int) -> tuple[str, int, int]:
    """The line as a terminal can show it, cut if it is long: the text, the columns before the span, the columns of the span."""
    left, right = 0, len(line)
    if len(line) > MAX_COLUMNS:
        end = min(end, start + MAX_COLUMNS - 20)
        left = max(min(start - (MAX_COLUMNS - (end - start)) // 2, len(line) - MAX_COLUMNS), 0)
        right = min(left + MAX_COLUMNS, len(line))
    cells = [_cell(character) for character in line[left:right]]
    before = sum(columns for _, columns in cells[: start - left])
    width = sum(columns for _, columns in cells[start - left : end - left])
    head, tail = "…" if left else "", "…" if right < len(line) else ""
    return head + "".join(text for text, _ in cells).rstrip() + tail, before + len(head), width


def _cell(character: str) -> tuple[str, int]:
    """How a character is displayed, and the columns that it takes."""
    if character.isascii() and character.isprintable():
        return character, 1
    if character == "\t":
        return TAB, len(TAB)
    import unicodedata  # most policies are all ASCII

    if unicodedata.category(character) in ("Mn", "Me"):
        return character, 0
    if not character.isprintable() and character != "\u3000":
        return "\ufffd", 1
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1

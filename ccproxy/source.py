"""Source text, positions and spans in it, and problems found there."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from ccproxy.frozen import frozen


class Position(NamedTuple):
    """A line and column as people count them: from 1, columns in Unicode code points."""

    line: int
    column: int


@frozen(eq=False)
class Source:
    """The text of one policy file.

    `name` is what messages call the file; `path` is where it was read from, None for text that is not from a file.
    """

    text: str
    name: str = "policy.ccp"
    path: Path | None = None
    _line_starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        object.__setattr__(self, "_line_starts", starts)

    def position(self, offset: int) -> Position:
        """The line and column of a code point offset (0 to the length of the text)."""
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def offset(self, position: Position) -> int:
        """The code point offset of a line and column, clamped to the text."""
        line = min(max(position.line, 1), len(self._line_starts))
        start = self._line_starts[line - 1]
        return min(start + max(position.column, 1) - 1, start + len(self.line(line)))

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line break."""
        start = self._line_starts[number - 1]
        end = self._line_starts[number] - 1 if number < len(self._line_starts) else len(self.text)
        return self.text[start:end].removesuffix("\r")

    @property
    def line_count(self) -> int:
        """The number of lines; an empty text has one."""
        return len(self._line_starts)


@frozen
class Span:
    """A range of a source in code point offsets: `start` included, `end` excluded."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The text within the span."""
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        """The line that the span starts on, counted from 1."""
        return self.source.position(self.start).line

    @property
    def line_start(self) -> Span:
        """The empty span at the start of the line that this one starts on."""
        start = self.source.offset(Position(self.line, 1))
        return Span(self.source, start, start)

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`, in the same source."""
        return Span(self.source, self.start, other.end)


@frozen
class Problem:
    """One error in a file: where it is, what is wrong, and what to write instead."""

    span: Span
    message: str
    help: str | None = None

    def __str__(self) -> str:
        """`/path/ccproxy.yaml:3:1: unknown setting "prot"; did you mean "port"?`."""
        at = self.span.source.position(self.span.start)
        file = self.span.source.path or self.span.source.name
        return f"{file}:{at.line}:{at.column}: {self.told}"

    @property
    def told(self) -> str:
        """What is wrong and what to write instead, on one line."""
        return f"{self.message}; {self.help}" if self.help else self.message

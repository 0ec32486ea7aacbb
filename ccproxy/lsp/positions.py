"""Positions as editors count them: lines from 0, and characters in the units that client and server agreed on."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property

from lsprotocol import types

_LINE_END = re.compile(r"\r\n|\r|\n")

UNITS: dict[str, Callable[[str], int]] = {
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "utf-32": len,
}
"""The length of a text in each position encoding."""


class TextMap:
    """Converts between offsets in a text (code points) and an editor's positions, which are clamped to the text."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self._text = text
        self._units = UNITS[encoding]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self._text))]

    def position(self, offset: int) -> types.Position:
        """The position of an offset."""
        offset = min(max(offset, 0), len(self._text))
        line = bisect_right(self._starts, offset) - 1
        return types.Position(line, self._units(self._text[self._starts[line] : offset]))

    def offset(self, position: types.Position) -> int:
        """The offset of a position."""
        if position.line >= len(self._starts):
            return len(self._text)
        start = self._starts[max(position.line, 0)]
        line = _LINE_END.split(self._text[start : self._line_limit(position.line)], 1)[0]
        left = position.character
        for at, character in enumerate(line):
            if left <= 0:
                return start + at
            left -= self._units(character)
        return start + len(line)

    def range(self, start: int, end: int) -> types.Range:
        """The range between two offsets."""
        return types.Range(self.position(start), self.position(end))

    @property
    def whole(self) -> types.Range:
        """The range of the whole text."""
        return self.range(0, len(self._text))

    def _line_limit(self, line: int) -> int:
        return self._starts[line + 1] if line + 1 < len(self._starts) else len(self._text)

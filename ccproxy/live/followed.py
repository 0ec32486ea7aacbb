"""Follows decision records while they are written: reads the last ones from the end, then what is appended, over rotations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from ccproxy.config.locations import RECORDS_NAME
from ccproxy.regular_files import open_regular
from ccproxy.replay.json_lines import json_object

ROTATED = "decisions-*.jsonl"
BLOCK = 1 << 20
"""Bytes that are read at once."""
LONGEST_LINE = 1 << 18
"""Bytes: a longer line is none that a proxy wrote, and is passed over."""
LAST_READS = 10
"""How often a file that was rotated is still read: a worker that had it open may write a last line."""


class Followed:
    """The records of a file, and of those rotated out of its place before.

    `last` has the newest records; `appended` what came since. A file that is not there yet is waited for. Nothing is locked, and nothing
    written. The methods raise OSError for what is there and can't be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._current: _Tail | None = None
        self._rotated: list[_Tail] = []
        self.unreadable = 0
        """Lines that hold no JSON object."""

    def last(self, decisions: int) -> list[dict[str, Any]]:
        """The records from the last so many decisions on, the oldest first; answers among them may be of earlier ones."""
        found: list[dict[str, Any]] = []
        wanted = decisions
        self._reopen(from_end=True)
        files = [self.path, *self._older()] if self.path.name == RECORDS_NAME else [self.path]
        for path in files:
            if wanted <= 0:
                break
            with suppress(FileNotFoundError), open_regular(path) as file:
                end = self._current.position if path == self.path and self._current is not None else os.fstat(file.fileno()).st_size
                for line in lines_backward(file, end):
                    record = json_object(line)
                    if record is None:
                        self.unreadable += 1
                        continue
                    found.append(record)
                    wanted -= "id" in record
                    if wanted <= 0:
                        break
        found.reverse()
        return found

    def appended(self) -> Iterator[dict[str, Any]]:
        """The records written since the last call."""
        self._reopen()
        for tail in [*self._rotated, *([self._current] if self._current is not None else [])]:
            for line in tail.lines():
                record = json_object(line)
                if record is None:
                    self.unreadable += 1
                else:
                    yield record
        for tail in self._rotated:
            tail.left -= 1
            if tail.left <= 0:
                tail.close()
        self._rotated = [tail for tail in self._rotated if tail.left > 0]

    def close(self) -> None:
        """Close the files."""
        for tail in [*self._rotated, *([self._current] if self._current is not None else [])]:
            tail.close()
        self._rotated, self._current = [], None

    def _reopen(self, *, from_end: bool = False) -> None:
        """Open the file that has the name now, if another one is open."""
        try:
            state = os.stat(self.path)
        except FileNotFoundError:
            return
        if self._current is not None and self._current.is_file(state):
            return
        tail = _Tail(open_regular(self.path))
        if from_end:
            tail.seek_end()
        if self._current is not None:
            self._rotated.append(self._current)
        self._current = tail

    def _older(self) -> list[Path]:
        """The rotated files, the newest first: their names have the time of their first record."""
        return sorted(self.path.parent.glob(ROTATED), key=lambda path: path.name, reverse=True)


class _Tail:
    """One open file and how far it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rest = b""
        self._skips = False
        self.position = 0
        self.left = LAST_READS

    def is_file(self, state: os.stat_result) -> bool:
        """Whether this is that file, no shorter than what was read of it."""
        own = os.fstat(self._file.fileno())
        return os.path.samestat(own, state) and own.st_size >= self.position

    def seek_end(self) -> None:
        """Pass over all that is there but a last line without an end."""
        size = os.fstat(self._file.fileno()).st_size
        start = max(0, size - LONGEST_LINE)
        self._file.seek(start)
        end = self._file.read(size - start).rfind(b"\n") + 1
        self.position = start + end if end or start == 0 else size
        self._file.seek(self.position)

    def lines(self) -> Iterator[bytes]:
        """The lines that were ended since."""
        while block := self._file.read(BLOCK):
            self.position += len(block)
            *lines, self._rest = (self._rest + block).split(b"\n")
            for line in lines:
                if not self._skips:
                    yield line
                self._skips = False
            if len(self._rest) > LONGEST_LINE:
                self._rest, self._skips = b"", True

    def close(self) -> None:
        self._file.close()


def lines_backward(file: BinaryIO, end: int) -> Iterator[bytes]:
    """The lines of a file that end before an offset, the last first, without their ends; empty and overlong ones are left out."""
    rest = b""
    skips = False
    while end > 0:
        start = max(0, end - BLOCK)
        file.seek(start)
        block = file.read(end - start)
        first, *lines = (block + rest).split(b"\n")
        for line in reversed(lines):
            if line and not skips:
                yield line
            skips = False
        rest, end = first, start
        if len(rest) > LONGEST_LINE:
            rest, skips = b"", True
    if rest and not skips:
        yield rest

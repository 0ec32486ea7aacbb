"""The log files of decision records: several processes append lines, and size and age are bounded."""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ccproxy.config.locations import RECORDS_NAME
from ccproxy.private_files import locked, make_folder, open_own, reader
from ccproxy.regular_files import exists

LOCK_NAME = ".decisions.lock"
PARTS = 8
"""A file is rotated at this fraction of both bounds, so that deleting whole files is enough to stay within them."""


class RecordFile:
    """`decisions.jsonl` of a folder, and the rotated files, `decisions-START.jsonl`; the oldest are deleted first.

    `max_bytes` and `max_age` bound all of them together, give or take the lines of a moment. Every line is one write to a file opened
    for appending: lines of several processes never mix, and a file that another process has just rotated still takes whole lines.
    Methods raise OSError.
    """

    def __init__(self, folder: Path, max_bytes: int, max_age: timedelta) -> None:
        self.path = folder / RECORDS_NAME
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._descriptor: int | None = None
        self._torn = False

    def append(self, line: bytes) -> None:
        """Write one line; OSError also if only part of it could be written."""
        descriptor = self._open()
        if os.fstat(descriptor).st_size + len(line) > self._max_bytes // PARTS:
            self.tidy(len(line))
            descriptor = self._open()
        # what could not be taken back of a line that a full disk cut short ends here
        data = b"\n" + line if self._torn else line
        written = os.write(descriptor, data)
        self._torn = written < len(data)
        if self._torn:
            self._take_back(descriptor, written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    def _take_back(self, descriptor: int, written: int) -> None:
        """Cut off the part of a line that was just written, unless another process has written behind it."""
        end = os.lseek(descriptor, 0, os.SEEK_CUR)
        if os.fstat(descriptor).st_size == end:
            os.ftruncate(descriptor, end - written)
            self._torn = False

    def tidy(self, room: int = 0) -> None:
        """Rotate the file if it is too old, or too large for `room` more bytes, and delete what exceeds the bounds."""
        make_folder(self.path.parent)
        with locked(self.path.parent / LOCK_NAME):
            now = datetime.now(UTC)
            start = self._start()
            too_old = start is not None and now - start > self._max_age / PARTS
            if start is not None and (too_old or self.path.stat().st_size + room > self._max_bytes // PARTS):
                self._put_aside(start)
            self._delete(now)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        """The file that has the name now: another process may have rotated the one that was open."""
        if self._descriptor is not None:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.lstat(self.path), os.fstat(self._descriptor)):
                    return self._descriptor
            self.close()
        self._descriptor = open_own(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        return self._descriptor

    def _start(self) -> datetime | None:
        """The time of the file's first record; the file's own time if that can't be read; None for an empty file."""
        try:
            with reader(self.path) as file:
                first = file.readline(1_000_000)
                changed = os.fstat(file.fileno()).st_mtime
        except FileNotFoundError:
            return None
        if not first:
            return None
        try:
            return datetime.fromisoformat(json.loads(first)["time"]).astimezone(UTC)
        except (ValueError, TypeError, KeyError):
            return datetime.fromtimestamp(changed, UTC)

    def _put_aside(self, start: datetime) -> None:
        number = 0
        while exists(aside := self._aside(start, number)):
            number += 1
        self.path.rename(aside)

    def _aside(self, start: datetime, number: int) -> Path:
        return self.path.with_name(f"decisions-{start:%Y%m%dT%H%M%S}.{start.microsecond // 1000:03}-{number}.jsonl")

    def _delete(self, now: datetime) -> None:
        kept = self.path.stat().st_size if exists(self.path) else 0
        for aside in sorted(self.path.parent.glob("decisions-*.jsonl"), key=_order, reverse=True):
            kept += aside.lstat().st_size
            if kept > self._max_bytes - self._max_bytes // PARTS or now - _order(aside)[0] > self._max_age:
                aside.unlink(missing_ok=True)


def _order(aside: Path) -> tuple[datetime, int]:
    """The sort key of a file: the time of its first record, then its number among those of the same time."""
    stamp, _, number = aside.stem.removeprefix("decisions-").rpartition("-")
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), int(number)
    except ValueError:
        return datetime.fromtimestamp(aside.lstat().st_mtime, UTC), 0

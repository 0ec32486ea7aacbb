"""Reads, follows and rotates the log of the proxy: LiteLLM's own output, in the config folder."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ccproxy.private_files import appender, reader

LOG_NAME = "proxy.log"
MAX_BYTES = 16 * 1024 * 1024
"""Bytes: a log larger than this is rotated when the proxy starts; one older log is kept."""
BLOCK = 64 * 1024


def rotate(log: Path) -> int:
    """Ensure that there is a log that only its owner can read, and rotate a long one. Returns its size in bytes. Raises OSError."""
    with suppress(FileNotFoundError):
        if log.lstat().st_size > MAX_BYTES:
            log.replace(log.with_name(log.name + ".1"))
    with appender(log) as file:
        return file.tell()


def last_lines(log: Path, number: int) -> list[str]:
    """The last lines of a log, without line breaks, read from its end. Raises OSError."""
    if number <= 0:
        return []
    with reader(log) as file:
        at = file.seek(0, os.SEEK_END)
        blocks: deque[bytes] = deque()
        breaks = 0
        while at > 0 and breaks <= number:
            start = max(0, at - BLOCK)
            file.seek(start)
            blocks.appendleft(file.read(at - start))
            breaks += blocks[0].count(b"\n")
            at = start
    text = b"".join(blocks).decode("utf-8", "replace")
    return text.removesuffix("\n").split("\n")[-number:] if text else []


def follow(log: Path, *, start: int | None = None, until: Callable[[], bool] = lambda: False, pause: float = 0.2) -> Iterator[str]:
    """Yield the lines written to a log, from the byte `start` or from now on, until `until` holds.

    A rotated or truncated log is followed into the new one. Raises OSError if there is no log.
    """
    file: BinaryIO = reader(log)
    rest = b""
    try:
        file.seek(*((0, os.SEEK_END) if start is None else (start,)))
        while True:
            # checked before reading, so that what was written before the end is still yielded
            over = until()
            new = file.read()
            *lines, rest = (rest + new).split(b"\n")
            if over and rest:
                lines.append(rest)
            if lines:
                yield b"\n".join(lines).decode("utf-8", "replace")
            if over:
                return
            if not new:
                time.sleep(pause)
                file = _current(log, file)
    finally:
        file.close()


def _current(log: Path, file: BinaryIO) -> BinaryIO:
    """The open file, or the one that has replaced it."""
    try:
        now, opened = log.stat(), os.fstat(file.fileno())
        if (now.st_ino, now.st_dev) == (opened.st_ino, opened.st_dev) and now.st_size >= file.tell():
            return file
        new = reader(log)
    except OSError:
        return file
    file.close()
    return new

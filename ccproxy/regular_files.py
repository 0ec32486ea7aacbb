"""Reads files that anybody may have put there: only regular files, and only up to a limit.

And asks what stands under a name that anybody may have written, as `pathlib` does, but without an error: under a name that is too long, or
leads in a circle of links, is nothing.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAX_REQUEST = 67_108_864
"""Bytes of a request file, or of one line of a `.jsonl` file."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
"""Keeps an open from blocking if a FIFO has just replaced the regular file."""


def exists(path: Path) -> bool:
    """Whether anything stands there."""
    return os.path.exists(path)


def is_file(path: Path) -> bool:
    """Whether a regular file stands there."""
    return os.path.isfile(path)


def is_folder(path: Path) -> bool:
    """Whether a folder stands there."""
    return os.path.isdir(path)


def real_path(path: Path) -> Path:
    """Where the links on an absolute or relative path lead, as far as they do."""
    return Path(os.path.realpath(path))


def expanded(path: str | Path) -> Path:
    """A path with the home that its `~` or `~user` means; as it is written where nobody knows that home."""
    return Path(os.path.expanduser(path))


def read_regular(path: Path, limit: int) -> bytes:
    """The bytes of a regular file. OSError for anything else, and for a file of more than `limit` bytes."""
    with open_regular(path) as file:
        return read_bounded(file, limit)


def read_start(path: Path, most: int) -> bytes:
    """The first `most` bytes of a regular file. OSError for anything else."""
    with open_regular(path) as file:
        return file.read(most)


def open_regular(path: Path) -> BinaryIO:
    """A regular file, open to be read. OSError for anything else: a FIFO, a device, a socket, a folder."""
    _demand_regular(os.stat(path).st_mode)  # merely opening some devices has effects
    descriptor = os.open(path, _FLAGS)
    try:
        _demand_regular(os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_bounded(file: BinaryIO, limit: int) -> bytes:
    """The rest of an open file, standard input say. OSError where that is more than `limit` bytes."""
    data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(limit)
    return data


def lines_of(file: BinaryIO, limit: int) -> Iterator[bytes]:
    """The lines of an open file, with their ends. OSError at a line of more than `limit` bytes."""
    while line := file.readline(limit + 1):
        if len(line) > limit:
            raise _too_large(limit)
        yield line


def _demand_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a regular file")


def _too_large(limit: int) -> OSError:
    return OSError(errno.EFBIG, f"it has more than {limit:,} bytes")

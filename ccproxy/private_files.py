"""Reads, writes, appends to and locks files that are their owner's alone, and refuses whatever somebody planted in their place."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ccproxy.regular_files import real_path

FILE_MODE, FOLDER_MODE = 0o600, 0o700
MOST_BYTES = 4_000_000
"""Bytes: the longest file that is read whole. What ccproxy writes for itself is far shorter."""


class NotOwnError(OSError):
    """Raised for a link, a FIFO, a device or another user's file in the place of one's own file."""


def open_own(path: Path, flags: int) -> int:
    """Open a regular file of this user's, created with mode 0600 if `flags` ask for that; returns its descriptor. Never blocks.

    Raises OSError, NotOwnError if the name leads to anything else.
    """
    try:
        # opening a FIFO that nobody reads would block forever
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, FILE_MODE)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO):
            raise _not_own(path) from error
        raise
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(descriptor)
        raise _not_own(path)
    os.set_blocking(descriptor, True)
    return descriptor


def reader(path: Path) -> BinaryIO:
    """Open a file of this user's for reading. Raises OSError."""
    return os.fdopen(open_own(path, os.O_RDONLY), "rb")


def appender(path: Path) -> BinaryIO:
    """Open a file of this user's for appending, created if missing. Raises OSError."""
    return os.fdopen(open_own(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab")


def read_text(path: Path) -> str:
    """The text of a file of this user's. Raises OSError (also for more than `MOST_BYTES`) and UnicodeDecodeError."""
    with reader(path) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return data.decode("utf-8")


def make_folder(folder: Path) -> None:
    """Create a folder for its owner alone; an existing one, or a link to one, stays as it is. Raises OSError."""
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error


def make_own_folder(folder: Path) -> None:
    """Create a folder inside one of this user's. Raises OSError, NotOwnError if the name is a link or belongs to another user."""
    with suppress(FileExistsError):
        folder.mkdir(mode=FOLDER_MODE)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise _not_own(folder)


def write_whole(path: Path, text: str, *, durable: bool = True) -> None:
    """Replace or create a file atomically: its readers see the old text or the new. Raises OSError.

    A link of that name is replaced, not followed. With `durable`, the text is on the disk when this returns.
    """
    replace_whole(path, text.encode(), lambda descriptor: None, durable=durable)


def replace_whole(path: Path, data: bytes, prepare: Callable[[int], None], *, durable: bool = True) -> None:
    """Like `write_whole`; `prepare` gets the descriptor of the new file, written and for its owner alone, before it takes the name."""
    # most commands write nothing
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(file, data, durable)
            prepare(handle)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def replace_keeping(path: Path, data: bytes) -> None:
    """Put other bytes into a file that is there, like `write_whole`: links to it, its mode and its owner stay. Raises OSError."""
    target = real_path(path)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    before = target.stat()

    def as_before(descriptor: int) -> None:
        with suppress(PermissionError):  # to give a file away takes more rights than to write it
            os.fchown(descriptor, before.st_uid, before.st_gid)
        os.fchmod(descriptor, before.st_mode & 0o7777)

    replace_whole(target, data, as_before)


def write_new(path: Path, text: str) -> None:
    """Create a file that doesn't exist yet. Raises OSError, FileExistsError if anything has the name, even a dangling link."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _write(file, text.encode(), durable=True)
    except OSError:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def locked(path: Path, waiting: Callable[[float], None] = lambda waited: None) -> Iterator[None]:
    """Hold the lock file `path` for the block: one process at a time. Raises OSError.

    `waiting` is called now and then with the seconds waited so far.
    """
    # some 100 ms, and most commands lock nothing
    from filelock import FileLock, Timeout

    lock = FileLock(path, mode=FILE_MODE)
    os.close(open_own(path, os.O_RDWR | os.O_CREAT))
    began = time.monotonic()
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting(time.monotonic() - began)
            time.sleep(0.05)
    try:
        yield
    finally:
        lock.release()


def _write(file: BinaryIO, data: bytes, durable: bool) -> None:
    file.write(data)
    file.flush()
    if durable:
        os.fsync(file.fileno())


def _not_own(path: Path) -> NotOwnError:
    return NotOwnError(errno.EPERM, "it is no regular file or folder of this user's own", str(path))

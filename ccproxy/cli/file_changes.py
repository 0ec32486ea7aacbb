"""Writes changed files, all or none, and shows the difference beforehand."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from difflib import unified_diff
from io import StringIO
from pathlib import Path

import click

from ccproxy.cli.context import CannotRunError, use_colour
from ccproxy.cli.output import say
from ccproxy.private_files import replace_whole

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def write_atomically(path: Path, data: bytes) -> None:
    """Put other bytes into a file that is there: its readers see the old ones or the new ones; links, its mode and its owner stay.

    CannotRunError where that can't be done, or the file is not to be written.
    """
    try:
        _replace(path.resolve(), data)
    except OSError as error:
        raise CannotRunError(f"{path} can't be written: {(error.strerror or str(error)).lower()}") from None


def _replace(target: Path, data: bytes) -> None:
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    before = target.stat()

    def as_before(descriptor: int) -> None:
        with suppress(PermissionError):  # to give a file away takes more rights than to write it
            os.fchown(descriptor, before.st_uid, before.st_gid)
        os.fchmod(descriptor, before.st_mode & 0o7777)

    replace_whole(target, data, as_before)


def print_diff(name: str, old: str, new: str) -> None:
    """What changes in a file, as a unified diff."""
    colour = use_colour()
    for line in unified_diff(_lines(old), _lines(new), f"{name} (now)", f"{name} (after)"):
        shown = line.rstrip("\r\n")
        say(click.style(shown, fg=_COLOURS.get(line[0])) if colour else shown, color=colour)
        if not line.endswith("\n"):
            say("\\ No newline at end of file")


def _lines(text: str) -> list[str]:
    """The lines with their ends, cut at line feeds only."""
    return StringIO(text, newline="\n").readlines()

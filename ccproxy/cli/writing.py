"""Changing files of the user's: all or nothing, and what would change shown before."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from difflib import unified_diff
from io import StringIO
from pathlib import Path

import click

from ccproxy.cli.settings import use_colour

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def write_atomically(path: Path, data: bytes) -> None:
    """Put other bytes into a file that is there: its readers see the old ones or the new ones; links and its mode stay."""
    target = path.resolve()
    mode = target.stat().st_mode & 0o7777
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def print_diff(name: str, old: str, new: str) -> None:
    """What changes in a file, as a unified diff."""
    colour = use_colour()
    for line in unified_diff(_lines(old), _lines(new), f"{name} (now)", f"{name} (after)"):
        shown = line.rstrip("\r\n")
        click.echo(click.style(shown, fg=_COLOURS.get(line[0])) if colour else shown, color=colour)
        if not line.endswith("\n"):
            click.echo("\\ No newline at end of file")


def _lines(text: str) -> list[str]:
    """The lines with their ends, cut at line feeds only."""
    return StringIO(text, newline="\n").readlines()

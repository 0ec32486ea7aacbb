"""Writes changed files, all or none, and shows the difference beforehand."""

from __future__ import annotations

from difflib import unified_diff
from io import StringIO
from pathlib import Path

import click

from ccproxy.cli.context import CannotRunError, use_colour
from ccproxy.cli.output import say
from ccproxy.private_files import replace_keeping

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def write_atomically(path: Path, data: bytes) -> None:
    """Put other bytes into a file that is there: its readers see the old ones or the new ones; links, its mode and its owner stay.

    CannotRunError where that can't be done, or the file is not to be written.
    """
    try:
        replace_keeping(path, data)
    except OSError as error:
        raise CannotRunError(f"{path} can't be written: {(error.strerror or str(error)).lower()}") from None


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

"""Policies that commands read, and the diagnostics of those with errors."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ccproxy.checks import CheckedPolicy, check
from ccproxy.cli.settings import CannotRunError, unreadable
from ccproxy.diagnostics import Diagnostic
from ccproxy.loader import load_file

STDIN = Path("-")


def read_checked(path: Path) -> CheckedPolicy | None:
    """The policy of a file; None where it has errors, which are printed then. CannotRunError without the file."""
    name = Path("<stdin>") if path == STDIN else path
    data = sys.stdin.buffer.read() if path == STDIN else b""
    try:
        loaded = load_file(name, lambda wanted: data if path == STDIN and wanted == name else wanted.read_bytes(), str(name))
    except OSError as error:
        raise CannotRunError(unreadable(path, error)) from None
    diagnostics, checked = check(loaded)
    if checked is None:
        print_diagnostics(diagnostics)
    return checked


def print_diagnostics(diagnostics: list[Diagnostic]) -> None:
    """On standard error, for commands that find something else."""
    from ccproxy.cli.checking import Names
    from ccproxy.diagnostics.render_text import render_text

    names = Names()
    for diagnostic in diagnostics:
        click.echo(render_text(diagnostic, file_name=names, colour=False) + "\n", err=True)

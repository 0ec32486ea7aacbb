"""Reads and checks the policies of commands, and reports those with errors."""

from __future__ import annotations

import sys
from pathlib import Path

from ccproxy.checks import CheckedPolicy, check
from ccproxy.cli.arguments import STDIN
from ccproxy.cli.context import CannotRunError, unreadable
from ccproxy.cli.output import say
from ccproxy.diagnostics import Diagnostic
from ccproxy.language.loader import MOST_READ, Loaded, load_file, read_policy_file


def read_policy(path: Path, name: str | None = None) -> Loaded:
    """The policy of a file, or of standard input. OSError without the file; `name` is what messages call it."""
    if path != STDIN:
        return load_file(path, name=name)
    stdin = Path("<stdin>")
    data = sys.stdin.buffer.read(MOST_READ)
    return load_file(stdin, lambda wanted: data if wanted == stdin else read_policy_file(wanted), str(stdin))


def read_checked(path: Path) -> CheckedPolicy | None:
    """The policy of a file; None where it has errors, which are printed then. CannotRunError without the file."""
    try:
        loaded = read_policy(path, str(path))
    except OSError as error:
        raise CannotRunError(unreadable(path, error)) from None
    diagnostics, checked = check(loaded)
    if checked is None:
        print_diagnostics(diagnostics)
    return checked


def print_diagnostics(diagnostics: list[Diagnostic]) -> None:
    """On standard error, for commands that find something else."""
    from ccproxy.cli.file_names import Names
    from ccproxy.render.diagnostics.text import render_text

    names = Names()
    for diagnostic in diagnostics:
        say(render_text(diagnostic, file_name=names, colour=False) + "\n", err=True)

"""What the commands about the proxy share: what they say, and how they end where it can't be done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ccproxy.cli.settings import CannotRunError

if TYPE_CHECKING:
    from ccproxy.gateway.preflight import Preflight


def warn(line: str) -> None:
    """A line that is no result."""
    click.echo(f"ccproxy: {line}", err=True)


def report(found: Preflight) -> None:
    """The errors and warnings that were found before the start."""
    from ccproxy.cli.checking import Names
    from ccproxy.diagnostics import Severity
    from ccproxy.diagnostics.render_text import render_text

    for diagnostic in found.diagnostics:
        if diagnostic.severity is not Severity.NOTE:
            click.echo(render_text(diagnostic, file_name=Names(), colour=False) + "\n", err=True)


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """What keeps the proxy from being started or stopped, and files from being written, is told, and is exit code 2."""
    from ccproxy.gateway.preflight import CannotStartError

    try:
        yield
    except CannotStartError as error:
        raise CannotRunError(str(error)) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotRunError(f"{error.filename}: {reason}" if error.filename else reason) from None

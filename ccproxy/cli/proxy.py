"""The console and the error handling that the commands about the proxy share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from ccproxy.cli.context import CannotRunError
from ccproxy.cli.output import say
from ccproxy.cli.progress import PATIENCE, StatusLine

if TYPE_CHECKING:
    from ccproxy.service.lifecycle import Console
    from ccproxy.service.preflight import Preflight

Told = TypeVar("Told")


def warn(line: str) -> None:
    """A line that is no result."""
    say(f"ccproxy: {line}", err=True)


def report(found: Preflight) -> None:
    """The errors and warnings that were found before the start."""
    from ccproxy.cli.file_names import Names
    from ccproxy.diagnostics import Severity
    from ccproxy.render.diagnostics.text import render_text

    for diagnostic in found.diagnostics:
        if diagnostic.severity is not Severity.NOTE:
            say(render_text(diagnostic, file_name=Names(), colour=False) + "\n", err=True)


@contextmanager
def console() -> Iterator[Console]:
    """Where the commands about the proxy tell of what they do; what keeps them from it is told too, and is exit code 2."""
    from ccproxy.service.lifecycle import Console

    line = StatusLine()

    def waiting(what: str, seconds: float) -> None:
        if seconds >= PATIENCE:
            line.show(f"{what} ({seconds:.0f} s)")

    def after_waiting(tell: Callable[[Told], None]) -> Callable[[Told], None]:
        def told(what: Told) -> None:
            line.clear()
            tell(what)

        return told

    try:
        with told_in_one_line():
            yield Console(after_waiting(say), after_waiting(warn), after_waiting(report), waiting)
    finally:
        line.clear()


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """What keeps the proxy from being started or stopped, and files from being written, is told, and is exit code 2."""
    from ccproxy.service.preflight import CannotStartError

    try:
        yield
    except CannotStartError as error:
        raise CannotRunError(str(error)) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotRunError(f"{error.filename}: {reason}" if error.filename else reason) from None

"""Watches files, and repeats a command whenever they change."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import click

INTERVAL = 0.3
"""Seconds between two looks at the files."""


def watch_files(run: Callable[[], object], reads: Callable[[], Collection[Path]], interval: float = INTERVAL) -> None:
    """Run, and run again when a file of `reads` changes, comes or goes, until somebody interrupts."""
    try:
        while True:
            if sys.stdout.isatty():
                click.clear()
            started = time.time_ns()
            run()
            sys.stdout.flush()
            before = _states(reads())
            click.echo(f"watching {len(before)} files; Ctrl-C ends it", err=True)
            if any(state is not None and started <= state[0] <= time.time_ns() for state in before.values()):
                continue  # written while it ran: nobody knows what was read
            while _states(reads()) == before:
                time.sleep(interval)
    except KeyboardInterrupt:
        click.echo(err=True)


def _states(paths: Iterable[Path]) -> dict[Path, tuple[int, int] | None]:
    """When each file was written and how long it is, None for one that is not there."""
    return {path: _state(path) for path in paths}


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size

"""Doing something again whenever files change."""

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
            run()
            sys.stdout.flush()
            watched = reads()
            click.echo(f"watching {len(watched)} files; Ctrl-C ends it", err=True)
            before = _states(watched)
            while _states(watched) == before:
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

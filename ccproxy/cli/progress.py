"""Showing on a terminal that something is still at work."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

Item = TypeVar("Item")

PATIENCE = 1.0
"""Seconds before anything is shown: what is done by then needs no progress."""
INTERVAL = 0.2
"""Seconds between two states of the line."""


class Progress:
    """How far something is: `done` of `total`, or (None) just for how long it has been at it."""

    def __init__(self, label: str, total: int | None) -> None:
        self.done = 0
        self._label = label
        self._total = total
        self._started = time.monotonic()
        self._shown = False
        self._writing = threading.Lock()

    def say(self, message: str) -> None:
        """Print a line to standard error, clear of the progress."""
        with self._writing:
            self._erase()
            click.echo(message, err=True)

    def show(self, ended: threading.Event) -> None:
        """Show it until the event comes; nothing if that comes soon."""
        if ended.wait(PATIENCE):
            return
        while True:
            with self._writing:
                self._erase()
                sys.stderr.write(self._text())
                sys.stderr.flush()
                self._shown = True
            if ended.wait(INTERVAL):
                break
        with self._writing:
            self._erase()

    def _text(self) -> str:
        seconds = f"{time.monotonic() - self._started:.0f} s"
        text = f"{self._label}: {seconds}" if self._total is None else f"{self._label}: {self.done:,} of {self._total:,}, {seconds}"
        return text[: shutil.get_terminal_size().columns - 1]

    def _erase(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Progress]:
    """While the block runs: after a second, and only where standard error is a terminal, a line that tells how far it is.

    The line is gone when the block ends. What is printed in between goes through `say`.
    """
    state = Progress(label, total)
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield state
        return
    ended = threading.Event()
    shower = threading.Thread(target=state.show, args=(ended,), daemon=True)
    shower.start()
    try:
        yield state
    finally:
        ended.set()
        shower.join()


def counted(items: Sequence[Item], label: str) -> Iterator[Item]:
    """The items, with the progress through them."""
    with progress(label, len(items)) as state:
        for item in items:
            yield item
            state.done += 1

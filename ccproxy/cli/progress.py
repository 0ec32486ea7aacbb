"""Shows progress on a terminal."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ccproxy.cli.output import say

Item = TypeVar("Item")

PATIENCE = 1.0
"""Seconds before anything is shown: what is done by then needs no progress."""
INTERVAL = 0.2
"""Seconds between two states of the line."""


class StatusLine:
    """A line on the terminal that standard error is: shown, changed, taken away. Where it is none, nothing is ever shown."""

    def __init__(self) -> None:
        self.possible = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = ""
        self._writing = threading.Lock()

    def show(self, text: str) -> None:
        """Put this text in its place, no more of it than fits: of a second line nothing could be taken back."""
        with self._writing:
            if self.possible and text != self._shown:
                self._erase()
                from shutil import get_terminal_size  # most output goes to no terminal

                self._write(text[: get_terminal_size().columns - 1])
                self._shown = text

    def clear(self) -> None:
        """Take it away."""
        with self._writing:
            self._erase()

    def say(self, message: str) -> None:
        """Print a line to standard error, clear of this one."""
        with self._writing:
            self._erase()
            say(message, err=True)

    def _erase(self) -> None:
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = ""

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


class Progress:
    """How far something is: `done` of `total`, or (None) just for how long it has been at it."""

    def __init__(self, label: str, total: int | None, line: StatusLine) -> None:
        self.done = 0
        self.say = line.say
        self._label = label
        self._total = total
        self._line = line
        self._started = time.monotonic()

    def show(self, ended: threading.Event) -> None:
        """Show it until the event comes; nothing if that comes soon."""
        if not ended.wait(PATIENCE):
            self._line.show(self._text())
            while not ended.wait(INTERVAL):
                self._line.show(self._text())
            self._line.clear()

    def _text(self) -> str:
        seconds = time.monotonic() - self._started
        if self._total is None:
            return f"{self._label}: {seconds:.0f} s"
        text = f"{self._label}: {self.done:,} of {self._total:,}, {seconds:.0f} s"
        if not 0 < self.done < self._total or not seconds:
            return text
        rate = self.done / seconds
        return f"{text}, {rate:,.{0 if rate >= 10 else 1}f} a second, {(self._total - self.done) / rate:,.0f} s left"


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Progress]:
    """While the block runs: after a second, and only where standard error is a terminal, a line that tells how far it is.

    The line is gone when the block ends. What is printed in between goes through `say`.
    """
    line = StatusLine()
    state = Progress(label, total, line)
    if not line.possible:
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

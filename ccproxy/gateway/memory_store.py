"""What keeps what the proxy remembers: rows and numbers by key. Whatever becomes of a store, no request waits for it for long."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic

from ccproxy.facts.recollection import Row
from ccproxy.frozen import frozen
from ccproxy.gateway.lane import Lane

READ_SECONDS = 0.05
"""How long a request waits for what is remembered of it."""
MOST_WAITING = 2_000
"""Maximum writings that wait for a store; what more there is to remember is lost."""
LAST_SECONDS = 3.0
"""Maximum seconds to wait at the end for what is still to be written."""
COUNT_SECONDS = 1.0
"""How long `status` waits for how many conversations there are."""
_COUNT_SHARE = 100
"""A count is good for so many times as long as it took: readings wait for it."""
CONVERSATION = "conversation:"
"""What the keys of conversations begin with, and no others."""

Change = Callable[[Row | None], Row | None]
"""What becomes of a row; None leaves it."""
Failed = Callable[[BaseException | None], None]
"""Told of what failed to be written, and with None of what was; by any thread."""


class MemoryUnavailableError(Exception):
    """Raised where what is remembered can't be read, or not in time."""


class MemoryFullError(Exception):
    """What is not kept because too much waits to be written already."""


@frozen
class Kept:
    """What is kept under a key: a row, and a number that is only ever added to."""

    row: Row | None = None
    number: float = 0.0


class MemoryStore(ABC):
    """A store of rows and numbers by key, each with a time to live; `kind` is what it is called.

    Writings are done one after the other in a thread, in the order in which they were asked for. Readings are too, in the same thread if
    `ordered`, so that they see what was written before.
    """

    kind: str

    def __init__(self, failed: Failed, *, ordered: bool) -> None:
        self._failed = failed
        self._lane = Lane("ccproxy memory")
        self._reading_lane = self._lane if ordered else Lane("ccproxy memory reading")
        self._late: Future[Mapping[str, Kept]] | None = None
        self._counted: int | None = None
        self._count_again = 0.0

    async def get(self, keys: Sequence[str]) -> Mapping[str, Kept]:
        """What is kept under these keys, in one go.

        Raises MemoryUnavailableError where that fails or takes longer than `READ_SECONDS`; at once while an earlier reading still hangs.
        """
        if self._late is not None and not self._late.done():
            raise MemoryUnavailableError("TimeoutError")
        reading = self._reading_lane.submit(lambda: self._get(tuple(keys)))
        try:
            # what has not begun when the time is over is taken back
            return await asyncio.wait_for(asyncio.wrap_future(reading), READ_SECONDS)
        except Exception as error:
            if not reading.done():
                self._late = reading
            raise MemoryUnavailableError(type(error).__name__) from error

    def change(self, key: str, to: Change, seconds: float) -> None:
        """Replace a row by what becomes of it, for so many seconds. Returns at once; `to` may be called again if others write meanwhile."""
        self._write(lambda: self._change(key, to, seconds))

    def add(self, key: str, amount: float, seconds: float) -> None:
        """Add to a number, which then lives for so many seconds. Returns at once."""
        self._write(lambda: self._add(key, amount, seconds))

    def conversations(self) -> int | None:
        """About how many conversations there are; None where that can't be told, or not soon."""
        begun = monotonic()
        if begun >= self._count_again:
            counting = self._lane.submit(self._conversations)
            try:
                self._counted = counting.result(COUNT_SECONDS)
            except Exception:  # what is wrong is told where it matters: of a request, or of what is lost
                counting.cancel()
                self._counted = None
            self._count_again = begun + (monotonic() - begun) * _COUNT_SHARE
        return self._counted

    def close(self) -> None:
        """Do what is left, if that takes no more than `LAST_SECONDS`, and close the store."""
        with suppress(Exception):
            self._lane.submit(self._close).result(LAST_SECONDS)

    def _write(self, work: Callable[[], None]) -> None:
        if self._lane.waiting >= MOST_WAITING:
            self._failed(MemoryFullError())
            return

        def run() -> None:
            try:
                work()
            except Exception as error:
                self._failed(error)
            else:
                self._failed(None)

        self._lane.submit(run)

    # ── In a thread ──────────────────────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def _get(self, keys: tuple[str, ...]) -> Mapping[str, Kept]:
        """What is kept under these keys; nothing for those that aren't there."""

    @abstractmethod
    def _change(self, key: str, to: Change, seconds: float) -> None: ...

    @abstractmethod
    def _add(self, key: str, amount: float, seconds: float) -> None: ...

    @abstractmethod
    def _conversations(self) -> int | None: ...

    @abstractmethod
    def _close(self) -> None: ...

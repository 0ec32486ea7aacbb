"""The writer: the one thread of a worker that writes files, so that the event loop never waits for a disk.

`logging.handlers.QueueListener` is not suitable: it has no tick, can't be stopped while its queue is full, and waits forever for a
thread that hangs.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

QUEUE_LENGTH = 10_000
"""Length of the queue from which on new items are dropped."""
TICK_SECONDS = 1.0
SOON_SECONDS = 0.05
"""Maximum seconds from an item to the next tick, so that what it tells of the item is not a second old."""

_log = logging.getLogger("ccproxy.gateway")

Thing = TypeVar("Thing")


class Writer(Generic[Thing]):
    """Calls `write` with each item put, and `tick` once a second and soon after each item, in a thread of its own; at the end, `end`.

    Exceptions from them don't end the thread; each kind is logged once. `dropped` counts the items that were never passed to `write`.
    """

    def __init__(self, write: Callable[[Thing], None], tick: Callable[[], None], end: Callable[[], None]) -> None:
        self.dropped = 0
        self._write = write
        self._tick = tick
        self._end = end
        # its `put` takes a third of the time of a Queue's, which the event loop would wait for
        self._queue: queue.SimpleQueue[Thing | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ccproxy writer", daemon=True)
        self._told: set[str] = set()

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def put(self, thing: Thing) -> None:
        """Queue an item for writing. Never blocks: if the queue is full, the item is dropped."""
        if self._queue.qsize() < QUEUE_LENGTH:
            self._queue.put(thing)
        else:
            self.dropped += 1
            self.tell_once("decisions come faster than they can be written; some have no record")

    def close(self, seconds: float = 5) -> None:
        """Write what is queued, and stop; give up after `seconds`."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join(seconds)
        if self._thread.is_alive():
            self.dropped += self._queue.qsize()
            self.tell_once("the disk is too slow for the last decisions; some have no record")

    def _run(self) -> None:
        self._try(self._tick)
        next_tick = time.monotonic() + TICK_SECONDS
        while not (self._closing.is_set() and self._queue.empty()):
            try:
                thing = self._queue.get(timeout=max(0.0, next_tick - time.monotonic()))
            except queue.Empty:
                pass
            else:
                if thing is not None:
                    self._try(partial(self._write, thing))
                    next_tick = min(next_tick, time.monotonic() + SOON_SECONDS)
            if time.monotonic() >= next_tick:
                self._try(self._tick)
                next_tick = time.monotonic() + TICK_SECONDS
        self._try(self._end)

    def _try(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:
            self.tell_once(f"what the hook tells can't be written: {type(error).__name__}")

    def tell_once(self, message: str) -> None:
        """Log a message, but only once."""
        if message not in self._told:
            self._told.add(message)
            _log.warning(message)

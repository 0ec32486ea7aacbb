"""A thread that does one thing after another, and that the end of the process doesn't wait for.

`ThreadPoolExecutor` is not suitable: when Python exits, it waits until all is done that was submitted, however long that hangs.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

Result = TypeVar("Result")


class Lane:
    """Runs what it is given, in that order. Thread-safe; the thread starts with the first thing to do."""

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How much has not begun."""
        return self._queue.qsize()

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        """Have something done. What is cancelled before it begins is left out."""
        done: Future[Result] = Future()
        self._queue.put((done, work))
        with self._lock:
            if self._thread.ident is None:
                self._thread.start()
        return done

    def _run(self) -> None:
        while True:
            done, work = self._queue.get()
            if not done.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:  # whoever asked is told
                done.set_exception(error)
            else:
                done.set_result(result)

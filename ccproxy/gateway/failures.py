"""Counts failures inside the hook, and logs each in one line that contains nothing of a request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

_log = logging.getLogger("ccproxy.gateway")


class Failures:
    """The failures of this process so far. Thread-safe.

    `request_id` holds, in a deciding thread, the id of its request. `on_failure` is called for each failure.
    `predicates_refuse`: a predicate that fails makes the request be refused.
    """

    def __init__(self, on_failure: Callable[[], None] | None = None, *, predicates_refuse: bool = False) -> None:
        self.count = 0
        self._of_predicate = "the request is refused" if predicates_refuse else "it counts as false"
        self._on_failure = on_failure
        self.request_id: ContextVar[str] = ContextVar("ccproxy_request_id", default="unknown")
        self._lock = threading.Lock()

    def report(self, what: str, error: BaseException | None, request_id: str, outcome: str, *, again: bool = False) -> None:
        """Count a failure of `what`, with the `error` if there is one; `outcome` is what happens to the request instead.

        One that goes on, `again`, is not logged. The log line has the error's type and place, but not its message, which may quote the
        request.
        """
        with self._lock:
            self.count += 1
        if self._on_failure is not None:
            self._on_failure()
        if again:
            return
        reason = "" if error is None else f": {type(error).__name__} at {place_of(error)}"
        _log.error("%s failed%s; %s (request %s)", what, reason, outcome, request_id)

    def report_predicate(self, name: str, what: str, error: BaseException | None) -> None:
        """Count a failure of a Python predicate, in the deciding thread."""
        self.report(f'predicate "{name}" ({what})', error, self.request_id.get(), self._of_predicate)


def place_of(error: BaseException) -> str:
    """Where an error was raised: `file.py:12`."""
    frame = error.__traceback__
    if frame is None:
        return "an unknown place"
    while frame.tb_next is not None:
        frame = frame.tb_next
    return f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}"

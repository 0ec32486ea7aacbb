"""Keeps what the page shows up to date: the newest records, and the status of the proxy that writes them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ccproxy.live.followed import Followed
from ccproxy.live.window import Window
from ccproxy.service.status import Status

POLL_SECONDS = 0.25
"""Seconds between readings of the records."""
STATUS_SECONDS = 3.0
"""Seconds between readings of the status."""

_log = logging.getLogger("ccproxy.live")


@dataclass
class Watched:
    """The requests that are held, and the last status of the proxy; `problem` says why records can't be read, if they can't."""

    followed: Followed
    read_status: Callable[[], Status]
    window: Window = field(default_factory=Window)
    status: Status | None = None
    problem: str | None = None

    def open(self) -> None:
        """Read the newest records. Raises OSError."""
        self.window.add(self.followed.last(self.window.most))

    async def run(self) -> None:
        """Follow the records and the status until it is cancelled. Files are read by a thread, the rest is done by the caller's."""
        await asyncio.gather(self._follow(), self._ask())

    async def _follow(self) -> None:
        while True:
            try:
                self.window.add(await asyncio.to_thread(self._appended))
                self.problem = None
            except OSError as error:
                self.problem = (error.strerror or str(error)).lower()
            await asyncio.sleep(POLL_SECONDS)

    def _appended(self) -> list[dict[str, Any]]:
        return list(self.followed.appended())

    async def _ask(self) -> None:
        while True:
            try:
                self.status = await asyncio.to_thread(self.read_status)
            except Exception:  # the records are to be shown all the same
                _log.exception("the status can't be read")
            await asyncio.sleep(STATUS_SECONDS)

"""Where the proxy keeps what it remembers: a SQLite database in the config folder, which all workers of a host share.

Everything runs in one thread, in the order in which it was asked for; nothing waits for it but a reading, and that not for long.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from ccproxy.facts.recollection import Row
from ccproxy.private_files import open_own

FILE_NAME = "memory.sqlite"
READ_SECONDS = 0.05
"""How long a request waits for what is remembered of it."""
TIDY_EVERY = 500
"""Writings between searches for what is old."""


class MemoryUnavailableError(Exception):
    """Raised where what is remembered can't be read, or not in time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept under a key: a row, and a number that is only ever added to."""

    row: Row | None = None
    number: float = 0.0


class MemoryStore:
    """A store of rows and numbers by key, each with a time to live. `failed` is called, in its thread, for each operation that fails."""

    def __init__(self, path: Path, entries: int, failed: Callable[[BaseException], None]) -> None:
        self.path = path
        self._entries = entries
        self._failed = failed
        self._thread = ThreadPoolExecutor(1, "ccproxy memory")
        self._database: sqlite3.Connection | None = None
        self._written = 0

    async def get(self, keys: Sequence[str]) -> Mapping[str, Kept]:
        """What is kept under these keys, in one go. MemoryUnavailableError where that fails or takes longer than `READ_SECONDS`."""
        reading = asyncio.get_running_loop().run_in_executor(self._thread, self._get, tuple(keys))
        try:
            return await asyncio.wait_for(asyncio.shield(reading), READ_SECONDS)
        except (sqlite3.Error, OSError, ValueError, TimeoutError) as error:
            with suppress(Exception):
                reading.add_done_callback(lambda done: done.exception())
            raise MemoryUnavailableError(type(error).__name__) from error

    def change(self, key: str, to: Callable[[Row | None], Row | None], seconds: float) -> None:
        """Replace a row by what becomes of it, for so many seconds; None leaves it. Returns at once."""
        self._submit(lambda: self._change(key, to, seconds))

    def add(self, key: str, amount: float, seconds: float) -> None:
        """Add to a number, which then lives for so many seconds. Returns at once."""
        self._submit(lambda: self._add(key, amount, seconds))

    def count(self) -> int:
        """How many keys there are; waits for the thread."""
        return self._thread.submit(lambda: int(self._open().execute("SELECT count(*) FROM memory").fetchone()[0])).result()

    def close(self) -> None:
        """Do what is left, and close the database."""
        with suppress(RuntimeError):
            self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    # ── In the thread ────────────────────────────────────────────────────────────────────────────────────────────────

    def _submit(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except Exception as error:
                self._failed(error)

        with suppress(RuntimeError):  # the process ends
            self._thread.submit(run)

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            # made by us, for its owner alone, before SQLite opens it by name
            os.close(open_own(self.path, os.O_RDWR | os.O_CREAT))
            database = sqlite3.connect(self.path, timeout=READ_SECONDS, isolation_level=None, check_same_thread=False)
            database.execute("PRAGMA journal_mode = WAL")
            # a killed process loses nothing; a machine that loses its power may lose the last moments
            database.execute("PRAGMA synchronous = OFF")
            database.execute(
                "CREATE TABLE IF NOT EXISTS memory"
                " (key TEXT PRIMARY KEY, row TEXT, number REAL NOT NULL, expires REAL NOT NULL, written REAL NOT NULL) WITHOUT ROWID"
            )
            self._database = database
        return self._database

    def _get(self, keys: tuple[str, ...]) -> Mapping[str, Kept]:
        marks = ", ".join("?" * len(keys))
        found = self._open().execute(
            f"SELECT key, row, number FROM memory WHERE key IN ({marks}) AND expires > ?",  # noqa: S608  # nosec B608 (question marks)
            (*keys, time()),
        )
        return {key: Kept(None if row is None else json.loads(row), number) for key, row, number in found}

    def _change(self, key: str, to: Callable[[Row | None], Row | None], seconds: float) -> None:
        database = self._open()
        database.execute("BEGIN IMMEDIATE")
        try:
            kept = self._get((key,)).get(key, Kept())
            row = to(kept.row)
            if row is not None:
                now = time()
                values = (key, json.dumps(row), kept.number, now + seconds, now)
                database.execute("INSERT OR REPLACE INTO memory VALUES (?, ?, ?, ?, ?)", values)
        finally:
            database.execute("COMMIT")
        self._tidy()

    def _add(self, key: str, amount: float, seconds: float) -> None:
        now = time()
        self._open().execute(
            "INSERT INTO memory VALUES (?, NULL, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " number = excluded.number + CASE WHEN expires > excluded.written THEN number ELSE 0 END,"
            " expires = excluded.expires, written = excluded.written",
            (key, amount, now + seconds, now),
        )
        self._tidy()

    def _tidy(self) -> None:
        self._written += 1
        if self._written % TIDY_EVERY:
            return
        database = self._open()
        database.execute("DELETE FROM memory WHERE expires <= ?", (time(),))
        database.execute(
            "DELETE FROM memory WHERE key IN (SELECT key FROM memory ORDER BY written DESC LIMIT -1 OFFSET ?)",
            (self._entries,),
        )

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

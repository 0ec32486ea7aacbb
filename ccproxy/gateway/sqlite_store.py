"""Keeps what the proxy remembers in a SQLite database, which all workers of a host share."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from time import time

from ccproxy.gateway.memory_store import CONVERSATION, READ_SECONDS, Change, Failed, Kept, MemoryStore
from ccproxy.private_files import open_own

FILE_NAME = "memory.sqlite"
TIDY_EVERY = 500
"""Writings between searches for what is old."""
_OF_CONVERSATION = f"key GLOB '{CONVERSATION}*'"


class SqliteStore(MemoryStore):
    """A database in a file, which outlives the process; without a `path`, one that is this process's alone. `entries` are kept at most."""

    def __init__(self, path: Path | None, entries: int, failed: Failed) -> None:
        super().__init__(failed, ordered=True)
        self.kind = "memory" if path is None else "sqlite"
        self._path = path
        self._entries = entries
        self._database: sqlite3.Connection | None = None
        self._written = 0

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            if self._path is not None:
                # made by us, for its owner alone, before SQLite opens it by name
                os.close(open_own(self._path, os.O_RDWR | os.O_CREAT))
            database = sqlite3.connect(self._path or ":memory:", timeout=READ_SECONDS, isolation_level=None, check_same_thread=False)
            database.execute("PRAGMA journal_mode = WAL")
            # a killed process loses nothing; a machine that loses its power may lose the last moments
            database.execute("PRAGMA synchronous = OFF")
            database.execute(
                "CREATE TABLE IF NOT EXISTS kept"
                " (key TEXT PRIMARY KEY, row TEXT, number REAL NOT NULL, expires REAL NOT NULL) WITHOUT ROWID"
            )
            database.execute("CREATE INDEX IF NOT EXISTS kept_by_age ON kept (expires)")
            database.execute(f"CREATE INDEX IF NOT EXISTS kept_conversations ON kept (key) WHERE {_OF_CONVERSATION}")
            self._database = database
        return self._database

    def _get(self, keys: tuple[str, ...]) -> Mapping[str, Kept]:
        marks = ", ".join("?" * len(keys))
        found = self._open().execute(
            f"SELECT key, row, number FROM kept WHERE key IN ({marks}) AND expires > ?",  # noqa: S608  # nosec B608 (question marks)
            (*keys, time()),
        )
        return {key: Kept(None if row is None else json.loads(row), number) for key, row, number in found}

    def _change(self, key: str, to: Change, seconds: float) -> None:
        database = self._open()
        database.execute("BEGIN IMMEDIATE")
        try:
            kept = self._get((key,)).get(key, Kept())
            row = to(kept.row)
            if row is not None:
                values = (key, json.dumps(row), kept.number, time() + seconds)
                database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", values)
        finally:
            database.execute("COMMIT")
        self._tidy()

    def _add(self, key: str, amount: float, seconds: float) -> None:
        now = time()
        self._open().execute(
            "INSERT INTO kept VALUES (?, NULL, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " row = CASE WHEN expires > ? THEN row END,"
            " number = excluded.number + CASE WHEN expires > ? THEN number ELSE 0 END,"
            " expires = excluded.expires",
            (key, amount, now + seconds, now, now),
        )
        self._tidy()

    def _tidy(self) -> None:
        self._written += 1
        if self._written % TIDY_EVERY:
            return
        database = self._open()
        database.execute("DELETE FROM kept WHERE expires <= ?", (time(),))
        database.execute(
            "DELETE FROM kept WHERE key IN (SELECT key FROM kept ORDER BY expires DESC LIMIT -1 OFFSET ?)",
            (self._entries,),
        )

    def _conversations(self) -> int:
        counting = f"SELECT count(*) FROM kept WHERE {_OF_CONVERSATION}"  # noqa: S608  # nosec B608 (a constant)
        return int(self._open().execute(counting).fetchone()[0])

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

"""The store of what is remembered: shared by processes, alive after a kill, bounded, and no burden where it fails."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccproxy.facts import observe
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.memory import Asker, Memory
from ccproxy.gateway.memory_store import TIDY_EVERY, Kept, MemoryStore, MemoryUnavailableError

WRITER = """
import sys, time
from pathlib import Path
from ccproxy.gateway.memory_store import MemoryStore
store = MemoryStore(Path(sys.argv[1]), 1000, lambda error: sys.exit(f"failed: {error!r}"))
for number in range(int(sys.argv[2])):
    store.add("sum", 1, 60)
    store.change("row", lambda row: {"n": (row or {"n": 0})["n"] + 1}, 60)
store.count()
print("written", flush=True)
time.sleep(60 if len(sys.argv) > 3 else 0)
store.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[MemoryStore]:
    store = opened(path)
    yield store
    store.close()


def opened(path: Path, entries: int = 1_000) -> MemoryStore:
    def failed(error: BaseException) -> None:
        raise AssertionError(repr(error)) from error

    return MemoryStore(path, entries, failed)


def get(store: MemoryStore, *keys: str) -> dict[str, Kept]:
    return dict(asyncio.run(store.get(keys)))


def test_rows_and_numbers(store: MemoryStore, path: Path) -> None:
    assert get(store, "a") == {}
    store.change("a", lambda row: {"was": row}, 60)
    store.change("a", lambda row: {"was": row}, 60)
    store.change("b", lambda row: None, 60)
    store.add("a", 0.5, 60)
    store.add("a", 0.25, 60)
    assert get(store, "a", "b", "c") == {"a": Kept({"was": {"was": None}}, 0.75)}
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_old_is_gone(store: MemoryStore) -> None:
    store.change("a", lambda row: {}, -1)
    store.add("b", 5, -1)
    assert get(store, "a", "b") == {}
    store.add("b", 1, 60)
    assert get(store, "b") == {"b": Kept(None, 1)}


def test_it_is_there_after_a_restart(path: Path) -> None:
    first = opened(path)
    first.add("a", 2, 60)
    first.close()
    second = opened(path)
    assert get(second, "a") == {"a": Kept(None, 2)}
    second.close()


def test_entries_are_bounded(path: Path) -> None:
    store = opened(path, entries=10)
    for number in range(TIDY_EVERY):
        store.add(f"{number}", 1, 60)
    assert store.count() == 10
    assert get(store, f"{TIDY_EVERY - 1}")
    store.close()


def test_several_processes_share_it(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path), "200"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60)[0] for process in running] == ["written\n"] * 2
    store = opened(path)
    assert get(store, "sum", "row") == {"sum": Kept(None, 400), "row": Kept({"n": 400}, 0)}
    store.close()


def test_a_killed_process_loses_nothing(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path), "50", "and wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        os.kill(process.pid, signal.SIGKILL)
    store = opened(path)
    assert get(store, "sum") == {"sum": Kept(None, 50)}
    store.close()


def test_a_reading_does_not_wait_for_a_store_that_hangs(path: Path) -> None:
    store = opened(path)
    store.add("a", 1, 60)
    assert get(store, "a")
    store._thread.submit(time.sleep, 0.5)
    with pytest.raises(MemoryUnavailableError):
        get(store, "a")
    store.close()


def test_a_locked_store_fails_and_is_counted(path: Path) -> None:
    failures: list[BaseException] = []
    store = MemoryStore(path, 10, failures.append)
    store.add("a", 1, 60)
    store.count()
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        store.change("a", lambda row: {}, 60)
        store.close()
    assert [type(error) for error in failures] == [sqlite3.OperationalError]


def test_nothing_planted_is_opened(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MemoryUnavailableError):
        get(MemoryStore(path, 10, lambda error: None), "a")
    assert not (tmp_path / "elsewhere").exists()


def test_a_request_goes_on_without_memory(path: Path, tmp_path: Path) -> None:
    path.mkdir()
    failures = Failures()
    memory = Memory(MemoryStore(path, 10, lambda error: None), 1, failures)
    facts = observe({}, headers={"x-claude-code-session-id": "s"})
    found = asyncio.run(memory.remember(facts, Asker(None, "secret"), "id"))
    assert (found.facts, found.ticket.available, found.ticket.conversation) == ({}, False, None)
    assert failures.count == 1
    memory.routed(found.ticket, "think")
    memory.close()


def test_other_keys_have_other_conversations(path: Path) -> None:
    memory = Memory(opened(path), 1, Failures())
    facts = observe({}, headers={"x-claude-code-session-id": "s"})
    key = type("Key", (), {"token": "one"})
    tickets = [asyncio.run(memory.remember(facts, asker, "id")).ticket for asker in (Asker(None, "a"), Asker(key, "a"), Asker(None, "b"))]
    assert len({ticket.conversation for ticket in tickets}) == len({ticket.session for ticket in tickets}) == 3
    memory.close()

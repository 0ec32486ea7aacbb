"""The stores of what is remembered: shared by processes, alive after a kill, bounded, and no burden where they fail."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from litellm.proxy._types import UserAPIKeyAuth

import ccproxy
from ccproxy.config.settings import MemorySettings
from ccproxy.facts import observe
from ccproxy.gateway import memory_store
from ccproxy.gateway.choose_store import choose_store
from ccproxy.gateway.decider import Decider
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.hook import PolicyHook
from ccproxy.gateway.memory import Asker, Memory
from ccproxy.gateway.memory_store import CONVERSATION, MOST_WAITING, Failed, Kept, MemoryFullError, MemoryStore, MemoryUnavailableError
from ccproxy.gateway.redis_store import RedisStore
from ccproxy.gateway.sqlite_store import TIDY_EVERY, SqliteStore

from .redis_server import RedisServer, running_redis

WRITER = """
import sys, time
from pathlib import Path
import redis
from ccproxy.gateway.redis_store import RedisStore
from ccproxy.gateway.sqlite_store import SqliteStore
def failed(error):
    if error is not None:
        sys.exit(f"failed: {error!r}")
where = sys.argv[1]
store = RedisStore(redis.Redis(port=int(where)), failed) if where.isdecimal() else SqliteStore(Path(where), 1000, failed)
for number in range(int(sys.argv[2])):
    store.add("sum", 1, 60)
    store.change("row", lambda row: {"n": (row or {"n": 0})["n"] + 1}, 60)
while store._lane.submit(int).result() or store._lane.waiting:
    pass
print("written", flush=True)
time.sleep(60 if len(sys.argv) > 3 else 0)
store.close()
"""

Opener = Callable[[], MemoryStore]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite"


def unexpected(error: BaseException | None) -> None:
    if error is not None:
        raise AssertionError(repr(error)) from error


def nothing(error: BaseException | None) -> None:
    """Failures that are expected."""


def opened(path: Path, entries: int = 1_000) -> SqliteStore:
    return SqliteStore(path, entries, unexpected)


@pytest.fixture(params=["sqlite", "redis"])
def where(request: pytest.FixtureRequest, path: Path) -> str:
    """What names a store to another process; of Redis a port, and nothing is in it."""
    if request.param == "sqlite":
        return str(path)
    server: RedisServer = request.getfixturevalue("server")
    server.client().flushall()
    return str(server.port)


@pytest.fixture
def again(where: str) -> Opener:
    """Opens the store, once more."""
    return lambda: RedisStore(redis.Redis(port=int(where)), unexpected) if where.isdecimal() else opened(Path(where))


@pytest.fixture
def store(again: Opener) -> Iterator[MemoryStore]:
    store = again()
    yield store
    store.close()


def get(store: MemoryStore, *keys: str) -> dict[str, Kept]:
    """What is kept, once all is written; asked again where a busy machine takes longer than a request would wait."""
    store._lane.submit(int).result()
    for _ in range(100):
        with suppress(MemoryUnavailableError):
            return dict(asyncio.run(store.get(keys)))
        time.sleep(memory_store.READ_SECONDS)
    pytest.fail("it can't be read")


def unavailable(store: MemoryStore) -> float:
    """Seconds until a reading is given up."""
    begun = time.perf_counter()
    with pytest.raises(MemoryUnavailableError):
        asyncio.run(store.get(("a",)))
    return time.perf_counter() - begun


def test_rows_and_numbers(store: MemoryStore) -> None:
    assert get(store, "a") == {}
    store.change("a", lambda row: {"was": row}, 60)
    store.change("a", lambda row: {"was": row}, 60)
    store.change("b", lambda row: None, 60)
    store.add("a", 0.5, 60)
    store.add("a", 0.25, 60)
    assert get(store, "a", "b", "c") == {"a": Kept({"was": {"was": None}}, 0.75)}


def test_what_is_old_is_gone(store: MemoryStore) -> None:
    store.change("a", lambda row: {}, -1)
    store.add("b", 5, -1)
    assert get(store, "a", "b") == {}
    store.add("b", 1, 60)
    assert get(store, "b") == {"b": Kept(None, 1)}


def test_each_writing_renews_the_life(server: RedisServer) -> None:
    store = RedisStore(server.client(), unexpected, lambda key: f"theirs:{key}")
    store.change("a", lambda row: {}, 50)
    store.add("a", 1, 100)
    assert get(store, "a") == {"a": Kept({}, 1)}
    assert 90_000 < int(str(server.client().pttl("theirs:ccproxy:memory:a"))) <= 100_000


def test_it_is_there_after_a_restart(again: Opener) -> None:
    first = again()
    first.add("a", 2, 60)
    first.close()
    second = again()
    assert get(second, "a") == {"a": Kept(None, 2)}
    second.close()


def test_the_file_is_its_owner_s(path: Path) -> None:
    store = opened(path)
    store.add("a", 2, 60)
    get(store, "a")
    assert {one.stat().st_mode & 0o777 for one in path.parent.glob("memory.sqlite*")} == {0o600}
    store.close()


def test_entries_are_bounded(path: Path) -> None:
    store = opened(path, entries=10)
    for number in range(TIDY_EVERY):
        store.add(f"{CONVERSATION}{number}", 1, 60)
    assert store.conversations() == 10
    assert get(store, f"{CONVERSATION}{TIDY_EVERY - 1}")
    store.close()


def test_conversations_are_counted(path: Path) -> None:
    store = opened(path)
    for key in (f"{CONVERSATION}1", f"{CONVERSATION}2", "session:1", "limits"):
        store.add(key, 1, 60)
    assert store.conversations() == 2
    store.close()


def test_several_processes_share_it(where: str, again: Opener) -> None:
    command = [sys.executable, "-c", WRITER, where, "200"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60)[0] for process in running] == ["written\n"] * 2
    store = again()
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


def test_a_reading_does_not_wait_for_a_store_that_hangs(store: MemoryStore) -> None:
    store.add("a", 1, 60)
    assert get(store, "a")
    store._reading_lane.submit(lambda: time.sleep(0.5))
    unavailable(store)


def test_a_redis_that_hangs_costs_one_request_its_patience(server: RedisServer) -> None:
    """Those after it don't wait, until it answers again."""
    failures: list[BaseException | None] = []
    server.client().flushall()
    store = RedisStore(server.client(socket_timeout=60), failures.append)
    store.add("a", 1, 60)
    assert get(store, "a")
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        assert unavailable(store) >= memory_store.READ_SECONDS
        late = store._late
        assert late is not None
        unavailable(store)
        assert store._late is late  # nothing more was asked
        store.add("a", 1, 60)
        assert store.conversations() is None
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    late.result()
    assert get(store, "a") == {"a": Kept(None, 2)}
    assert failures == [None, None]
    store.close()


def test_a_redis_that_is_down_fails_and_is_counted(tmp_path: Path) -> None:
    failures: list[BaseException | None] = []
    with running_redis(tmp_path) as server:
        store = RedisStore(server.client(retry=None), failures.append)
        store.add("a", 1, 60)
        assert get(store, "a")
    unavailable(store)
    store.add("a", 1, 60)
    with running_redis(tmp_path, server.port):
        assert get(store, "a") == {}
        store.add("a", 1, 60)
        assert get(store, "a") == {"a": Kept(None, 1)}
    store.close()
    assert [error is None for error in failures] == [True, False, True]


def test_what_waits_to_be_written_is_bounded(path: Path) -> None:
    failures: list[BaseException | None] = []
    store = SqliteStore(path, 10, failures.append)
    goes_on = threading.Event()
    hanging = store._lane.submit(goes_on.wait)
    for _ in range(MOST_WAITING + 3):
        store.add("a", 1, 60)
    assert [type(error) for error in failures[:2]] == [MemoryFullError] * 2
    goes_on.set()
    hanging.result()
    assert get(store, "a")["a"].number <= MOST_WAITING + 1
    store.close()


def test_the_end_waits_for_no_store_that_hangs(path: Path) -> None:
    program = """
import sys, threading
from pathlib import Path
from ccproxy.gateway import memory_store
from ccproxy.gateway.sqlite_store import SqliteStore
memory_store.LAST_SECONDS = 0.1
store = SqliteStore(Path(sys.argv[1]), 10, lambda error: None)
store._lane.submit(threading.Event().wait)
store.add("a", 1, 60)
store.close()
"""
    assert subprocess.run([sys.executable, "-c", program, str(path)], timeout=60, check=False).returncode == 0


def test_a_locked_store_fails_and_is_counted(path: Path) -> None:
    failures: list[BaseException | None] = []
    store = SqliteStore(path, 10, failures.append)
    store.add("a", 1, 60)
    assert get(store, "a")
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        store.change("a", lambda row: {}, 60)
        store.close()
    assert [type(error) for error in failures] == [type(None), sqlite3.OperationalError]


def test_nothing_planted_is_opened(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    unavailable(SqliteStore(path, 10, nothing))
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(("kind", "found"), [("auto", "sqlite"), ("sqlite", "sqlite")])
def test_without_litellm_s_redis(kind: str, found: str, tmp_path: Path) -> None:
    assert choose_store(MemorySettings(kind), tmp_path, nothing).kind == found


def test_a_redis_that_litellm_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(MemoryUnavailableError):
        choose_store(MemorySettings("redis"), tmp_path, nothing)


def test_a_folder_that_can_t_be_written(tmp_path: Path) -> None:
    store = choose_store(MemorySettings("auto"), tmp_path / "missing", nothing)
    assert store.kind == "memory"
    store.add("a", 1, 60)
    assert get(store, "a") == {"a": Kept(None, 1)}
    store.close()


def test_a_request_goes_on_without_memory(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.mkdir()
    failures = Failures()
    memory = Memory(lambda failed: SqliteStore(path, 10, failed), 1, failures)
    facts = observe({}, headers={"x-claude-code-session-id": "s"})
    caplog.set_level("INFO", "ccproxy.gateway")
    found = asyncio.run(memory.remember(facts, Asker(None, "secret"), "id"))
    assert (found.facts, found.ticket.available, found.ticket.conversation) == ({}, False, None)
    assert failures.count == 1
    memory.routed(found.ticket, "think")
    asyncio.run(memory.remember(facts, Asker(None, "secret"), "id"))
    assert memory.status() == {"kind": "sqlite", "conversations": None, "unread": 2, "lost": 0, "trouble": True}
    path.rmdir()
    assert asyncio.run(memory.remember(facts, Asker(None, "secret"), "id")).ticket.available
    assert (memory.status()["unread"], memory.status()["trouble"]) == (2, False)
    # the first failure of a row, and its end
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    memory.close()


@pytest.mark.parametrize(("condition", "asked"), [("stream", 0), ('session.label == "a"', 1), ("healthy(a)", 1), ("session.spend > 1", 1)])
def test_a_policy_that_asks_for_nothing_opens_no_store(condition: str, asked: int, path: Path) -> None:
    opened_by: list[MemoryStore] = []

    def open_store(failed: Failed) -> MemoryStore:
        opened_by.append(SqliteStore(path, 10, failed))
        return opened_by[-1]

    with ThreadPoolExecutor(1) as threads:
        decider = Decider(ccproxy.loads(f"when {condition} -> a\ndefault -> b\n"), Failures(), threads)
        memory = Memory(open_store, 1, Failures())
        hook = PolicyHook(decider, memory=memory)
        sent = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
        proxied = {"url": "http://h/v1/messages", "headers": {"x-claude-code-session-id": "s"}, "body": dict(sent), "arrival_time": 1.0}
        data = {**sent, "litellm_metadata": {}, "litellm_call_id": "id-1", "proxy_server_request": proxied}
        asyncio.run(hook.async_pre_call_hook(UserAPIKeyAuth(), None, data, "anthropic_messages"))
    memory.close()
    assert len(opened_by) == path.exists() == asked


def test_other_keys_have_other_conversations(path: Path) -> None:
    memory = Memory(lambda failed: SqliteStore(path, 10, failed), 1, Failures())
    facts = observe({}, headers={"x-claude-code-session-id": "s"})
    key = type("Key", (), {"token": "one"})
    tickets = [asyncio.run(memory.remember(facts, asker, "id")).ticket for asker in (Asker(None, "a"), Asker(key, "a"), Asker(None, "b"))]
    assert len({ticket.conversation for ticket in tickets}) == len({ticket.session for ticket in tickets}) == 3
    memory.close()

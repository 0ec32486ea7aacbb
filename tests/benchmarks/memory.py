"""What a request waits for what is remembered: `uv run python -m tests.benchmarks.memory`.

Both stores, the Redis a real one on loopback, hold 10,000 conversations. 5,000 requests, one after the other, each read what a request
reads in one go: its conversation, its session, and limits and health of two deployments; then what a request and its answer write is
written. The time is from the event loop's side, threads and waiting included; a reading that is given up after 50 ms is counted, and took
that long. Processor is this process's, without the Redis's own.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ccproxy.facts.recollection import Row
from ccproxy.gateway.memory_store import CONVERSATION, MOST_WAITING, MemoryStore, MemoryUnavailableError
from ccproxy.gateway.redis_store import RedisStore
from ccproxy.gateway.sqlite_store import SqliteStore
from tests.benchmarks.measure import table
from tests.gateway.redis_server import running_redis

CONVERSATIONS = 10_000
REQUESTS = 5_000
_DAY: Final = 86_400.0
_DEPLOYMENTS: Final = [f"{kind}{number:060}" for kind in ("limits", "health") for number in range(2)]


def _unexpected(error: BaseException | None) -> None:
    if error is not None:
        raise error


def _row(number: int) -> Row:
    origins = [(2 * turn + 1, "anthropic") for turn in range(32)]
    cache = {"tokens": 50_000 + number, "life": 300, "until": 2_000_000_000.5}
    return {"label": "think", "began": 1_900_000_000.25, "id": f"{number:032x}", "cache": cache, "origins": origins}


def _keys(number: int) -> list[str]:
    return [f"{CONVERSATION}{number:064x}", f"session{number:057x}", *_DEPLOYMENTS]


def _write(store: MemoryStore, number: int) -> None:
    conversation, session, *_ = _keys(number)
    row = _row(number)
    store.change(conversation, lambda _: row, _DAY)
    store.add(conversation, 1, _DAY)
    store.add(session, 0.01, _DAY)


def _settle(store: MemoryStore) -> None:
    store._lane.submit(int).result()


@dataclass(frozen=True, slots=True)
class Readings:
    """Seconds that each took, ascending, how many were given up, and seconds of processor that one takes."""

    seconds: list[float]
    given_up: int
    processor: float

    def share(self, thousandths: int) -> float:
        """The seconds within which so many of a thousand were done."""
        return self.seconds[len(self.seconds) * thousandths // 1000]


def readings(store: MemoryStore, conversations: int = CONVERSATIONS, requests: int = REQUESTS) -> Readings:
    """What requests wait for this store."""
    for number in range(conversations):
        _write(store, number)
        if not number % (MOST_WAITING // 4):
            _settle(store)
    for key in _DEPLOYMENTS:
        store.change(key, lambda _: {"tried": 1_900_000_000.5}, _DAY)
    _settle(store)

    async def each() -> Readings:
        source, times, given_up, processor = random.Random(5), [], 0, 0.0
        for _ in range(requests):
            number = source.randrange(conversations)
            start, used = time.perf_counter(), time.process_time()
            try:
                found = len(await store.get(_keys(number)))
            except MemoryUnavailableError:
                found, given_up = 6, given_up + 1
            times.append(time.perf_counter() - start)
            processor += time.process_time() - used
            if found != 6:
                raise ValueError(f"{found} of 6 are found")
            _write(store, number)
            _settle(store)
        return Readings(sorted(times), given_up, processor / requests)

    return asyncio.run(each())


@contextmanager
def stores(folder: Path) -> Iterator[Iterator[MemoryStore]]:
    """Both, each over nothing."""
    with running_redis(folder / "redis") as server:
        yield iter((SqliteStore(folder / "memory.sqlite", 10 * CONVERSATIONS, _unexpected), RedisStore(server.client(), _unexpected)))


def main() -> None:
    """Print a row for each store."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, stores(Path(folder)) as both:
        for store in both:
            found = readings(store)
            figures = [1000 * seconds for seconds in (*map(found.share, (500, 900, 990)), found.seconds[-1], found.processor)]
            rows.append((store.kind, *(f"{figure:.2f}" for figure in figures), str(found.given_up)))
            store.close()
    print(table(("store", "median ms", "90 % ms", "99 % ms", "worst ms", "processor ms", "given up"), rows))


if __name__ == "__main__":
    main()

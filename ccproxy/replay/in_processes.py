"""Replays large sources in several processes, with the result of one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from ccproxy.replay.apart import Outcome, join, replay_share
from ccproxy.replay.replayed import Replay
from ccproxy.replay.shares import Share, split
from ccproxy.replay.sources import Passed, Sources

LEAST = 64_000_000
"""Bytes of sources for which it is worth its while to start processes."""
MOST = 3
"""Processes that are started: each takes 130 MB."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worthwhile(sources: Sources) -> int:
    """How many processes make sense for sources."""
    return min(MOST, processors()) if sources.size() >= LEAST else 1


def run(replay: Replay, sources: Sources, since: datetime | None, passed: Passed, *, again: Callable[[], Replay], count: int) -> None:
    """As `Replay.run` of the sources, in so many processes at most.

    `again` makes the same replay, without a request, in another process: something that can be pickled.
    """
    shares = split(sources) if count > 1 else []
    if len(shares) < 2:
        replay.run(sources.requests(passed), since)
        return
    hashes = [total.policy.sha256 for total in replay.policies]
    outcomes, left = _in_processes(shares, since, passed, again=again, hashes=hashes, count=min(count, len(shares)))
    # what a process that ended before its time had is done here: what went wrong is told as ever
    outcomes += [outcome for share in left for outcome in replay_share(replay, share, since, passed)]
    join(replay, sources, outcomes)


def _in_processes(
    shares: Sequence[Share], since: datetime | None, passed: Passed, *, again: Callable[[], Replay], hashes: list[str], count: int
) -> tuple[list[Outcome], list[Share]]:
    """What came of shares, and those of which nothing did."""
    found: list[Outcome] = []
    left: list[Share] = []
    waiting = [*reversed(shares)]
    at_work: dict[Connection, tuple[SpawnProcess, Share]] = {}
    try:
        for _ in range(count):
            connection, process = _started(again, hashes, since)
            at_work[connection] = process, waiting.pop()
            _give(connection, at_work[connection][1])
        while at_work:
            ready = wait([*at_work])
            for connection in [one for one in at_work if one in ready]:
                process, share = at_work[connection]
                message = _received(connection)
                if isinstance(message, int):
                    passed(message)
                    continue
                if message is None:
                    left.append(share)
                else:
                    found += message
                if message is not None and waiting:
                    at_work[connection] = process, waiting.pop()
                    _give(connection, at_work[connection][1])
                else:
                    del at_work[connection]
                    connection.close()
                    process.join()
    finally:
        for connection, (process, _) in at_work.items():
            process.terminate()
            process.join()
            connection.close()
    return found, left + waiting


def _started(again: Callable[[], Replay], hashes: list[str], since: datetime | None) -> tuple[Connection, SpawnProcess]:
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(again, hashes, since, there), daemon=True)
    process.start()
    there.close()
    return here, process


def _give(connection: Connection, share: Share) -> None:
    with suppress(OSError):  # of a process that has ended nothing is received either
        connection.send(share)


def _received(connection: Connection) -> int | list[Outcome] | None:
    """Bytes that were read, or what came of a share; None of a process that has ended."""
    try:
        message: int | list[Outcome] = connection.recv()
    except (EOFError, OSError):
        return None
    return message


def _work(again: Callable[[], Replay], hashes: list[str], since: datetime | None, connection: Connection) -> None:
    """Replay shares as they come, until no more do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    empty = again()
    if [total.policy.sha256 for total in empty.policies] != hashes:
        return
    try:
        while True:
            connection.send(list(replay_share(empty, connection.recv(), since, connection.send)))
    except (EOFError, BrokenPipeError):
        return

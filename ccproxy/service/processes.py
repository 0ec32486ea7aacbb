"""Processes as the system knows them: one is told from a later one of the same number by when it started."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psutil

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

Waiting = Callable[[float], None]
"""Told now and then for how many seconds something has been waited for."""


def started_at(pid: int) -> str | None:
    """What tells the process from any other, before or after it, with the same pid; None where it does not run (a zombie does not).

    On Linux the boot and the seconds since then, elsewhere the time.
    """
    if pid <= 0:
        return None
    try:
        process = psutil.Process(pid)
        # a killed process is a zombie before its last thread is gone, and holds its port until then
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD) and process.num_threads() <= 1:
            return None
        started = process.create_time()
    except psutil.Error:
        return None
    # the time of the boot moves whenever the clock is set
    return f"{_boot()}:{started - psutil.boot_time():.2f}" if psutil.LINUX else f"{started:.2f}"


def _boot() -> str:
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def session_of(pid: int) -> int | None:
    """The session that a process belongs to: the pid of the process that began it. None where it does not run."""
    try:
        return os.getsid(pid)
    except OSError:
        return None


def members(session: int) -> Iterator[psutil.Process]:
    """The processes of a session."""
    for pid in psutil.pids():
        if session_of(pid) == session and started_at(pid) is not None:
            with suppress(psutil.Error):
                yield psutil.Process(pid)


def marked_members(session: int, name: str, value: str) -> Iterator[int]:
    """Those of the processes of a session that have the variable `name` with this value in their environment."""
    for process in members(session):
        with suppress(psutil.Error, OSError):
            if process.environ().get(name) == value:
                yield process.pid


def listens(session: int, port: int) -> bool | None:
    """Whether a process of a session listens on a TCP port; None where that can't be known: a process hides it."""
    hidden = False
    for process in members(session):
        try:
            found = process.net_connections("tcp")
        except psutil.NoSuchProcess:
            continue
        except (psutil.Error, OSError):
            hidden = True
            continue
        if any(one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port for one in found):
            return True
    return None if hidden else False


def spawned(session: int) -> set[int]:
    """Those of the processes of a session that Python's `multiprocessing` has started anew: uvicorn's workers are."""
    found = set()
    for process in members(session):
        with suppress(psutil.Error, OSError):
            if "--multiprocessing-fork" in process.cmdline():
                found.add(process.pid)
    return found


def processor_seconds(session: int) -> float:
    """What the processes of a session that run, and those that they have waited for, have used of the processor."""
    total = 0.0
    for process in members(session):
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def wait_for_end(pid: int, start: str, seconds: float, waiting: Waiting = lambda waited: None) -> bool:
    """Whether the process has ended, or does so within `seconds`."""
    began = time.monotonic()
    while started_at(pid) == start:
        waited = time.monotonic() - began
        if waited > seconds:
            return False
        waiting(waited)
        time.sleep(0.05)
    return True


def end(pid: int, start: str, grace_seconds: float, waiting: Waiting = lambda waited: None) -> bool:
    """End a process that leads its group: ask it, and, after `grace_seconds`, end the whole group by force.

    Does nothing to a process that started at another time. Returns whether force was needed. Raises PermissionError.
    """
    if started_at(pid) != start:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    if wait_for_end(pid, start, grace_seconds, waiting):
        return False
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    wait_for_end(pid, start, 5)
    return True


@contextmanager
def when_told_to_end(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Within it this program, told to end by `kill` or by the terminal that goes, calls `handler`. In the main thread only."""
    before = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)

"""Inspects and ends processes, which are identified by pid and start time because pids are reused."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psutil

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

Waiting = Callable[[float], None]
"""Called now and then with the seconds waited so far."""


def started_at(pid: int) -> str | None:
    """The start of a process, which distinguishes it from any other with the same pid; None if it doesn't run (a zombie doesn't).

    On Linux the boot and the seconds since then, elsewhere the time.
    """
    if pid <= 0:
        return None
    try:
        process = psutil.Process(pid)
        # a killed process is a zombie before its last thread has ended, and holds its port until then
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD) and process.num_threads() <= 1:
            return None
        started = process.create_time()
    except psutil.Error:
        return None
    # the boot time changes whenever the clock is set
    return f"{_boot()}:{started - psutil.boot_time():.2f}" if psutil.LINUX else f"{started:.2f}"


def _boot() -> str:
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def session_of(pid: int) -> int | None:
    """The session of a process: the pid of the session leader. None if the process doesn't run."""
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
    """The processes of a session that have the variable `name` with this value in their environment."""
    for process in members(session):
        with suppress(psutil.Error, OSError):
            if process.environ().get(name) == value:
                yield process.pid


def listens(session: int, port: int) -> bool | None:
    """Whether a process of a session listens on a TCP port; None if that is unknown because a process hides it."""
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


def listening(pid: int) -> tuple[str, int] | None:
    """The first address at which a process accepts TCP connections; None if there is none, or if the process hides it."""
    try:
        found = psutil.Process(pid).net_connections("tcp")
    except (psutil.Error, OSError):
        return None
    addresses = sorted((one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN and one.laddr)
    return addresses[0] if addresses else None


def parent_of(pids: Iterable[int]) -> int | None:
    """The process that is the parent of all of these; None if they have several, or none that runs."""
    parents = set()
    for pid in pids:
        with suppress(psutil.Error):
            parents.add(psutil.Process(pid).ppid())
    return parents.pop() if len(parents) == 1 else None


def spawned(session: int) -> set[int]:
    """The processes of a session that Python's `multiprocessing` has spawned, as it does uvicorn's workers."""
    found = set()
    for process in members(session):
        with suppress(psutil.Error, OSError):
            if "--multiprocessing-fork" in process.cmdline():
                found.add(process.pid)
    return found


def processor_seconds(session: int) -> float:
    """The CPU time of a session's running processes, and of the children that they have waited for."""
    total = 0.0
    for process in members(session):
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def wait_for_end(pid: int, start: str, seconds: float, waiting: Waiting = lambda waited: None) -> bool:
    """Wait up to `seconds` for the process to end; returns whether it has."""
    began = time.monotonic()
    while started_at(pid) == start:
        waited = time.monotonic() - began
        if waited > seconds:
            return False
        waiting(waited)
        time.sleep(0.05)
    return True


def end(pid: int, start: str, grace_seconds: float, waiting: Waiting = lambda waited: None) -> bool:
    """End a process that leads its group: ask it, and after `grace_seconds`, end the whole group by force.

    Leaves alone a process that started at another time. Returns whether force was needed. Raises PermissionError.
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
    """Within the block, a request to terminate (by `kill` or a closing terminal) calls `handler`. Main thread only."""
    before = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)

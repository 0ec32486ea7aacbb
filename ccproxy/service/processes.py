"""Processes as the system knows them: one is told from a later one of the same number by when it started."""

from __future__ import annotations

import os
import signal
import subprocess  # nosec B404: `ps` where there is no /proc
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")

Waiting = Callable[[float], None]
"""Told now and then for how many seconds something has been waited for."""


def started_at(pid: int) -> str | None:
    """What tells the process from any other, before or after it, with the same pid; None where it does not run (a zombie does not).

    On Linux the boot and the clock ticks since then, elsewhere the start as `ps` has it.
    """
    if pid <= 0:
        return None
    if (PROC / "self" / "stat").exists():
        fields = _stat(pid)
        # see proc(5): the state, field 20, which are the threads, and 22. A killed process is a zombie before its last thread is gone, and
        # holds its port until then
        ended = not fields or (fields[0] in ("Z", "X") and int(fields[17]) <= 1)
        return None if ended else f"{_boot()}:{fields[19]}"
    # no shell, and a number
    command = ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False, env={"LC_ALL": "C"})  # noqa: S603 # nosec B603
    except OSError:
        return None
    state, _, start = told.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else " ".join(start.split())


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the second, a name, may hold anything."""
    try:
        return (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def _boot() -> str:
    try:
        return (PROC / "sys" / "kernel" / "random" / "boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def session_of(pid: int) -> int | None:
    """The session that a process belongs to: the pid of the process that began it. None where it does not run."""
    try:
        return os.getsid(pid)
    except OSError:
        return None


def members(session: int) -> Iterator[int]:
    """The processes of a session. Linux only; elsewhere none."""
    for entry in PROC.glob("[0-9]*"):
        pid = int(entry.name)
        if session_of(pid) == session and started_at(pid) is not None:
            yield pid


def marked_members(session: int, mark: bytes) -> Iterator[int]:
    """Those of the processes of a session that have `mark`, `NAME=value`, in their environment. Linux only; elsewhere none."""
    for pid in members(session):
        with suppress(OSError):
            if mark in (PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                yield pid


def listens(session: int, port: int) -> bool | None:
    """Whether a process of a session listens on a TCP port; None where that can't be known: anywhere but on Linux."""
    sockets = set(_listening(port))
    if not (PROC / "net" / "tcp").exists():
        return None
    return any(descriptor in sockets for pid in members(session) for descriptor in _descriptors(pid))


def _listening(port: int) -> Iterator[str]:
    """What listens on a port, each as a link in /proc/PID/fd has it: see proc(5), and 0A is TCP_LISTEN."""
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "net" / table).read_text("ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    yield f"socket:[{fields[9]}]"


def _descriptors(pid: int) -> Iterator[str]:
    with suppress(OSError):
        for link in (PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                yield str(link.readlink())


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

"""The pid file, `proxy.pid`: which process is the proxy of a config folder, and how it was started."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from pathlib import Path

from ccproxy import private_files
from ccproxy.frozen import frozen
from ccproxy.service.litellm_process import answers, url_of
from ccproxy.service.processes import Waiting, listens, started_at

PID_NAME = "proxy.pid"
LOCK_NAME = "proxy.lock"


@frozen
class Running:
    """A proxy: its process, when that started (see `started_at`), its address, its arguments."""

    pid: int
    start: str
    host: str
    port: int
    workers: int
    arguments: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The address for clients on this machine."""
        return url_of(self.host, self.port)

    @property
    def alive(self) -> bool:
        """Whether exactly this process still runs."""
        return started_at(self.pid) == self.start

    @property
    def answers(self) -> bool:
        """Whether it, and no other process, answers at its address."""
        return answers(self.url) and listens(self.pid, self.port) is not False


def write_pid_file(folder: Path, running: Running) -> None:
    """Write the pid file: the pid on the first line, the rest as JSON on the second. Raises OSError."""
    rest = {name: value for name, value in asdict(running).items() if name != "pid"}
    private_files.write_whole(folder / PID_NAME, f"{running.pid}\n{json.dumps(rest)}\n")


def read_pid_file(folder: Path) -> Running | None:
    """The content of the file, whether or not that process still runs; None if there is no file, or no start time in it."""
    try:
        first, _, second = private_files.read_text(folder / PID_NAME).partition("\n")
        rest = json.loads(second)
        told = Running(int(first), rest["start"], rest["host"], rest["port"], rest["workers"], tuple(rest["arguments"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return told if isinstance(told.start, str) and isinstance(told.port, int) and isinstance(told.host, str) else None


def remove_pid_file(folder: Path) -> None:
    """Remove the pid file."""
    with suppress(OSError):
        (folder / PID_NAME).unlink()


def locked(folder: Path, waiting: Waiting) -> AbstractContextManager[None]:
    """Hold the lock for starting or stopping the proxy of a folder. Raises OSError."""
    return private_files.locked(folder / LOCK_NAME, waiting)

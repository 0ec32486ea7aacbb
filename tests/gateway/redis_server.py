"""A real Redis on loopback, for the tests: Debian's `redis-server`, which `.ci/run` installs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from ccproxy.service.litellm_process import free_port

from .proxy import wait_for


@dataclass(frozen=True)
class RedisServer:
    """A running server: nothing of it is kept on a disk unless `save` is called."""

    port: int
    process: subprocess.Popen[bytes]

    def client(self, **options: Any) -> redis.Redis:
        return redis.Redis(host="127.0.0.1", port=self.port, **options)

    def content(self) -> bytes:
        """All that it keeps, keys and values."""
        client = self.client()
        found = []
        for key in client.scan_iter():
            kept = client.hgetall(key) if client.type(key) == b"hash" else client.get(key) if client.type(key) == b"string" else b""
            found.append(key + b" " + repr(kept).encode())
        return b"\n".join(found)


@contextmanager
def running_redis(folder: Path, port: int | None = None) -> Iterator[RedisServer]:
    """A Redis, ended at the end of the block. Skips the test where there is none on this machine."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log, subprocess.Popen([program, *options], stdout=log) as process:
        try:
            server = RedisServer(port, process)
            wait_for(lambda: _answers(server))
            yield server
        finally:
            process.kill()


def _answers(server: RedisServer) -> bool:
    try:
        return bool(server.client().ping())
    except redis.ConnectionError:
        return False

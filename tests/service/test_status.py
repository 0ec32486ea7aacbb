"""The status is the sum over the workers of this proxy and no other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ccproxy.service.install import install
from ccproxy.service.pid_file import Running, write_pid_file
from ccproxy.service.processes import started_at
from ccproxy.service.status import read_status

from ..cli.run import ccproxy as run_ccproxy


class Alive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Alive) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def worker(folder: Path, name: str, told: Any) -> None:
    (folder / "status").mkdir(exist_ok=True)
    (folder / "status" / f"{name}.json").write_text(told if isinstance(told, str) else json.dumps(told))


def counted(pid: int, requests: int, loaded: str, **more: Any) -> dict[str, Any]:
    policy = {"file": f"/{loaded}.ccp", "sha256": loaded, "loaded_at": loaded}
    tokens = {"hits": 10, "misses": 2, "characters": 1000}
    counts = {"requests": requests, "failures": 1, "labels": {"a": requests}, "rules": {"policy.ccp:1": requests}, "tokens": tokens}
    return {"pid": pid, **counts, "policy": policy, "reload": {"at": None, "error": None}, **more}


def test_counts_of_all_workers(tmp_path: Path, port: int) -> None:
    # this test's session stands for the proxy's: its leader is its pid
    session = os.getsid(0)
    start = started_at(session) or "gone"
    write_pid_file(tmp_path, Running(session, start, "127.0.0.1", port, 2))
    worker(tmp_path, "1", counted(os.getpid(), 3, "2026-01-01", labels={"a": 1, "b": 2}))
    worker(
        tmp_path, "2", counted(999_999_999, 4, "2026-01-02", session=session, reload={"at": "2026-01-03", "error": "policy.ccp:1:1: no"})
    )
    worker(tmp_path, "3", counted(999_999_999, 100, "2026-01-04"))
    worker(tmp_path, "4", counted(1, 100, "2026-01-05", session=1))
    for number, junk in enumerate(["{", "[]", {"pid": "x"}, {"pid": os.getpid(), "requests": "x", "labels": [], "policy": 5, "reload": 5}]):
        worker(tmp_path, f"junk{number}", junk)
    status = read_status(tmp_path, {})
    if start == "gone":
        assert not status.running
        return
    assert (status.running, status.healthy, status.requests, status.failures) == (True, True, 7, 2)
    assert status.labels == {"a": 5, "b": 2}
    assert status.rules == {"policy.ccp:1": 7}
    assert status.policy == {"file": "/2026-01-02.ccp", "sha256": "2026-01-02", "loaded_at": "2026-01-02"}
    assert status.reload == {"at": "2026-01-03", "error": "policy.ccp:1:1: no"}
    assert status.tokens == {"hits": 20, "misses": 4, "characters": 2000}
    told = run_ccproxy("--config-dir", str(tmp_path), "status").stdout
    assert "tokens    4 texts tokenised (2,000 characters), 20 counts found again\n" in told


def test_workers_that_litellm_started_itself(tmp_path: Path, port: int) -> None:
    """There is no proxy.pid: the workers that run are told of, none that have ended."""
    (tmp_path / "ccproxy.yaml").write_text(f"port: {port}\n")
    session = os.getsid(0)
    worker(tmp_path, "1", counted(os.getpid(), 3, "2026-01-01", session=session, labels={"a": 3}, dollars={"labels": {"a": 0.5}}))
    worker(tmp_path, "2", counted(999_999_999, 4, "2026-01-02", session=session))
    worker(tmp_path, "3", counted(1, 5, "2026-01-03", session=session + 1))
    status = read_status(tmp_path, {})
    assert (status.running, status.plain, status.pid, status.workers, status.requests) == (True, True, os.getpid(), 1, 3)
    assert status.policy["sha256"] == "2026-01-01"
    assert status.to_dict()["dollars"] == {"labels": {"a": 0.5}, "rules": {}}
    told = run_ccproxy("--config-dir", str(tmp_path), "status")
    assert told.exit_code == 0
    assert "started by litellm itself" in told.stdout
    assert "label     a         3  $0.5000\n" in told.stdout


def test_workers_of_a_killed_proxy_are_no_other_proxy(tmp_path: Path, port: int) -> None:
    session = os.getsid(0)
    write_pid_file(tmp_path, Running(session, "killed", "127.0.0.1", port, 1))
    worker(tmp_path, "1", counted(os.getpid(), 3, "2026-01-01", session=session))
    assert read_status(tmp_path, {}).died == session


def test_without_a_proxy(tmp_path: Path) -> None:
    install(tmp_path)
    status = read_status(tmp_path, {})
    assert not status.running
    assert status.port == 4000
    assert status.policy["file"] == str(tmp_path / "policy.ccp")
    assert len(status.policy["sha256"] or "") == 64
    told = run_ccproxy("--config-dir", str(tmp_path), "status").stdout
    assert "anthropic/claude-opus-5-5" in told
    (tmp_path / "config.yaml").rename(tmp_path / "litellm.yaml")
    (tmp_path / "ccproxy.yaml").write_text("litellm: {config: litellm.yaml}")
    assert run_ccproxy("--config-dir", str(tmp_path), "status").stdout == told
    (tmp_path / "ccproxy.yaml").write_text("[")
    assert run_ccproxy("--config-dir", str(tmp_path), "status").stdout == told.partition("label")[0]
    (tmp_path / "policy.ccp").unlink()
    assert read_status(tmp_path, {}).to_dict()["policy"] == {"file": str(tmp_path / "policy.ccp"), "sha256": None, "loaded_at": None}

"""Starting and ending a process, with something lighter than LiteLLM in its place."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ccproxy.service import litellm_process
from ccproxy.service.litellm_process import (
    Patience,
    ProxyStartError,
    answers,
    ending,
    free_port,
    log_tail,
    port_in_use,
    start_proxy,
    stop_proxy,
    wait_until_ready,
)
from ccproxy.service.processes import started_at

from .light import in_place_of_litellm, server, slow


def start(folder: Path) -> litellm_process.ProxyProcess:
    environment = dict(os.environ)
    return start_proxy(folder / "config.yaml", host="127.0.0.1", port=free_port(), log=folder / "log", environment=environment)


def ends(pid: int) -> None:
    """Wait until a process that was told to end is over."""
    while started_at(pid) is not None:
        time.sleep(0.01)


@pytest.mark.parametrize("stubborn", [False, True])
def test_from_start_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stubborn: bool) -> None:
    in_place_of_litellm(monkeypatch, server(stubborn=stubborn))
    proxy = start(tmp_path)
    try:
        wait_until_ready(proxy)
        assert answers(proxy.url)
        assert port_in_use(proxy.host, proxy.port)
        worker = int((tmp_path / "log").read_text().split()[1])
        assert started_at(worker) is not None
    finally:
        stop_proxy(proxy, grace_seconds=0.5)
    assert proxy.child.returncode is not None
    assert not answers(proxy.url)
    ends(worker)
    stop_proxy(proxy)


def test_a_process_that_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_litellm(monkeypatch, "import sys; sys.exit('no such model')")
    proxy = start(tmp_path)
    with pytest.raises(ProxyStartError, match=r"status 1 before it answered\n.*no such model"):
        wait_until_ready(proxy)


@pytest.mark.parametrize(("status", "told"), [(0, "ended with status 0"), (-9, "was ended by SIGKILL"), (-99, "was ended by signal 99")])
def test_how_a_process_ended(status: int, told: str) -> None:
    assert ending(status) == told


@pytest.mark.parametrize("life", ["print('.', flush=True); time.sleep(0.1)", "pass"], ids=["logs", "computes"])
def test_a_process_that_takes_long_but_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, life: str) -> None:
    in_place_of_litellm(monkeypatch, slow(life, 4) + server())
    proxy = start(tmp_path)
    waited: list[float] = []
    try:
        wait_until_ready(proxy, Patience(quiet_seconds=3, processor_seconds=0.05), waited.append)
    finally:
        stop_proxy(proxy, grace_seconds=5)
    assert waited == sorted(waited)
    assert waited[-1] > 3


def test_a_process_that_shows_no_sign_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_litellm(monkeypatch, "import time; print('thinking', flush=True); time.sleep(600)")
    proxy = start(tmp_path)
    told = r"does not answer on http://127\.0\.0\.1:\d+, and has neither logged nor computed for 1\.2 seconds\nthinking"
    try:
        with pytest.raises(ProxyStartError, match=told):
            wait_until_ready(proxy, Patience(quiet_seconds=1.2))
    finally:
        stop_proxy(proxy, grace_seconds=5)


SPAWNS = """
import multiprocessing, time
context = multiprocessing.get_context("spawn")
while True:
    worker = context.Process(target=time.sleep, args=(1.2,))
    worker.start()
    worker.join()
"""


def test_workers_that_end_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_litellm(monkeypatch, SPAWNS)
    proxy = start(tmp_path)
    try:
        with pytest.raises(ProxyStartError, match="workers end, one after the other: 2 of them before it answered"):
            wait_until_ready(proxy, Patience(most_ended=2))
    finally:
        stop_proxy(proxy, grace_seconds=5)


def test_patience_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_litellm(monkeypatch, slow("print('.', flush=True); time.sleep(0.1)", 600))
    proxy = start(tmp_path)
    try:
        with pytest.raises(ProxyStartError, match=r"did not answer on http://127\.0\.0\.1:\d+ within 0\.5 seconds"):
            wait_until_ready(proxy, Patience(most_seconds=0.5))
    finally:
        stop_proxy(proxy, grace_seconds=5)


def test_a_process_that_dies_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_litellm(monkeypatch, slow("time.sleep(0.1)", 0.5) + "raise SystemExit('no such model')")
    proxy = start(tmp_path)
    with pytest.raises(ProxyStartError, match=r"status 1 before it answered\n.*no such model"):
        wait_until_ready(proxy)


def test_what_a_process_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "log").write_text("said before\n")
    code = """
print("\\nmany words\\n" * 30)
try:
    {}["key"]
except KeyError as error:
    raise ValueError("no such model\\n  at all") from error
"""
    in_place_of_litellm(monkeypatch, code)
    proxy = start(tmp_path)
    proxy.child.wait()
    told = log_tail(proxy, 8).splitlines()
    assert len(told) == 8
    assert set(told[:3]) == {"", "many words"}
    assert told[3:] == ["KeyError: 'key'", "", "", "ValueError: no such model", "  at all"]
    assert "said before" not in log_tail(proxy, 1000)
    proxy.log.unlink()
    assert log_tail(proxy) == ""


class Stranger(BaseHTTPRequestHandler):
    """Answers as a proxy does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


def test_a_port_that_another_process_takes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_litellm(monkeypatch, "import time; time.sleep(600)")
    proxy = start(tmp_path)
    with HTTPServer((proxy.host, proxy.port), Stranger) as stranger:
        serving = threading.Thread(target=stranger.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            with pytest.raises(ProxyStartError, match=f"another process has taken port {proxy.port} on 127.0.0.1 meanwhile"):
                wait_until_ready(proxy)
        finally:
            stranger.shutdown()
            serving.join()
            stop_proxy(proxy)


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        with pytest.raises(ProxyStartError, match=f"port {port} on 127.0.0.1 is in use"):
            start_proxy(tmp_path / "c", host="127.0.0.1", port=port, log=tmp_path / "log", environment={})
    assert not (tmp_path / "log").exists()


def test_a_command_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litellm_process, "litellm_command", lambda *arguments: ["/no/such/program"])
    with pytest.raises(ProxyStartError, match="can't be started"):
        start(tmp_path)


def test_a_program_that_is_told_to_end_takes_its_proxy_along() -> None:
    code = """
import subprocess, sys, time
from ccproxy.service.litellm_process import cleaning_up_when_told_to_end
with cleaning_up_when_told_to_end():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        print(child.pid, flush=True)
        time.sleep(600)
    finally:
        child.kill()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        child = int(program.stdout.readline())
        program.terminate()
        assert program.wait() == 128 + signal.SIGTERM
    ends(child)

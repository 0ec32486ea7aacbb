"""A process that is not the proxy is never taken for it, and never ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccproxy.service.pid_file import Running, read_pid_file, write_pid_file
from ccproxy.service.processes import end, listens, marked_members, processor_seconds, started_at

from .home import Home, wait_until


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def running(pid: int, start: str) -> Running:
    return Running(pid, start, "127.0.0.1", 4000, 1, ("--debug",))


def test_the_file(tmp_path: Path) -> None:
    written = running(os.getpid(), started_at(os.getpid()) or "")
    write_pid_file(tmp_path, written)
    assert read_pid_file(tmp_path) == written
    assert written.alive
    assert (tmp_path / "proxy.pid").read_text().split()[0] == str(os.getpid())
    assert written.url == "http://127.0.0.1:4000"
    assert Running(1, "", "::1", 4, 1).url == "http://[::1]:4"
    assert Running(1, "", "0.0.0.0", 4, 1).url == "http://127.0.0.1:4"


@pytest.mark.parametrize(
    "text", ["", "x", "12", "12\n{}", "12\n[]", '12\n{"start": 5, "host": "a", "port": 1, "workers": 1, "arguments": []}']
)
def test_files_that_say_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "proxy.pid").write_text(text)
    assert read_pid_file(tmp_path) is None


@pytest.mark.parametrize("text", [None, "{pid}\n"])
def test_a_stranger_with_the_pid_of_the_file_lives_on(home: Home, sleeper: subprocess.Popen[bytes], text: str | None) -> None:
    home.install()
    if text is None:
        write_pid_file(home.folder, running(sleeper.pid, "another boot:1"))
    else:
        (home.folder / "proxy.pid").write_text(text.format(pid=sleeper.pid))
    code, status = home.status()
    assert (code, status["running"], status["pid"]) == (2, False, None)
    stopped = home.run("stop")
    assert (stopped.returncode, stopped.stderr) == (2, "ccproxy: no proxy runs\n")
    assert sleeper.poll() is None
    assert not (home.folder / "proxy.pid").exists()


def test_the_end_of_a_process(sleeper: subprocess.Popen[bytes]) -> None:
    start = started_at(sleeper.pid)
    assert start is not None
    assert not end(sleeper.pid, "another", 1)
    assert sleeper.poll() is None
    assert not end(sleeper.pid, start, 5)
    assert sleeper.wait(5) == -signal.SIGTERM
    assert started_at(sleeper.pid) is None


def test_a_zombie_is_not_running(sleeper: subprocess.Popen[bytes]) -> None:
    os.kill(sleeper.pid, signal.SIGKILL)
    assert wait_until(lambda: started_at(sleeper.pid) is None)


def test_force_after_the_grace() -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child, child.stdout:
        child.stdout.readline()
        assert end(child.pid, started_at(child.pid) or "", 0.3)
        assert child.wait() == -signal.SIGKILL


def test_members_of_a_session_are_told_by_their_mark() -> None:
    environment = {"MARK": "this one", "PATH": os.environ["PATH"]}
    code = "import time; print(flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, env=environment, stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child, child.stdout:
        child.stdout.readline()
        assert list(marked_members(child.pid, "MARK", "this one")) == [child.pid]
        assert list(marked_members(child.pid, "MARK", "this")) == []
        child.kill()


def test_what_is_no_process() -> None:
    assert [started_at(pid) for pid in (0, -1, 2**22 + 1)] == [None, None, None]


def test_who_listens_on_a_port() -> None:
    code = "import socket, time; port = socket.create_server(('127.0.0.1', 0)); print(port.getsockname()[1], flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE)
    # the tests' own session may have its leader in another pid namespace, and then holds processes that hide their sockets
    other = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert other.stdout is not None
    with child, other, child.stdout, other.stdout:
        try:
            port = int(child.stdout.readline())
            other.stdout.readline()
            assert listens(child.pid, port) is True
            assert listens(child.pid, port - 1) is False
            assert listens(other.pid, port) is False
        finally:
            child.kill()
            other.kill()


def test_a_process_that_works_uses_the_processor() -> None:
    child = subprocess.Popen([sys.executable, "-c", "print(flush=True)\nwhile True: pass"], start_new_session=True, stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child, child.stdout:
        child.stdout.readline()
        before = processor_seconds(child.pid)
        assert wait_until(lambda: processor_seconds(child.pid) > before)
        child.kill()
    assert processor_seconds(child.pid) == 0

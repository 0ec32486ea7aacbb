"""The life of a proxy as the commands lead it, with something lighter than LiteLLM in its place."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from click.testing import Result

from ccproxy.service.litellm_process import free_port
from ccproxy.service.pid_file import read_pid_file
from ccproxy.service.processes import started_at

from ..cli.run import ccproxy as run_ccproxy
from .home import Home, wait_until
from .light import in_place_of_litellm, server


@dataclass(frozen=True)
class Service:
    """The commands, run in this process."""

    home: Home

    def run(self, *arguments: str) -> Result:
        return run_ccproxy("--config-dir", str(self.home.folder), *arguments)

    def pid(self) -> int:
        running = read_pid_file(self.home.folder)
        assert running is not None
        return running.pid

    def worker(self) -> int:
        """The last that was started."""
        return int((self.home.folder / "proxy.log").read_text().splitlines()[-1].removeprefix("worker "))


@pytest.fixture
def service(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    in_place_of_litellm(monkeypatch, server())
    home.install()
    service = Service(home)
    yield service
    service.run("stop", "--timeout", "0")


def test_from_start_to_stop(service: Service) -> None:
    port = str(free_port())
    started = service.run("start", "--detach", "--port", port, "--host", "127.0.0.1")
    assert started.exit_code == 0
    assert f"the proxy listens on http://127.0.0.1:{port} (pid {service.pid()}, 1 worker)" in started.stdout
    first, worker = service.pid(), service.worker()
    assert f"runs already: http://127.0.0.1:{port} (pid {first})" in service.run("start").stdout
    assert f"http://127.0.0.1:{port} answers (pid {first}, 1 worker)" in service.run("status").stdout
    again = service.run("restart")
    assert (again.exit_code, service.pid() != first) == (0, True)
    assert f"stopped the proxy (pid {first})" in again.stdout
    # a worker that stays behind is ended with the proxy
    assert "ended 1 worker that outlived the proxy" in again.stdout
    assert started_at(worker) is None
    assert f"listens on http://127.0.0.1:{port}" in again.stdout
    other = str(free_port())
    assert f"listens on http://127.0.0.1:{other}" in service.run("restart", "--", "--port", other).stdout
    assert service.run("logs", "-n", "1").stdout == f"worker {service.worker()}\n"
    last = service.pid()
    assert f"stopped the proxy (pid {last})\n" in service.run("stop").stdout
    assert started_at(last) is None
    assert service.run("stop").exit_code == 2


def test_a_restart_tells_a_finding_once(service: Service) -> None:
    policy = service.home.folder / "policy.ccp"
    policy.write_text(f"let unused = stream\n{policy.read_text()}")
    assert service.run("start", "--detach").stderr.count("CCP106") == 1
    again = service.run("restart")
    assert (again.exit_code, again.stderr.count("CCP106")) == (0, 1)


def test_a_proxy_that_does_not_end_is_ended_by_force(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_litellm(monkeypatch, server(stubborn=True))
    service.run("start", "--detach")
    pid, worker = service.pid(), service.worker()
    assert f"stopped the proxy (pid {pid}) by force, after 0.1 seconds" in service.run("stop", "--timeout", "0.1").stdout
    assert (started_at(pid), started_at(worker)) == (None, None)


def test_workers_that_outlived_their_proxy_are_ended_before_the_next(service: Service) -> None:
    service.run("start", "--detach")
    pid, worker = service.pid(), service.worker()
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: started_at(pid) is None)
    assert started_at(worker) is not None
    started = service.run("start", "--detach")
    assert started.exit_code == 0
    assert f"ended 1 worker that outlived the proxy (pid {pid})" in started.stderr
    assert started_at(worker) is None


def test_a_proxy_in_the_foreground_that_ends_by_itself(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_litellm(monkeypatch, server(seconds=0.1))
    told = service.run("start")
    assert told.exit_code == 2
    assert "enough of this" in told.stdout
    # no worker goes on holding the port
    assert started_at(int((service.home.folder / "proxy.log").read_text().split()[1])) is None
    assert "LiteLLM ended with status 3; what it said is above" in told.stderr
    assert not (service.home.folder / "proxy.pid").exists()


def test_a_proxy_in_the_foreground_that_another_command_stops(service: Service) -> None:
    def stop_it() -> int:
        assert wait_until(lambda: 'healthy": true' in service.home.run("status", "--json").stdout, 30)
        return service.home.run("stop").returncode

    with ThreadPoolExecutor(1) as other:
        stopped = other.submit(stop_it)
        told = service.run("start")
        assert stopped.result() == 0
    assert told.exit_code == 0
    assert "listens on" in told.stdout


def test_a_proxy_that_ends_at_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_litellm(monkeypatch, "import sys; print('out of order'); sys.exit(4)")
    told = service.run("start", "--detach")
    assert told.exit_code == 2
    assert told.stderr.endswith("ccproxy: LiteLLM ended with status 4 before it answered\nout of order\n")
    assert not (service.home.folder / "proxy.pid").exists()

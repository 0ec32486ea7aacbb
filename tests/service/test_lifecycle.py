"""Proxies that die, fail to start, or run in the foreground."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import httpx

from ccproxy.gateway.pid_file import read_pid_file

from ..gateway.upstream import Upstream
from .home import KEY, Home, command, processes_of, wait_until


def test_a_killed_proxy_and_one_in_the_foreground(home: Home, provider: Upstream) -> None:
    port = home.install(provider, workers=2)
    assert home.run("start", "--detach").returncode == 0
    running = read_pid_file(home.folder)
    assert running is not None
    assert running.workers == 2
    os.kill(running.pid, signal.SIGKILL)
    assert wait_until(lambda: not running.alive)
    code, status = home.status()
    assert (code, status["running"], status["healthy"]) == (2, False, False)
    assert f"the last one (pid {running.pid}) ended without being stopped" in home.run("status").stdout

    # its workers hold the port still: the next start ends them
    assert len(processes_of(home.folder)) >= 2
    assert list((home.folder / "metrics").glob("*.db")) != []
    home.settings(port=port)
    with subprocess.Popen(
        [*command(), "start"], env=home.environment({"ANTHROPIC_API_KEY": "k"}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as front:
        assert wait_until(lambda: home.status()[1]["healthy"] or front.poll() is not None, 120)
        assert read_pid_file(home.folder) not in (None, running)
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/messages",
            json={"model": "claude-sonnet-5", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]},
            headers={"x-api-key": KEY},
            trust_env=False,
            timeout=30,
        )
        assert answer.status_code == 200
        front.send_signal(signal.SIGHUP)
        output, _ = front.communicate(timeout=30)
    assert front.returncode == 0
    assert "that outlived the proxy" in output
    assert "Application startup complete" in output
    assert output.endswith("stopped\n")
    assert processes_of(home.folder) == []
    assert not (home.folder / "proxy.pid").exists()


def test_a_proxy_that_dies_at_its_start(home: Home) -> None:
    home.install()
    config = home.config()
    config["litellm_settings"]["callbacks"].append("nowhere_at_all.handler")
    home.config(config)
    (home.folder / "proxy.log").write_text("said before\n")
    began = time.monotonic()
    told = home.run("start", "--detach")
    assert told.returncode == 2
    assert time.monotonic() - began < 40
    assert "No module named 'nowhere_at_all'" in told.stderr
    assert "Traceback" not in told.stderr
    assert "said before" not in told.stderr
    assert processes_of(home.folder) == []
    assert not (home.folder / "proxy.pid").exists()

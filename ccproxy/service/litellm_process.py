"""Runs one LiteLLM process: its command, its start, the wait until it answers, and its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess  # nosec B404
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ccproxy.frozen import frozen
from ccproxy.private_files import appender, reader
from ccproxy.service.processes import Waiting, listens, processor_seconds, spawned, when_told_to_end

READY_PATH = "/health/liveliness"
"""The path that LiteLLM answers without a key, and only once its start is complete."""


class ProxyStartError(Exception):
    """Raised when the proxy did not start; the message says why, with the last lines of its log."""


@frozen
class ProxyProcess:
    """A LiteLLM process that this program has started and has to end; its output is in `log` from byte `log_start` on."""

    child: subprocess.Popen[bytes]
    host: str
    port: int
    log: Path
    log_start: int = 0

    @property
    def url(self) -> str:
        """The address for clients on this machine."""
        return url_of(self.host, self.port)


def url_of(host: str, port: int) -> str:
    """The address, for clients on this machine, of a proxy that listens on `host`."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 # nosec B104: compared, not bound
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((host, 0))
        port: int = listener.getsockname()[1]
        return port


def port_in_use(host: str, port: int) -> bool:
    """Whether something listens there. LiteLLM itself would silently take a random other port."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def litellm_command(config: Path, host: str, port: int, arguments: Sequence[str] = ()) -> list[str]:
    """The command of a proxy in this Python: it runs the package, not whatever `litellm` comes first on the path."""
    module = [sys.executable, "-m", "litellm.proxy.proxy_cli"]
    return [*module, "--config", str(config), "--host", host, "--port", str(port), *arguments]


def start_proxy(
    config: Path, *, host: str, port: int, log: Path, environment: Mapping[str, str], arguments: Sequence[str] = ()
) -> ProxyProcess:
    """Start LiteLLM with `config`, appending its output to `log`; it may not answer yet (see `wait_until_ready`).

    It runs in the folder of the log, in a process group of its own, so that ending it ends its workers. `environment` is its complete
    environment. Raises ProxyStartError if the port is taken or the process can't be started.
    """
    if port_in_use(host, port):
        raise ProxyStartError(f"port {port} on {host} is in use")
    try:
        with appender(log) as output:
            log_start = output.tell()
            child = subprocess.Popen(  # noqa: S603  # nosec B603
                litellm_command(config, host, port, arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                # not in the user's: LiteLLM puts the folder two above it before everything installed, and any h2.py there would be imported
                cwd=log.parent,
                start_new_session=True,
            )
    except OSError as error:
        raise ProxyStartError(f"LiteLLM can't be started: {error}") from error
    return ProxyProcess(child, host, port, log, log_start)


@frozen
class Patience:
    """Limits of a start: `quiet_seconds` without a sign of life, `most_seconds` in all, fewer than `most_ended` workers that end.

    A worker that ends, because it can't use the config for example, is restarted over and over.
    Signs of life are a growing log, and `processor_seconds` more CPU time used by the proxy and its workers: far more than a hanging
    one uses, and far less than a working one gets on the busiest machine.
    """

    quiet_seconds: float = 60
    most_seconds: float = 600
    processor_seconds: float = 0.5
    most_ended: int = 6


PATIENCE = Patience()


def wait_until_ready(proxy: ProxyProcess, patience: Patience = PATIENCE, waiting: Waiting = lambda waited: None) -> None:
    """Return once the proxy answers. Raises ProxyStartError if it ends first, or if it exceeds the limits.

    `waiting` is called now and then with the seconds waited so far.
    """
    life = _Life(proxy, patience.processor_seconds)
    start = time.monotonic()
    while not answers(proxy.url):
        waited = time.monotonic() - start
        life.look()
        problem = _problem(proxy, patience, waited, life)
        if problem is not None:
            raise ProxyStartError(f"{problem}\n{log_tail(proxy)}")
        waiting(waited)
        time.sleep(0.1)
    if listens(proxy.child.pid, proxy.port) is False:
        # it was free before the start: LiteLLM has ended, or listens on a random port
        raise ProxyStartError(f"another process has taken port {proxy.port} on {proxy.host} meanwhile; end that, or set another port")


def _problem(proxy: ProxyProcess, patience: Patience, waited: float, life: _Life) -> str | None:
    """Why to stop waiting for a proxy that doesn't answer; None to go on."""
    status = proxy.child.poll()
    if status is not None:
        return f"LiteLLM {ending(status)} before it answered"
    if life.ended >= patience.most_ended:
        return f"LiteLLM's workers end, one after the other: {life.ended} of them before it answered"
    if time.monotonic() - life.sign > patience.quiet_seconds:
        return f"LiteLLM does not answer on {proxy.url}, and has neither logged nor computed for {patience.quiet_seconds:g} seconds"
    if waited > patience.most_seconds:
        return f"LiteLLM did not answer on {proxy.url} within {patience.most_seconds:g} seconds"
    return None


class _Life:
    """The time of a proxy's last sign of life, `sign`, and how many of its workers have `ended`: see `Patience`."""

    def __init__(self, proxy: ProxyProcess, processor_seconds: float) -> None:
        self._proxy = proxy
        self._least = processor_seconds
        self._logged = proxy.log_start
        self._used = 0.0
        self._workers: set[int] = set()
        self.ended = 0
        self.sign = self._looked = time.monotonic()

    def look(self) -> None:
        """Check it, at most once a second, because that takes some milliseconds."""
        now = time.monotonic()
        if now - self._looked < 1:
            return
        self._looked = now
        logged, used = self._log_size(), processor_seconds(self._proxy.child.pid)
        if logged != self._logged or used >= self._used + self._least:
            self._logged, self._used, self.sign = logged, used, now
        workers = spawned(self._proxy.child.pid)
        self.ended += len(self._workers - workers)
        self._workers = workers

    def _log_size(self) -> int:
        try:
            return self._proxy.log.stat().st_size
        except OSError:  # somebody has removed it
            return self._logged


def ending(status: int) -> str:
    """How a process ended: `ended with status 1`, `was ended by SIGKILL`."""
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name if -status in set(signal.Signals) else f'signal {-status}'}"


def answers(url: str, seconds: float = 2) -> bool:
    """Whether a proxy answers requests at `url`."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url + READY_PATH, timeout=seconds) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def stop_proxy(proxy: ProxyProcess, grace_seconds: float = 10) -> None:
    """End the process and its workers: ask first, and use force after `grace_seconds`. Returns when it has ended."""
    _signal_group(proxy.child, signal.SIGTERM)
    try:
        proxy.child.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        _signal_group(proxy.child, signal.SIGKILL)
        proxy.child.wait()


def cleaning_up_when_told_to_end() -> AbstractContextManager[None]:
    """Make SIGTERM and SIGHUP end this program through its `finally` blocks, so that no proxy of the block outlives it."""
    if threading.current_thread() is not threading.main_thread():
        return nullcontext()
    return when_told_to_end(lambda told, _: sys.exit(128 + told))


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # a child that was not waited for keeps its pid, so the group of that number is still the one we created
    if child.poll() is None:
        os.killpg(child.pid, number)


def log_tail(proxy: ProxyProcess, lines: int = 20) -> str:
    """The last lines of a process's output, empty if its log can't be read; of a Python traceback only the error."""
    try:
        with reader(proxy.log) as file:
            file.seek(proxy.log_start)
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(list(_without_tracebacks(text.strip().splitlines()))[-lines:])


CHAINED = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
"""The lines between the traceback of an error and that of its cause."""


def _without_tracebacks(lines: Iterable[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.endswith("Traceback (most recent call last):"):
            inside = True
        elif not ((inside and line.startswith((" ", "\t"))) or line in CHAINED):
            inside = False
            yield line

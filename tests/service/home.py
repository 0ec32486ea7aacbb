"""A home folder of its own, and `ccproxy` in it as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from ccproxy.service.install import install
from ccproxy.service.litellm_process import free_port
from ccproxy.service.pid_file import read_pid_file
from ccproxy.service.processes import end

from ..gateway.upstream import Upstream

LABELS = ("default", "think", "background", "token_count", "web_search")
KEY = "sk-of-this-test-only-0123456789"


@dataclass(frozen=True)
class Home:
    """The folder, and the config folder in it; coverage is taken of what runs there where it is `measured`: LiteLLM is slow then."""

    path: Path
    measured: bool = True

    @property
    def folder(self) -> Path:
        return self.path / ".ccproxy"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        coverage = "COVERAGE_" if self.measured else "no such name"
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG") or name.startswith(coverage)}
        return kept | {"HOME": str(self.path)} | dict(more or {})

    def run(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        seconds: float = 120,
        folder: str = ".",
        prefix: Sequence[str] = (),
    ) -> subprocess.CompletedProcess[str]:
        """`ccproxy …`, to its end, in a folder of the home; `prefix` is a command that runs it."""
        return subprocess.run(
            [*prefix, *command(), *arguments],
            env=self.environment(environment),
            cwd=self.path / folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def status(self) -> tuple[int, Any]:
        """Exit code and answer of `status --json`."""
        told = self.run("status", "--json")
        return told.returncode, json.loads(told.stdout)

    def install(self, upstream: Upstream | None = None, **settings: Any) -> int:
        """The starter files, with another port, a known key and the models of `upstream`; returns the port."""
        install(self.folder)
        port = free_port()
        self.settings(port=port, **settings)
        config = self.config()
        config["general_settings"]["master_key"] = KEY
        self.config(config)
        self.use(upstream.url if upstream else "http://127.0.0.1:9")
        return port

    def use(self, base: str) -> None:
        """Have `anthropic/up-LABEL` at an address behind each label."""
        config = self.config()
        for deployment in config["model_list"]:
            name = deployment["model_name"]
            model = f"anthropic/{name}" if "*" in name else f"anthropic/up-{name}"
            deployment["litellm_params"] = {"model": model, "api_base": base, "api_key": "os.environ/ANTHROPIC_API_KEY"}
        self.config(config)

    def settings(self, **settings: Any) -> None:
        (self.folder / "ccproxy.yaml").write_text(yaml.safe_dump(settings), "utf-8")

    def config(self, config: Any = None) -> Any:
        """LiteLLM's config as it is, or replaced."""
        if config is not None:
            (self.folder / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")
        return yaml.safe_load((self.folder / "config.yaml").read_text("utf-8"))

    @property
    def key(self) -> str:
        """The master key."""
        return str(self.config()["general_settings"]["master_key"])

    @property
    def url(self) -> str:
        """Where the proxy is."""
        running = read_pid_file(self.folder)
        assert running is not None
        return running.url

    def end(self) -> None:
        """End what a test left running."""
        running = read_pid_file(self.folder)
        if running is not None:
            end(running.pid, running.start, 5)


def command() -> list[str]:
    return [str(Path(sys.executable).with_name("ccproxy"))]


@contextmanager
def home_at(path: Path, *, measured: bool = True) -> Iterator[Home]:
    """A home in a fresh folder; the proxy of it, if there is one, ends with the block."""
    path.mkdir(exist_ok=True)
    home = Home(path, measured)
    try:
        yield home
    finally:
        home.end()


def processes_of(folder: Path) -> list[int]:
    """The processes that were started for a config folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get("CCPROXY_SERVICE") == str(folder):
                found.append(process.pid)
    return found


def wait_until(holds: Any, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True

"""Debian's Chromium, headless, for the tests of the page; and `ccproxy live` as people start it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)
SECONDS = 60
"""How long anything may take on a busy machine."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; the test is skipped where none is installed."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("NO BROWSER: the page is not tested here; apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True, slots=True)
class Served:
    """A page that is served: its address with the token, and the same without it."""

    url: str
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return self.url.partition("/?")[0]


@contextmanager
def live(folder: Path, *arguments: str) -> Iterator[Served]:
    """`ccproxy live` of a config folder, on a free port."""
    command = [sys.executable, "-m", "ccproxy", "--debug", "--config-dir", str(folder), "live", "--port", "0", *arguments]
    environment = {**os.environ, "HOME": str(folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found is not None, line
            yield Served(found[0], process)
        finally:
            process.terminate()
            process.wait(SECONDS)

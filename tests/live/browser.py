"""Debian's Chromium, headless, for the tests of the page; and `ccproxy live` as people start it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--disable-lcd-text",
)
SECONDS = 60
"""How long anything may take on a busy machine."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; the test is skipped where none is installed."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("NO BROWSER: the page is not tested here; apt-get install chromium")
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def settle(page: Page) -> None:
    """Wait until what was changed looks as it will: nothing is on its way from one colour or place to another."""
    page.wait_for_function("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
    page.wait_for_function("!document.getAnimations().some(one => one instanceof CSSTransition)")


_AS_WEBP = """async png => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.85).split(",")[1];
}"""


def shoot(page: Page, path: Path) -> None:
    """Write what the page shows as WebP, which takes half of what PNG does."""
    path.write_bytes(b64decode(page.evaluate(_AS_WEBP, b64encode(page.screenshot()).decode())))


@dataclass(frozen=True, slots=True)
class Served:
    """A page that is served: its address with the token, and the same without it."""

    url: str
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return self.url.partition("/?")[0]


def live(folder: Path, *arguments: str) -> AbstractContextManager[Served]:
    """`ccproxy live` of a config folder, on a free port."""
    return serving(folder, "--config-dir", str(folder), "live", "--port", "0", *arguments)


@contextmanager
def serving(home: Path, *arguments: str, screen: Mapping[str, str] = MappingProxyType({})) -> Iterator[Served]:
    """A command of ccproxy that serves a page, from this folder; `screen` is what its environment tells of one, else there is none."""
    command = [sys.executable, "-m", "ccproxy", "--debug", *arguments]
    environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name} | {"HOME": str(home), **screen}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=home) as process:
        try:
            assert process.stdout is not None
            lines: list[str] = []
            for line in process.stdout:
                lines.append(line)
                if (found := re.search(r"http://\S+", line)) is not None:
                    yield Served(found[0], process)
                    return
            raise AssertionError(f"no address in {lines}")
        finally:
            process.terminate()
            process.wait(SECONDS)

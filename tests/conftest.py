"""Nothing of a test leaves its temporary folder: the home that tests see is one of their own."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ccproxy.service.pid_file import read_pid_file

LEADING_ELSEWHERE = (
    "CCPROXY_CONFIG_DIR",
    "CCPROXY_POLICY",
    "CONFIG_FILE_PATH",
    "HISTFILE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
)
THEIR_HOME = "CCPROXY_TESTS_THEIR_HOME"
"""The variable with the home of whoever runs the tests."""


def pytest_configure(config: pytest.Config) -> None:
    """Make a home, once for all processes of a run, before anything reads a policy."""
    if hasattr(config, "workerinput"):
        return
    home = TemporaryDirectory(prefix="ccproxy-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(home.cleanup)
    os.environ[THEIR_HOME] = str(Path.home())
    # packages that builds need are fetched once, not for each run of the tests
    os.environ.setdefault("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv"))
    os.environ["HOME"] = home.name
    for name in LEADING_ELSEWHERE:
        os.environ.pop(name, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Property tests count for no coverage: what they reach by chance is not what they test, and tracing doubles their time."""
    for item in items if not config.getoption("no_cov") else ():
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")


@pytest.fixture(scope="session", autouse=True)
def their_home_stays_as_it_is() -> Iterator[None]:
    """Who runs the tests finds their home as it was, and the tests' own has no config folder: a test that needs one makes it."""
    # a process without HOME asks the system
    theirs = {Path(os.environ[THEIR_HOME]), Path(pwd.getpwuid(os.getuid()).pw_dir)}
    before = contents(theirs)
    yield
    assert contents(theirs) == before, "a test has written to the home of whoever runs it"
    assert not Path("~/.ccproxy").expanduser().exists(), "a test has written to ~/.ccproxy, not to a config folder of its own"


def contents(homes: set[Path]) -> dict[Path, tuple[int, int]]:
    """Size and last change of all that is in the config folders of these homes; nothing of one whose proxy runs."""
    found: dict[Path, tuple[int, int]] = {}
    for folder in (home / ".ccproxy" for home in homes):
        running = read_pid_file(folder)
        if running is None or not running.alive:
            for path in (folder, *folder.rglob("*")):
                if path.exists():
                    found[path] = (path.lstat().st_size, path.lstat().st_mtime_ns)
    return found

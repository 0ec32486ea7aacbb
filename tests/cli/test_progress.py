"""Progress is shown where a person waits, and nowhere else."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from io import StringIO
from threading import Event

import pytest

from ccproxy.cli import progress
from ccproxy.cli.progress import counted

ERASE = "\r\x1b[K"


class Stream(StringIO):
    """Standard error, a terminal or not; `seen` is set when something was written."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal
        self.seen = Event()

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        written = super().write(text)
        self.seen.set()
        return written


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stream]:
    """Puts a stream in the place of standard error, progress shown on it after `patience` seconds."""

    def put(*, terminal: bool = True, patience: float = 0.0, term: str = "xterm") -> Stream:
        stream = Stream(terminal)
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress, "PATIENCE", patience)
        monkeypatch.setenv("TERM", term)
        return stream

    return put


def test_what_takes_long_is_shown_and_taken_away(stderr: Callable[..., Stream]) -> None:
    stream = stderr()
    items = counted(["a", "b"], "checking")
    assert [next(items), next(items)] == ["a", "b"]
    assert stream.seen.wait(30)
    stream.seen.clear()
    assert stream.seen.wait(30)
    assert re.search(r"checking: 1 of 2, \d+ s, [\d.,]+ a second, \d+ s left", stream.getvalue())
    assert list(items) == []
    assert stream.getvalue().endswith(ERASE)


def test_a_line_in_between_stands_alone(stderr: Callable[..., Stream]) -> None:
    stream = stderr()
    with progress.progress("proving") as state:
        assert stream.seen.wait(30)
        state.say("one thing is wrong")
    told = stream.getvalue()
    assert told.startswith("proving: ")
    assert f"{ERASE}one thing is wrong\n" in told


@pytest.mark.parametrize("where", [{"terminal": False}, {"term": "dumb"}, {"patience": 3600.0}])
def test_nothing_is_shown_elsewhere(stderr: Callable[..., Stream], where: dict[str, bool]) -> None:
    stream = stderr(**where)
    assert list(counted(["a"], "checking")) == ["a"]
    assert stream.getvalue() == ""

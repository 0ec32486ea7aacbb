"""The log: its end, what follows, and that it does not grow for ever."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from ccproxy.cli import main
from ccproxy.service import logs
from ccproxy.service.logs import LOG_NAME, follow, last_lines, rotate

from .home import Home, wait_until


@pytest.mark.parametrize(
    ("text", "number", "lines"),
    [("", 5, []), ("a\nb\nc\n", 2, ["b", "c"]), ("a\nb\nc", 2, ["b", "c"]), ("a\n", 5, ["a"]), ("a\nb\n", 0, []), ("\n\n", 5, ["", ""])],
)
@pytest.mark.parametrize("block", [1, 2, 65536])
def test_last_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, number: int, lines: list[str], block: int) -> None:
    monkeypatch.setattr(logs, "BLOCK", block)
    (tmp_path / "log").write_text(text)
    assert last_lines(tmp_path / "log", number) == lines


def test_a_long_log_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 3)
    log = tmp_path / "log"
    assert rotate(log) == 0
    assert log.stat().st_mode & 0o777 == 0o600
    log.write_text("abc")
    assert rotate(log) == 3
    log.write_text("abcd")
    assert rotate(log) == 0
    assert (tmp_path / "log.1").read_text() == "abcd"


def test_following_through_a_new_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old\n")
    told: list[str] = []
    over = threading.Event()

    def read() -> None:
        told.extend(text for text in follow(log, start=0, until=over.is_set, pause=0.01))

    reader = threading.Thread(target=read)
    reader.start()
    with log.open("a") as file:
        file.write("half")
    assert wait_until(lambda: told == ["old"])
    with log.open("a") as file:
        file.write(" and half\n")
    assert wait_until(lambda: told == ["old", "half and half"])
    log.rename(tmp_path / "log.1")
    log.write_text("new\n")
    assert wait_until(lambda: told[-1] == "new")
    log.write_text("x\n")
    assert wait_until(lambda: told[-1] == "x")
    with log.open("a") as file:
        file.write("the end")
    over.set()
    reader.join(5)
    assert told == ["old", "half and half", "new", "x", "the end"]


def test_without_a_log(home: Home) -> None:
    told = home.run("logs")
    assert told.returncode == 2
    assert "there is no log" in told.stderr


def test_a_log_gives_no_orders(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).write_text("\x1b[92mfine\x1b[0m \x1b]0;title\x07 \x1b[2J\n::error::gone\n")
    done = CliRunner().invoke(main, ["--config-dir", str(tmp_path), "logs"], color=True)
    assert done.stdout == "\x1b[92mfine\x1b[0m \\x1b]0;title\\x07 \\x1b[2J\n: :error::gone\n"

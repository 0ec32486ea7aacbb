"""`ccproxy` itself: help, version, mistakes, and how it ends when something goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ccproxy.cli import main
from ccproxy.cli.group import COMMANDS
from tests.cli.run import CAPTURES, ROOT, STARTER, ccproxy, process


def test_version() -> None:
    result = ccproxy("--version")
    assert (result.exit_code, result.stdout.split()[0]) == (0, "ccproxy")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = ccproxy(command, "-h")
    assert result.exit_code == 0
    assert "Example: ccproxy" in result.stdout
    assert result.stdout == ccproxy(command, "--help").stdout


def test_help_lists_every_command() -> None:
    told = ccproxy("--help").stdout
    assert all(f"  {name} " in told for name in COMMANDS)
    assert "Example: ccproxy" in told


def test_an_unknown_command() -> None:
    result = ccproxy("chek")
    assert result.exit_code == 2
    assert "Did you mean 'check'?" in result.stderr


@pytest.mark.parametrize("arguments", [["check", "--nope"], ["explain"], ["check", "--format", "xml"]])
def test_usage(arguments: list[str]) -> None:
    assert ccproxy(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 0, "CCP101  unknown-name             error    no fact, let or predicate has this name\n"),
        (["ccp001"], 0, "CCP001"),
        (["unreadable-file"], 0, "CCP001"),
        (["CCP999"], 2, "there is no diagnostic 'CCP999'; ccproxy docs lists them"),
        (["unknwn-name"], 2, "did you mean unknown-name?"),
    ],
)
def test_docs(arguments: list[str], code: int, told: str) -> None:
    result = ccproxy("docs", *arguments)
    assert result.exit_code == code
    assert told in result.output


def test_demo_ends_as_the_demo_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccproxy.service.demo.run_demo", lambda write, waiting: write("a row") or 1)
    result = ccproxy("demo")
    assert (result.exit_code, result.stdout) == (1, "a row\n")


# ── What goes wrong ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mistake_of_our_own_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("ccproxy.analysis.examination.analyse", fails)
    result = ccproxy("check", STARTER)
    assert result.exit_code == 2
    assert result.stderr == "ccproxy: RuntimeError: two lines (a mistake of ccproxy's own; --debug shows where)\n"
    result = CliRunner().invoke(main, ["--debug", "check", str(STARTER)])
    assert result.exit_code == 2
    assert "Traceback (most recent call last):" in result.stderr


def test_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ccproxy.analysis.examination.analyse", interrupted)
    result = ccproxy("check", STARTER)
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


def test_a_reader_that_goes_away() -> None:
    command = [str(Path(sys.executable).with_name("ccproxy")), "explain", str(CAPTURES / "01-main-first-turn.json"), "--json"]
    read, write = os.pipe()
    os.close(read)
    try:
        child = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, cwd=ROOT, timeout=60, check=False)
    finally:
        os.close(write)
    assert child.returncode == 128 + signal.SIGPIPE
    assert b"Traceback" not in child.stderr
    assert b"Exception ignored" not in child.stderr


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"PYTHONIOENCODING": "ascii"}])
def test_no_colour_and_no_failure_in_a_pipe(environment: dict[str, str]) -> None:
    result = process(["check", "-"], input='when model == "日本" and tokns > 5 -> a\n'.encode(), environment=environment)
    assert result.returncode == 1
    assert b"\x1b" not in result.stdout
    assert b"error[CCP101]" in result.stdout


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_on_a_terminal(environment: dict[str, str], coloured: bool) -> None:
    import pty

    leader, follower = pty.openpty()
    command = [str(Path(sys.executable).with_name("ccproxy")), "check", "tests/diagnostics/101-unknown-name.ccp"]
    child = subprocess.Popen(
        command, stdout=follower, stdin=subprocess.DEVNULL, cwd=ROOT, env={"HOME": os.environ["HOME"], "TERM": "xterm", **environment}
    )
    os.close(follower)
    told = b""
    try:
        while piece := os.read(leader, 65_536):
            told += piece
    except OSError:  # the terminal's other end is closed
        pass
    finally:
        os.close(leader)
    assert child.wait(60) == 1
    assert (b"\x1b[1;31merror[CCP101]\x1b[0m" in told) is coloured
    assert (b"\x1b" in told) is coloured


@pytest.mark.parametrize("command", ["check", "explain", "replay", "fmt", "test"])
def test_a_closed_standard_input_is_an_empty_one(command: str) -> None:
    program = str(Path(sys.executable).with_name("ccproxy"))
    closed = ["sh", "-c", f'exec "$0" --config-dir no-such-folder {command} - <&-', program]
    result = subprocess.run(closed, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert result.returncode in {0, 1, 2}
    assert b"mistake of ccproxy" not in result.stderr

"""What is said while something is waited for: a line on a terminal, nothing elsewhere."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

WAITING = """
from ccproxy.cli.proxy import console
with console() as told:
    told.waiting("it starts", 0.5)
    told.waiting("it starts", 1.2)
    told.waiting("it starts", 1.4)
    told.waiting("x" * 500, 2)
    told.say("it runs")
"""


def test_a_terminal_shows_what_is_waited_for() -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", WAITING], stdout=theirs, stderr=theirs, env=os.environ | {"COLUMNS": "40", "TERM": "xterm"}
    ) as program:
        os.close(theirs)
        told = b""
        try:
            while block := os.read(ours, 1000):
                told += block
        except OSError:  # how a terminal ends on Linux
            pass
        assert program.wait() == 0
    os.close(ours)
    clear = "\r\033[K"
    assert told.decode() == f"it starts (1 s){clear}{'x' * 39}{clear}it runs\r\n"


def test_a_file_gets_nothing_of_it(tmp_path: Path) -> None:
    with (tmp_path / "told").open("w") as file:
        assert subprocess.run([sys.executable, "-c", WAITING], stdout=file, stderr=file, check=False).returncode == 0
    assert (tmp_path / "told").read_text() == "it runs\n"

"""What shells complete, asked the way the shells' own scripts ask."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from ccproxy.cli import main
from ccproxy.cli.group import COMMANDS


def complete(*words: str) -> list[str]:
    """What the last word is completed with."""
    environment = {"_CCPROXY_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["ccproxy", *words]), "COMP_CWORD": str(len(words))}
    result = CliRunner().invoke(main, [], prog_name="ccproxy", env=environment)
    assert result.exit_code == 0
    return [line.partition(",")[2] for line in result.stdout.splitlines() if line]


def test_commands() -> None:
    assert complete("com") == ["completion"]
    assert set(complete("")) == set(COMMANDS)


def test_options() -> None:
    assert complete("check", "--for") == ["--format"]
    assert complete("check", "--format", "s") == ["sarif"]


def test_codes() -> None:
    assert complete("docs", "CCP40") == [f"CCP40{last}" for last in range(1, 10)]
    assert complete("docs", "ccp410") == ["CCP410"]
    assert complete("docs", "unreach") == ["unreachable-rule", "unreachable-default"]


def test_policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "team").mkdir()
    for name in ("team/rules.ccp", "main.ccp", "notes.txt", ".hidden.ccp"):
        (tmp_path / name).touch()
    assert complete("check", "") == ["main.ccp", "team/"]
    assert complete("check", "./m") == ["./main.ccp"]
    assert complete("fmt", "team/") == ["team/rules.ccp"]
    assert complete("check", f"{tmp_path}/te") == [f"{tmp_path}/team/"]
    assert complete("explain", "--policy", "ma") == ["main.ccp"]
    assert complete("check", ".h") == [".hidden.ccp"]
    assert complete("check", "nowhere/") == []
    assert complete("check", "~nobody-of-this-name/") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_CCPROXY_COMPLETE" in result.stdout
    if shutil.which(shell) is not None:
        subprocess.run([shell, "-n"], input=result.stdout, text=True, check=True)


def test_an_unknown_shell() -> None:
    assert CliRunner().invoke(main, ["completion", "csh"]).exit_code == 2

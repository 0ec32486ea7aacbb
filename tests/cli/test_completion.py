"""What shells complete, asked the way the shells' own scripts ask."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from contextlib import suppress
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


def test_files_of_the_kind_that_an_argument_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.ccp", "a.cases.yaml", "config.yaml", "one.json", "many.jsonl", "notes.txt"):
        (tmp_path / name).touch()
    assert complete("diff", "") == complete("diff", "a.ccp", "") == ["a.ccp"]
    assert complete("diff", "a.ccp", "a.ccp", "--requests", "") == ["many.jsonl", "one.json"]
    assert complete("diff", "a.ccp", "a.ccp", "--requests", "one.json", "") == ["many.jsonl", "one.json"]
    assert complete("test", "") == ["a.cases.yaml", "a.ccp"]
    assert complete("test", "a.ccp", "--policy", "") == complete("test", "--generate", "") == ["a.ccp"]
    assert complete("import", "") == ["a.cases.yaml", "config.yaml", "one.json"]
    assert complete("explain", "") == complete("facts", "") == ["many.jsonl", "one.json"]
    assert complete("explain", "--config", "c") == complete("check", "--config", "c") == ["config.yaml"]
    assert complete("graph", "--hits", "") == ["a.cases.yaml", "many.jsonl"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_itself(tmp_path: Path) -> None:
    """Typed into a shell: no space behind a folder, a space in a name quoted."""
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "my rules.ccp").touch()
    me, terminal = pty.openpty()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PS1": "$ ", "TERM": "dumb"}
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with subprocess.Popen(
        shell, cwd=tmp_path, env=environment, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    ) as child:
        os.close(terminal)
        os.write(me, b"source <(ccproxy completion bash)\nccproxy check te\tmy\t#end\x01: \n")
        told = b""
        with suppress(OSError):  # the terminal is gone when the shell is
            os.write(me, b"exit\n")
            while part := os.read(me, 4096):
                told += part
        child.wait(60)
    os.close(me)
    assert b"ccproxy check team/my\\ rules.ccp #end" in told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_CCPROXY_COMPLETE" in result.stdout
    if shutil.which(shell) is not None:
        subprocess.run([shell, "-n"], input=result.stdout, text=True, check=True)


def test_an_unknown_shell() -> None:
    assert CliRunner().invoke(main, ["completion", "csh"]).exit_code == 2

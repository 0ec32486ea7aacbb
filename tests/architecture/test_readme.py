"""The README: its policies are right, and its Python runs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import ccproxy
from ccproxy.language.loader import load_text
from ccproxy.language.parser import parse
from ccproxy.source import Source

from ..cli.run import ccproxy as run_ccproxy
from ..readme import block_with, blocks
from .test_rooms import PACKAGE, ROOMS

ROOT = Path(__file__).parents[2]
WAY = re.findall(
    r"^\| `(\w+)` \| (.+) \|$",
    (ROOT / "README.md").read_text("utf-8").partition("| folder | turns |")[2].partition("\n\n")[0],
    re.MULTILINE,
)
"""The folders in the order of the data, each with what it turns into what."""


def test_the_folders_are_told_in_the_order_of_the_rooms() -> None:
    assert [room for room, _ in WAY] == [room for room in ROOMS if (PACKAGE / room / "__init__.py").exists()]
    assert {room for room, _ in WAY} == {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


@pytest.mark.parametrize(("room", "turns"), WAY)
def test_a_folder_says_the_same_of_itself(room: str, turns: str) -> None:
    assert (ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))) or "").startswith(f"Turns {turns}")


@pytest.mark.parametrize("text", blocks("ccp"))
def test_policies_are_right(text: str) -> None:
    assert parse(Source(text)).diagnostics == ()
    if "predicate" not in text:
        assert ccproxy.loads(text).decide({}).label == "default"
    assert load_text(text).diagnostics == ()


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "policy.ccp").write_text(blocks("ccp")[0])
    monkeypatch.chdir(tmp_path)
    for code in blocks("python"):
        exec(code, {})
    assert capsys.readouterr().out.startswith("route default () RuleReference(number=5")


def workflow_commands() -> list[str]:
    steps = yaml.safe_load(block_with("yaml", "runs-on"))["jobs"]["policies"]["steps"]
    return [step["run"].removeprefix("uv run ") for step in steps if step.get("run", "").startswith("uv run ")]


@pytest.mark.parametrize("command", workflow_commands())
def test_the_workflow_runs_as_written(command: str) -> None:
    executable = Path(sys.executable).parent / command.partition(" ")[0]
    done = subprocess.run(["sh", "-c", f"{executable} {command.partition(' ')[2]}"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_commands_are_there() -> None:
    commands = blocks("sh")
    assert "pip install uv && uv run ccproxy demo\n" in commands
    assert "uv run pytest\n" in commands


@pytest.mark.parametrize("line", block_with("sh", "ccproxy start").splitlines())
def test_the_commands_of_the_proxy_are_there(line: str) -> None:
    program, name, *options = line.partition("#")[0].split()
    assert program == "ccproxy"
    # options that a command does not have are found before its help is shown
    assert run_ccproxy(name, "--help", *options).exit_code == 0


def test_the_kubernetes_policy_fits_its_config(tmp_path: Path) -> None:
    for name, text in next(yaml.safe_load_all(block_with("yaml", "ConfigMap")))["data"].items():
        (tmp_path / name).write_text(text)
    checked = run_ccproxy("check", "--strict", folder=tmp_path)
    assert checked.exit_code == 0, checked.output

"""The README: its policies are right, and its Python runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ccproxy
from ccproxy.loader import load_text
from ccproxy.parser import parse
from ccproxy.source import Source

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


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
    assert capsys.readouterr().out.startswith("route default () RuleReference(number=6")


def test_the_commands_are_there() -> None:
    commands = blocks("sh")
    assert "pip install uv && uv run ccproxy demo\n" in commands
    assert "uv run pytest\n" in commands

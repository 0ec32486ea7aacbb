"""The hooks for pre-commit: the file is one that pre-commit takes, and its commands do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
CCPROXY = Path(sys.executable).parent / "ccproxy"
UNTIDY = "when   tokens>100k->long\ndefault->default\n"


def hook(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in yaml.safe_load(HOOKS.read_text("utf-8")) if item["id"] == f"ccproxy-{name}")
    return found


def run(name: str, folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """As pre-commit does: in the repository, the hook's command and arguments, then the files that match."""
    described = hook(name)
    program, *words = described["entry"].split()
    assert program == "ccproxy"
    passed = [file for file in files if re.search(described["files"], file)] if described.get("pass_filenames", True) else []
    return subprocess.run([CCPROXY, *words, *described.get("args", []), *passed], cwd=folder, capture_output=True, text=True, check=False)


def test_pre_commit_takes_the_file() -> None:
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)], check=True)


@pytest.mark.parametrize(("text", "code"), [("default -> default\n", 0), ("when tokns > 5 -> a\n", 1)])
def test_check(text: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "a.ccp").write_text(text)
    assert run("check", tmp_path, "a.ccp", "README.md").returncode == code


def test_fmt(tmp_path: Path) -> None:
    (tmp_path / "a.ccp").write_text(UNTIDY)
    assert run("fmt", tmp_path, "a.ccp").returncode == 0
    assert (tmp_path / "a.ccp").read_text() == "when tokens > 100k -> long\ndefault            -> default\n"


@pytest.mark.parametrize(("label", "code"), [("long", 0), ("short", 1)])
def test_test(label: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "a.ccp").write_text(UNTIDY)
    (tmp_path / "a.cases.yaml").write_text(f"cases: [{{name: long, request: {{}}, facts: {{tokens: 200000}}, expect: {label}}}]")
    assert run("test", tmp_path, "a.ccp").returncode == code

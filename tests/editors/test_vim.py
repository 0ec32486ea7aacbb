"""The Vim files: every word of the language has a group; where Vim is there, it loads them and colours a policy."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ccproxy.facts import FACTS
from ccproxy.language.literals import RESERVED

VIM = Path(__file__).parents[2] / "grammar" / "vim"
POLICY = 'let big = tokens > 5k # why\nwhen big and agent.class == "main" -> 90% think, 10% default by user\n'

PLACES = [
    ("let big", "ccpStatement"),
    ("big =", "ccpName"),
    ("tokens", "ccpFact"),
    ("5k", "ccpNumber"),
    ("why", "ccpComment"),
    ("when", "ccpStatement"),
    ("and", "ccpOperator"),
    ("agent", "ccpFact"),
    ("class", "ccpFact"),
    ("main", "ccpText"),
    ("->", "ccpArrow"),
    ("90%", "ccpShare"),
    ("think", "ccpLabel"),
    ("default", "ccpLabel"),
    ("by user", "ccpByWord"),
    ("user", "ccpBy"),
]


def keywords() -> set[str]:
    text = (VIM / "syntax" / "ccp.vim").read_text("utf-8")
    lines: list[str] = re.findall(r"^syntax keyword \w+(?: contained)? (.*)$", text, re.MULTILINE)
    return {word for line in lines for word in line.split()} - {"contained"}


def test_every_word_has_a_group() -> None:
    assert keywords() >= RESERVED - {"by"}


def test_every_fact_has_a_group() -> None:
    text = (VIM / "syntax" / "ccp.vim").read_text("utf-8")
    dotted, families = re.findall(r"^syntax match ccpFact /\\<\\%\(([a-z\\|]+)\\\)", text, re.MULTILINE)
    assert {fact.name for fact in FACTS if "." not in fact.name} <= keywords() | set(families.split("\\|"))
    assert {fact.name.partition(".")[0] for fact in FACTS if "." in fact.name} == set(dotted.split("\\|"))


def test_vim_colours_a_policy(tmp_path: Path) -> None:
    if shutil.which("vim") is None:
        pytest.skip("vim is not installed")
    policy, told = tmp_path / "a.ccp", tmp_path / "told.txt"
    policy.write_text(POLICY)
    lines = POLICY.splitlines()
    asked = []
    for word, _ in PLACES:
        row = next(number for number, line in enumerate(lines) if word in line)
        asked.append(f"synIDattr(synID({row + 1}, {lines[row].index(word) + 1}, 1), 'name')")
    script = tmp_path / "ask.vim"
    script.write_text(f"call writefile([&filetype, {', '.join(asked)}], '{told}')\nqall!\n")
    command = ["vim", "-u", "NONE", "-N", "-es", "-c", f"set rtp^={VIM}", "-c", "filetype plugin on", "-c", "syntax on"]
    subprocess.run([*command, "-c", f"edit {policy}", "-c", f"source {script}"], stdin=subprocess.DEVNULL, check=False, timeout=60)
    if not told.exists():
        pytest.skip("this vim has no syntax highlighting or no evaluation")
    assert told.read_text().splitlines() == ["ccp", *(group for _, group in PLACES)]

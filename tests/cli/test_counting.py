"""`explain` and `facts` count tokens as the settings of the config folder say, and tell so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import answer, ccproxy

REQUEST = json.dumps({"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "many words " * 1000}]})
TOKENS = 2001


def settings(folder: Path, text: str) -> None:
    (folder / "policy.ccp").write_text("when tokens > 2200 -> think\ndefault -> default\n")
    (folder / "ccproxy.yaml").write_text(text)


@pytest.mark.parametrize(
    ("text", "tokens", "source", "label"),
    [
        ("", TOKENS, "estimate: cl100k_base", "default"),
        ("tokens: {encoding: o200k_base}", TOKENS, "estimate: o200k_base", "default"),
        ('tokens: {scale: {"claude-*": 1.1}}', 2202, "estimate: cl100k_base × 1.1", "think"),
        ('tokens: {scale: {"gpt-*": 1.1}}', TOKENS, "estimate: cl100k_base", "default"),
        ("calibrate: true", 2398, "estimate: cl100k_base × 1.198 (calibrated)", "think"),
        ('{calibrate: true, tokens: {scale: {"*": 0.5}}}', 1199, "estimate: cl100k_base × 0.5 × 1.198 (calibrated)", "default"),
    ],
)
def test_settings(tmp_path: Path, text: str, tokens: int, source: str, label: str) -> None:
    settings(tmp_path, text)
    (tmp_path / "calibration.json").write_text('{"think": {"answers": 9, "provider": 1200000, "ours": 1000000}}')
    lines = ccproxy("facts", "-", input=REQUEST, folder=tmp_path).stdout.splitlines()
    assert next(line for line in lines if line.startswith("tokens ")).split(maxsplit=1)[1] == f"{tokens:,}  ({source})"
    for part in ("tokens.system", "tokens.tools", "tokens.messages", "tokens.latest"):
        assert next(line for line in lines if line.startswith(part)).endswith(f"({source})")
    told = ccproxy("explain", "-", input=REQUEST, folder=tmp_path).stdout
    assert f"  tokens    tokens is {tokens:,} ({source})\n" in told
    explained = answer("explain", "-", "--json", input=REQUEST, folder=tmp_path)
    assert (explained["label"], explained["facts"]["tokens"]) == (label, tokens)


def test_settings_that_can_t_be_read(tmp_path: Path) -> None:
    settings(tmp_path, "tokens: {encoding: cl100k}")
    for command in ("facts", "explain"):
        result = ccproxy(command, "-", "--policy", tmp_path / "policy.ccp", input=REQUEST, folder=tmp_path)
        assert result.exit_code == 2
        assert "ccproxy.yaml:1:20: encoding is " in result.stderr


def test_status_tells_what_was_learnt(tmp_path: Path) -> None:
    settings(tmp_path, "")
    (tmp_path / "calibration.json").write_text('{"think": {"answers": 1234, "provider": 1200000, "ours": 1000000}}')
    result = ccproxy("status", "--json", folder=tmp_path)
    assert json.loads(result.stdout)["calibration"] == {"think": {"ratio": 1.198, "answers": 1234}}
    assert "counted   think: 1.198 tokens for each of ours (1,234 answers)" in ccproxy("status", folder=tmp_path).stdout

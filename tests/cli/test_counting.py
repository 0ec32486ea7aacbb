"""Commands count tokens as the settings of the config folder say; `explain` and `facts` tell so."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from ccproxy.gateway.startup import read_start
from ccproxy.gateway.worker import Worker
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


# ── What decides, decides alike ──────────────────────────────────────────────────────────────────────────────────────────

HINDI = json.dumps({"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "नमस्ते दुनिया " * 300}]})
"""4,200 tokens of cl100k_base, 1,202 of o200k_base."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config folder without settings, with a request and two policies that differ where it has over 3,000 tokens."""
    (tmp_path / "policy.ccp").write_text("when tokens > 3k -> long\ndefault -> short\n")
    (tmp_path / "new.ccp").write_text("default -> short\n")
    (tmp_path / "request.json").write_text(HINDI)
    (tmp_path / "policy.cases.yaml").write_text("cases: [{name: hindi, request: request.json, expect: long}]\n")
    monkeypatch.delenv("CCPROXY_POLICY", raising=False)
    monkeypatch.setenv("CCPROXY_CONFIG_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("", "long"),
        ("tokens: {encoding: o200k_base}", "short"),
        ('tokens: {scale: {"claude-*": 0.5}}', "short"),
        ('tokens: {scale: {"gpt-*": 0.5}}', "long"),
        ('tokens: {encoding: o200k_base, scale: {"claude-*": 2.6}}', "long"),
    ],
)
def test_every_command_decides_as_the_proxy_does(folder: Path, text: str, label: str) -> None:
    (folder / "ccproxy.yaml").write_text(text)
    policy, request, cases = folder / "policy.ccp", folder / "request.json", folder / "policy.cases.yaml"
    decision, _ = asyncio.run(Worker(read_start()).decider.decide(json.loads(HINDI), None, "id", "anthropic_messages"))
    assert decision.label == label
    assert answer("explain", request, "--json", folder=folder)["label"] == label
    tested = json.loads(ccproxy("test", cases, "--format", "json", folder=folder).stdout)
    assert [case["got"]["label"] for case in tested["cases"]] == [label]
    compared = json.loads(ccproxy("diff", policy, folder / "new.ccp", "--requests", request, "--json", folder=folder).stdout)
    assert compared["requests"]["changed"] == (label == "long")
    drawn = ccproxy("graph", policy, "--coverage", folder=folder).stdout
    assert f"class r1,t1 {'hit' if label == 'long' else 'missed'}" in drawn


def test_what_was_learnt_changes_no_case_and_no_difference(folder: Path) -> None:
    """Only `explain` and `facts` tell what the proxy does today."""
    (folder / "ccproxy.yaml").write_text("calibrate: true")
    (folder / "calibration.json").write_text('{"think": {"answers": 9, "provider": 500000, "ours": 1000000}}')
    assert answer("explain", folder / "request.json", "--json", folder=folder)["label"] == "short"
    assert ccproxy("test", folder / "policy.cases.yaml", folder=folder).exit_code == 0
    paths = folder / "policy.ccp", folder / "new.ccp", "--requests", folder / "request.json"
    assert json.loads(ccproxy("diff", *paths, "--json", folder=folder).stdout)["requests"]["changed"] == 1


def test_generated_cases_pass_by_the_settings_they_were_made_with(folder: Path) -> None:
    (folder / "ccproxy.yaml").write_text('tokens: {scale: {"*": 5000}}')
    made = ccproxy("test", "--generate", folder / "policy.ccp", folder=folder)
    assert made.exit_code == 0
    (folder / "policy.cases.yaml").write_text(made.stdout)
    assert ccproxy("test", folder / "policy.cases.yaml", folder=folder).exit_code == 0


@pytest.mark.parametrize(
    "command", [["test", "policy.cases.yaml"], ["test", "--generate", "policy.ccp"], ["diff", "policy.ccp", "new.ccp"]]
)
def test_settings_that_can_t_be_read_are_told(folder: Path, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "ccproxy.yaml").write_text("tokens: {encoding: cl100k}")
    result = ccproxy(*command, folder=folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "ccproxy.yaml:1:20: encoding is " in result.stderr


def test_explain_tells_how_as_json_too(folder: Path) -> None:
    (folder / "ccproxy.yaml").write_text('{calibrate: true, tokens: {scale: {"claude-*": 0.5}}}')
    (folder / "calibration.json").write_text('{"think": {"answers": 9, "provider": 1200000, "ours": 1000000}}')
    found = answer("explain", folder / "request.json", "--json", folder=folder)
    count = found["facts"]["tokens"]
    assert found["counting"] == {
        "encoding": "cl100k_base",
        "scale": 0.5,
        "ratio": 1.198,
        "parts": {"tokens.system": 0, "tokens.tools": 0, "tokens.messages": count, "tokens.latest": count},
    }
    set_outright = answer("explain", folder / "request.json", "--json", "--fact", "tokens=5", folder=folder)
    assert "counting" not in set_outright
    (folder / "policy.ccp").write_text("when tokens.latest < 5 or tokens.system > 3k -> long\n")
    told = ccproxy("explain", folder / "request.json", "--fact", "tokens.latest=7", folder=folder).stdout
    assert "tokens.latest is 7 (set outright), tokens.system is 0 (estimate: cl100k_base × 0.5 × 1.198 (calibrated))" in told

"""The starter policies: right, free of findings, and doing with real requests what each kind of request demands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import ccproxy
from ccproxy.analysis.findings import analyse
from ccproxy.policy import check_file

POLICIES = Path(__file__).parents[2] / "policies"
CAPTURES = Path(__file__).parents[1] / "captures"
NAMES = sorted(path.stem for path in POLICIES.glob("*.ccp"))

LABELS = {
    "aux-classifier-stage1": "default",
    "aux-model-probe": "background",
    "aux-recap": "default",
    "aux-rename": "background",
    "aux-title": "background",
    "aux-webfetch-apply": "background",
    "aux-websearch-inner": "web_search",
    "compaction-auto": "token_count",
    "compaction-reactive": "token_count",
    "count-tokens-tools": "default",
    "main-old-model-haiku-4-5": "background",
    "main-plan-mode": "think",
    "subagent-custom": "background",
    "subagent-explore-model-haiku": "background",
    "v2.0.76-aux-warmup-subagent": "background",
    "v2.1.150-aux-title": "background",
    "v2.1.150-main": "think",
}
"""What `claude-code.ccp` says of the kinds of captures; all others go to `default`.

The subagents in the list name a haiku model themselves; the main turn of 2.1.150 asks for effort xhigh.
"""

OF_OTHER_CLIENTS = {"codex-4-compaction-local": "token_count", "codex-7-image-xhigh": "think", "opencode-5-compaction": "background"}
"""What it says of other clients' captures; all others go to `default`. That compaction has a conversation of a few words."""


def cases() -> list[tuple[str, dict[str, Any]]]:
    return [(name, case) for name in NAMES for case in yaml.safe_load((POLICIES / f"{name}.cases.yaml").read_text("utf-8"))["cases"]]


def captures() -> list[Path]:
    return sorted(CAPTURES.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found(name: str) -> None:
    diagnostics, checked = check_file(POLICIES / f"{name}.ccp")
    assert diagnostics == []
    assert checked is not None
    assert analyse(checked) == []


@pytest.mark.parametrize(("name", "case"), cases(), ids=lambda value: value if isinstance(value, str) else value["name"])
def test_a_case(name: str, case: dict[str, Any]) -> None:
    decision = ccproxy.load(POLICIES / f"{name}.ccp").decide(ccproxy.Request.from_envelope(case["request"]), facts=case.get("facts"))
    expected = case["expect"] if isinstance(case["expect"], dict) else {"label": case["expect"]}
    got = {"action": decision.action, "label": decision.label, "message": decision.message, "fallbacks": list(decision.fallbacks)}
    assert {key: got[key] for key in expected} == expected


@pytest.mark.parametrize("path", captures(), ids=lambda path: path.stem)
def test_a_real_request(path: Path) -> None:
    envelope = json.loads(path.read_text("utf-8"))
    policy = ccproxy.load(POLICIES / "claude-code.ccp")
    request = ccproxy.Request.from_file(path)
    decision = policy.decide(request)
    assert decision.label == LABELS.get(envelope["kind"], "default")
    explanation = policy.explain(request)
    assert explanation.decision == decision


@pytest.mark.parametrize("path", sorted(CAPTURES.with_name("client_captures").glob("*.json")), ids=lambda path: path.stem)
def test_a_real_request_of_another_client(path: Path) -> None:
    decision = ccproxy.load(POLICIES / "claude-code.ccp").decide(ccproxy.Request.from_file(path))
    assert decision.label == OF_OTHER_CLIENTS.get(path.stem, "default")


def test_every_rule_has_a_case() -> None:
    for name in NAMES:
        policy = ccproxy.load(POLICIES / f"{name}.ccp")
        hit = {
            policy.decide(ccproxy.Request.from_envelope(case["request"]), facts=case.get("facts")).rule
            for owner, case in cases()
            if owner == name
        }
        assert {rule.number for rule in hit if rule is not None} == {rule.number for rule in policy.router.rules}

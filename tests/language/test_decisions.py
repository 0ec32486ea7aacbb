"""The compiled policy, its explanation and the reference interpreter agree, for random policies and requests."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ccproxy

from .bodies import bodies
from .expressions import FACTS
from .policies import Asked, Written, chained_policies, keyed_policies, policies, requests
from .profile import examples
from .reference import Outcome, Request, reference

TYPES: Mapping[str, str] = {name: type_ for type_, names in FACTS.items() for name in names}
HEADERS = {"x-a": "a", "x-b": "ab", "user-agent": "claude-cli/2.1.330", "x-claude-code-session-id": "main"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policies")
    shutil.copy(Path(__file__).with_name("property_rules.py"), path)
    return path


LARGE: Mapping[str, int] = {
    "ccproxy.compiler.router.FEW_RULES": 0,
    "ccproxy.compiler.router.MAX_CALLS": 1,
}
"""Limits under which a small policy is compiled the way a large one is: rules by an index, chains of lets without recursion."""


def load_large(folder: Path, written: Written) -> ccproxy.Policy:
    with ExitStack() as stack:
        for limit, value in LARGE.items():
            stack.enter_context(patch(limit, value))
        return load(folder, written, slice(0, 0))


def load(folder: Path, written: Written, part: slice) -> ccproxy.Policy:
    """The policy in a file that includes `part` of its statements from another."""
    lines = list(written.lines)
    (folder / "part.ccp").write_text("".join(lines[part]))
    if lines[part]:
        lines[part] = ['include "part.ccp"\n']
    (folder / "policy.ccp").write_text("".join(lines))
    return ccproxy.load(folder / "policy.ccp")


@examples(350)
@given(written=policies(), asked=st.lists(requests(), min_size=2, max_size=4), part=st.builds(slice, st.integers(1, 3), st.integers(1, 6)))
def test_facts_set_outright(folder: Path, written: Written, asked: list[Asked], part: slice) -> None:
    policy = load(folder, written, part)
    judge = reference(written.statements, TYPES)
    for one in asked:
        expected = judge.decide(Request(one.facts, one.headers, one.body, {"asks": "p" in one.body}))
        assert outcome(policy.decide(one.body, headers=one.headers, facts=one.facts)) == expected
        assert told(policy.explain(one.body, headers=one.headers, facts=one.facts)) == expected


@examples(300)
@given(written=policies(), body=bodies(), headers=st.sampled_from([{}, HEADERS]))
def test_real_bodies(folder: Path, written: Written, body: Any, headers: dict[str, str]) -> None:
    policy = load(folder, written, slice(0, 0))
    observed = policy.observe(body, headers=headers)
    facts = {name: observed.read(name) for name in TYPES}
    asks = {"asks": isinstance(body, dict) and "p" in body}
    expected = reference(written.statements, TYPES).decide(Request(facts, headers, body, asks))
    assert outcome(policy.decide(body, headers=headers)) == expected
    assert told(policy.explain(body, headers=headers)) == expected


@examples(260)
@given(written=policies() | keyed_policies() | chained_policies(), asked=st.lists(requests(), min_size=2, max_size=4))
def test_the_ways_of_large_policies(folder: Path, written: Written, asked: list[Asked]) -> None:
    policy = load_large(folder, written)
    judge = reference(written.statements, TYPES)
    for one in asked:
        expected = judge.decide(Request(one.facts, one.headers, one.body, {"asks": "p" in one.body}))
        assert outcome(policy.decide(one.body, headers=one.headers, facts=one.facts)) == expected


def outcome(decision: ccproxy.Decision) -> Outcome:
    number = decision.rule.number if decision.rule else None
    return Outcome(decision.action, decision.label, decision.fallbacks, decision.message, number)


def told(explanation: ccproxy.Explanation) -> Outcome:
    assert str(explanation)
    data = explanation.to_dict()
    return Outcome(data["action"], data["label"], tuple(data["fallbacks"]), data["message"], data["rule"] and data["rule"]["number"])

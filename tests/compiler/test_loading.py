"""What loading does for each rule: so much and no more, however many there are."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

import pytest

import ccproxy
from ccproxy.collecting import few_collections
from ccproxy.language import syntax
from tests.benchmarks.routing_rules import conditions, requests, written

T = TypeVar("T")


def text(rules: int) -> str:
    lines = [f"when {written(condition, 'ccp')} -> l{number}\n" for number, condition in enumerate(conditions("mixed facts", rules))]
    return "".join(lines) + "default -> other\n"


def calls(run: Callable[[], T]) -> tuple[T, Counter[str]]:
    """What a function returns, and how often it calls each function of ours."""
    found: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_globals.get("__name__", "").startswith("ccproxy"):
            found[frame.f_code.co_name] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        made = run()
    finally:
        sys.setprofile(before)
    return made, found


def test_work_grows_with_the_rules_only() -> None:
    ccproxy.loads(text(50))  # what is made once
    few, many = [calls(lambda size=size: ccproxy.loads(text(size)))[1].total() for size in (100, 400)]  # type: ignore[misc]
    assert many / few < 4.4


def test_a_rule_is_looked_through_a_few_times() -> None:
    policy, found = calls(lambda: ccproxy.loads(text(200)))
    nodes = sum(1 for rule in policy.router.rules for _ in syntax.walk(rule.rule))
    assert found["children_of"] < 4 * nodes


def test_what_a_rule_decides_is_made_when_it_does() -> None:
    policy, loading = calls(lambda: ccproxy.loads(text(200)))
    assert loading["by_rule"] == 0
    decisions, deciding = calls(lambda: [policy.decide(body, headers=headers) for body, headers in requests(200)])
    assert 0 < deciding["by_rule"] <= len({decision.label for decision in decisions})


def test_what_is_made_is_not_searched_for_garbage_again_and_again() -> None:
    policy_text, thresholds = text(200), gc.get_threshold()
    gc.set_threshold(50, 2, 2)
    gc.collect()
    gc.freeze()
    gc.collect()
    try:
        before = gc.get_stats()[2]["collections"]
        ccproxy.loads(policy_text)
        # one between reading and compiling, a few before and behind
        assert gc.get_stats()[2]["collections"] - before <= 4
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def test_thresholds_are_as_before() -> None:
    before = gc.get_threshold()
    first, second = few_collections(), few_collections()
    first.__enter__()
    second.__enter__()
    assert gc.get_threshold()[:2] == before[:2]
    assert gc.get_threshold()[2] > 1_000_000
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before
    with pytest.raises(ccproxy.PolicyError):
        ccproxy.loads("when tokens -> a\n")
    assert gc.get_threshold() == before

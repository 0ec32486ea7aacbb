"""The benchmark of decisions: it runs, and all candidates give the same answers (the runs assert it)."""

from __future__ import annotations

from typing import get_args

import pytest

from ccproxy.compiler import router
from tests.benchmarks.decisions import HAND, OBJECTS, OURS, policy_of, report, run
from tests.benchmarks.engines import by_hand
from tests.benchmarks.routing_rules import Kind, conditions, requests


def test_the_candidates_agree() -> None:
    rows = run(sizes=(10, 100), rounds=1)
    assert [(row.kind, row.rules) for row in rows] == [(kind, size) for kind in get_args(Kind) for size in (10, 100)]
    assert all({HAND, OURS, OBJECTS} <= row.in_hand.keys() and {HAND, OURS} == row.end_to_end.keys() for row in rows)
    assert all(seconds > 0 for row in rows for seconds in row.in_hand.values())
    assert "ccproxy / by hand" in report(rows)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_rule_is_tried_however_many_there_are(monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    compiled: list[int] = []
    monkeypatch.setattr(router.Router, "_define_test", lambda self, number, condition: compiled.append(number))
    rules = conditions(kind, 1_000)
    policy, hand = policy_of(rules), by_hand(rules, from_request=True)
    for body, headers in requests(1_000):
        assert policy.decide(body, headers=headers).label == hand(body, headers)
    assert compiled == []

"""The benchmark of decisions: it runs, and all candidates give the same answers (the runs assert it)."""

from __future__ import annotations

from random import Random
from typing import Any, get_args

import pytest

from ccproxy.compiler import router
from tests.benchmarks.by_hand import by_hand
from tests.benchmarks.decisions import CAREFUL, HAND, OBJECTS, OURS, SMALLEST, policy_of, report, run
from tests.benchmarks.routing_rules import Kind, conditions, requests


def test_the_candidates_agree() -> None:
    rows = run(sizes=(10, 100), rounds=1)
    assert [(row.kind, row.rules) for row in rows] == [(kind, size) for kind in get_args(Kind) for size in (10, 100)]
    assert all(
        {HAND, OURS, OBJECTS, SMALLEST} <= row.in_hand.keys() and {HAND, CAREFUL, OURS, SMALLEST} == row.end_to_end.keys() for row in rows
    )
    assert all(seconds > 0 for row in rows for seconds in row.in_hand.values())
    assert "ccproxy / by hand" in report(rows)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_rule_is_tried_however_many_there_are(monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    compiled: list[int] = []
    monkeypatch.setattr(router.Router, "_define_test", lambda self, number, condition: compiled.append(number))
    rules = conditions(kind, 1_000)
    policy, hand = policy_of(rules), by_hand(rules, "trusted requests")
    for body, headers in requests(1_000):
        assert policy.decide(body, headers=headers).label == hand(body, headers)
    assert compiled == []


ODD: tuple[Any, ...] = (
    None,
    True,
    7,
    2.5,
    "high",
    "tool",
    [],
    ["Bash"],
    {},
    {"effort": "low"},
    {"role": "tool"},
    {"function": {"name": "Read"}},
)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_careful_function_decides_as_the_policy_on_any_request(kind: Kind) -> None:
    rules = conditions(kind, 20)
    policy, careful = policy_of(rules), by_hand(rules, "any request")
    source = Random(7)
    found = set()
    for body, headers in requests(20, 600):
        for _ in range(source.randrange(3)):
            _spoil(source, body)
        upper = {name.upper(): value for name, value in headers.items()}
        sent = source.choice([headers, upper, upper | headers])
        label = policy.decide(body, headers=sent).label
        assert careful(body, sent) == label
        found.add(label)
    assert len(found) > 10


def _spoil(source: Random, body: dict[str, Any]) -> None:
    """Makes the request one of Chat, or malformed."""
    key = source.choice([*body, "reasoning_effort", "max_completion_tokens"])
    value = source.choice([*ODD, *body.values()])
    inside = body.get(key)
    match source.randrange(3):
        case 0:
            body[key] = value
        case 1 if isinstance(inside, list) and inside:
            body[key] = [*inside[:-1], value]
        case _ if isinstance(inside, dict) and inside:
            body[key] = dict.fromkeys(inside, value)
        case _:
            body["tools"] = [{"type": "function", "function": tool} for tool in body["tools"]] if isinstance(body["tools"], list) else value

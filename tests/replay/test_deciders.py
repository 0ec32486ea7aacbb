"""What recorded decisions tell of conditions: never more than what was evaluated."""

from __future__ import annotations

from typing import Any

import pytest

import ccproxy
from ccproxy.decision import Decision
from ccproxy.models.label_models import Models
from ccproxy.replay.bill import Bill
from ccproxy.replay.deciders import Deciders
from ccproxy.replay.decision_log import recorded_decision
from ccproxy.replay.recorded import Skipped
from ccproxy.replay.replayed import PolicyTotal, Replay

TEXT = """\
let search = any tools.types matches /search/
when search -> web
when prompt matches /plan/i -> think
when tokens > 100k and not search -> long
default -> default
"""
POLICY = ccproxy.loads(TEXT)


def record(line: int | None, action: str = "route") -> dict[str, Any]:
    """A decision by the rule on a line."""
    return {"policy": POLICY.sha256[:12], "rule": None if line is None else f"policy.ccp:{line}", "action": action}


def holds(text: str, line: int | None, action: str = "route", of: ccproxy.Policy = POLICY) -> dict[int, bool]:
    deciders = Deciders()
    deciders.add(of)
    return dict(deciders.on(ccproxy.loads(text)).holds(record(line, action)))


def test_conditions_before_the_rule_did_not_hold_and_its_own_did() -> None:
    assert holds(TEXT, 2) == {1: True}
    assert holds(TEXT, 3) == {1: False, 2: True}
    assert holds(TEXT, 5) == {1: False, 2: False, 3: False}
    assert holds("when prompt matches /plan/i -> a\nwhen tokens > 5 -> b\ndefault -> c", 3) == {1: True}
    assert holds("when prompt matches /plan/i -> a\ndefault -> c", 5) == {1: False}


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("/search/", "/research/"),
        TEXT.replace("let search = any tools.types", "let search = any tools"),
        'timezone "Europe/Paris"\n' + TEXT,
    ],
)
def test_a_condition_that_means_something_else_is_another(text: str) -> None:
    assert 1 not in holds(text, 5)


def test_what_decided_otherwise_tells_nothing() -> None:
    assert holds(TEXT, 9) == {}
    assert holds(TEXT, None, "reject") == {}  # refused for a predicate that failed
    assert holds(TEXT, 2, of=ccproxy.loads("default -> a")) == {}
    assert dict(Deciders().on(POLICY).holds({"policy": 5, "rule": ["x"], "action": None})) == {}


def test_no_rule_is_that_none_held() -> None:
    implied = ccproxy.loads("when prompt matches /plan/i -> think")
    deciders = Deciders()
    deciders.add(implied)
    told = {"policy": implied.sha256[:12], "rule": None, "action": "route"}
    assert dict(deciders.on(POLICY).holds(told)) == {2: False}


def test_what_is_remembered_may_be_another_after_other_decisions() -> None:
    remembering = 'when session.label == "think" -> think\nwhen prompt matches /plan/i -> think\ndefault -> default'
    assert holds(remembering, 3) == {}
    assert holds(TEXT, 3, of=ccproxy.loads(remembering)) == {}


def test_a_decision_is_made_by_what_is_told() -> None:
    told = holds(TEXT, 5)
    decision = POLICY.decide_known_facts(POLICY.observe_known({}), told)
    assert isinstance(decision, Decision)
    assert decision.label == "default"
    assert [step.holds for step in POLICY.trace_known({}, holds=told)] == [False, False, False, True]
    assert [step.holds for step in POLICY.trace_known({})] == [None, None, None, True]


def test_a_replay_of_records_takes_from_their_decisions_what_no_record_has() -> None:
    bill = Bill(Models.without_config())
    edited = ccproxy.loads("when prompt matches /plan/i -> plan\nwhen tokens > 5 -> more\ndefault -> default", "next.ccp")
    for others, decided in (([], 3), ([edited], 2)):
        replay = Replay(bill, [PolicyTotal(policy, bill) for policy in (POLICY, *others)], Skipped())
        for line, label, tokens in ((2, "web", 9), (3, "think", 9), (5, "default", 9)):
            found = {**record(line), "id": "i", "label": label, "facts": {"tokens": tokens}}
            replay.add(recorded_decision(f"d:{line}", found, None))
        assert {label: total.requests for label, total in replay.policies[0].labels.items()} == {"web": 1, "think": 1, "default": 1}
        assert replay.policies[-1].decided == decided
    assert {label: total.requests for label, total in replay.policies[-1].labels.items()} == {"plan": 1, "more": 1}
    assert replay.policies[-1].undecided_by == {"prompt": 1}

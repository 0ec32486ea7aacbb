"""The last requests decided by another policy: who moves, who is undecided, for how much."""

from __future__ import annotations

import json
from decimal import Decimal
from threading import Event
from typing import Any

import pytest

import ccproxy
from ccproxy.live.what_if import Trial, tried
from ccproxy.live.window import Seen, Window
from ccproxy.models.label_models import Models
from ccproxy.replay.bill import Bill
from ccproxy.replay.deciders import Deciders

from .records import answer, decision

OLD = ccproxy.loads('when tokens > 100k -> long\nwhen effort == "high" -> think\ndefault -> default')
BILL = Bill(Models.without_config())
ZERO = Decimal(0)
DECIDERS = Deciders()
DECIDERS.add(OLD)


def requests(*facts: dict[str, Any], answered: bool = True) -> list[Seen]:
    window = Window()
    for number, one in enumerate(facts):
        record = decision(number, OLD, one)
        window.add(map(json.loads, [record.line(), answer(record).line()] if answered else [record.line()]))
    return list(window)


def trial(text: str, seen: list[Seen]) -> Trial:
    found = tried(ccproxy.loads(text), seen, BILL, DECIDERS, Event())
    assert found is not None
    return found


def moves(found: Trial) -> dict[tuple[str, str], int]:
    return {names: len(move.requests) for names, move in found.moves.items()}


def test_the_same_policy_moves_nothing() -> None:
    seen = requests({"tokens": 5, "effort": None}, {"tokens": 200_000}, {"tokens": 7, "effort": "high"})
    found = trial('when tokens > 100k -> long\nwhen effort == "high" -> think\ndefault -> default', seen)
    assert (found.requests, found.moved, found.undecided, found.dollars) == (3, 0, [], found.paid)
    assert found.rules == {"policy.ccp:1": 1, "policy.ccp:2": 1, "policy.ccp:3": 1}


def test_moves_are_told_from_where_to_where() -> None:
    seen = requests({"tokens": 60_000, "effort": None}, {"tokens": 200_000}, {"tokens": 70_000, "effort": None})
    found = trial("when tokens > 50k -> claude-haiku-4-5\ndefault -> default", seen)
    assert moves(found) == {("default", "claude-haiku-4-5"): 2, ("long", "claude-haiku-4-5"): 1}
    assert found.unpriced == 0
    assert found.dollars != found.paid
    assert sum(move.dollars for move in found.moves.values()) == found.dollars - found.paid


def test_what_was_not_recorded_is_undecided() -> None:
    seen = requests({"tokens": 200_000}, {"tokens": 5, "effort": None})
    found = trial('when effort == "low" -> cheap\ndefault -> default', seen)
    assert [one.id for one in found.undecided] == [seen[0].id]
    assert found.causes == {"effort": 1}
    assert moves(found) == {}


def test_what_the_decision_itself_tells_is_known() -> None:
    (seen,) = requests({"tokens": 5, "effort": None})
    seen.request.known.pop("effort")  # type: ignore[attr-defined]
    lower = 'when tokens > 3 and tokens > 4 -> small\nwhen effort == "high" -> think\ndefault -> default'
    assert moves(trial(lower, [seen])) == {("default", "small"): 1}
    assert moves(trial('when effort == "high" -> think\ndefault -> elsewhere', [seen])) == {("default", "elsewhere"): 1}
    assert trial('when effort == "low" -> think\ndefault -> elsewhere', [seen]).causes == {"effort": 1}


def test_a_label_without_a_price_is_left_out_of_both_sums() -> None:
    found = trial("default -> nobody-knows-this", requests({"tokens": 5, "effort": None}))
    (move,) = found.moves.values()
    assert (found.unpriced, move.unpriced, found.paid, found.dollars, move.dollars) == (1, 1, ZERO, ZERO, ZERO)


@pytest.mark.parametrize("answered", [True, False])
def test_keep_moves_to_the_model_that_was_asked_for(answered: bool) -> None:
    seen = requests({"tokens": 5, "effort": None}, answered=answered)
    found = trial("default -> keep", seen)
    assert moves(found) == {("default", "claude-opus-5-5"): 1}
    assert (found.unpriced, found.paid, found.dollars) == (1, ZERO, ZERO)


def test_a_refusal_costs_nothing() -> None:
    found = trial('default -> reject "no"', requests({"tokens": 5, "effort": None}))
    assert moves(found) == {("default", "(no model)"): 1}
    assert found.dollars == 0


def test_a_record_that_lies_about_a_fact_is_counted() -> None:
    seen = requests({"tokens": 5, "effort": None})
    seen[0].request.known["tokens"] = "many"  # type: ignore[index]
    found = trial("when tokens > 5 -> a\ndefault -> b", seen)
    assert (found.unreadable, found.requests) == (1, 0)


def test_it_ends_when_nobody_wants_to_know() -> None:
    cancelled = Event()
    cancelled.set()
    assert tried(OLD, requests({"tokens": 5, "effort": None}), BILL, DECIDERS, cancelled) is None

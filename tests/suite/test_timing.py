"""What is measured of decisions, by a clock that counts how often it was asked: a thing that is timed takes one second."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import ccproxy
from ccproxy.compiler.router import FEW_RULES
from ccproxy.facts import Request, TokenCounter
from ccproxy.suite.timing import Move, RequestCost, best_move, by_rule, cost_of, typical

POLICY = """
when prompt contains "quarterly report" and not stream -> think
when stream and model == "opus" -> opus
when model == "haiku" -> background
default -> default
"""


def clock() -> Any:
    return count().__next__


def measured(text: str, *bodies: dict[str, Any]) -> tuple[ccproxy.Policy, list[RequestCost]]:
    policy = ccproxy.loads(text)
    return policy, [cost_of(policy, str(n), Request(body), fresh=TokenCounter, clock=clock()) for n, body in enumerate(bodies)]


def moved(text: str, *bodies: dict[str, Any]) -> Move | None:
    policy, costs = measured(text, *bodies)
    return best_move(policy, costs, clock())


def test_the_rules_that_were_asked_and_what_they_read_first() -> None:
    _, [cost] = measured(POLICY, {"model": "haiku"})
    assert [(one.rule.number, one.holds, one.reads) for one in cost.asked] == [
        (1, False, ("stream", "prompt")),
        (2, False, ()),
        (3, True, ("model",)),
    ]
    assert cost.decision.label == "background"
    assert [one.seconds for one in cost.asked] == [1, 1, 1]
    assert (cost.seconds, cost.first_seconds, cost.count) == (1, 1, None)


def test_readers_and_predicates_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "timed_rules.py").write_text("def refuses(request):\n    return False\n")
    (tmp_path / "policy.ccp").write_text("""
predicate refuses = "timed_rules.refuses"
let tier = header("x-tier") == "gold"
when tier and has body("a.b") -> gold
when header("x-tier") == "tin" or refuses -> tin
when fits("gold") and stream -> fits
default -> default
""")
    policy = ccproxy.load(tmp_path / "policy.ccp")
    cost = cost_of(policy, "", Request({}), fresh=TokenCounter, clock=clock())
    assert [sorted(one.reads) for one in cost.asked] == [['body("a.b")', 'header("x-tier")'], ["refuses"], ["stream"]]


def test_rules_that_are_found_by_an_index_stay_where_they_are() -> None:
    more = "\n".join(f'when model == "m{number}" -> a' for number in range(FEW_RULES))
    assert moved(POLICY.replace("default ->", f"{more}\ndefault ->"), {"model": "opus", "stream": True}) is None


def test_rules_over_all_requests_the_dearest_first() -> None:
    _, costs = measured(POLICY, {"model": "haiku"}, {"model": "opus", "stream": True}, {"model": "other"})
    assert [(one.rule.number, one.asked, one.held, one.total) for one in by_rule(costs)] == [(1, 3, 0, 3), (2, 3, 1, 3), (3, 2, 1, 2)]


def test_tokens_are_counted_where_a_rule_asks_and_nobody_set_them() -> None:
    text = "when tokens > 5 -> long\ndefault -> short"
    policy, [cost] = measured(text, {"messages": [{"role": "user", "content": "one two three four five six seven"}]})
    assert cost.count == (policy.observe(cost.request).tokens, 1)
    assert cost.asked[0].reads == ("tokens",)
    told = cost_of(policy, "told", Request({}, facts={"tokens": 9}), fresh=TokenCounter, clock=clock())
    assert (told.count, told.decision.label) == (None, "long")


def test_a_rule_goes_behind_one_whose_requests_it_never_takes() -> None:
    move = moved(POLICY, {"model": "opus", "stream": True})
    assert move is not None
    assert (move.cost.rule.number, move.behind.number, move.before, move.after) == (1, 2, 2, 1)


def test_no_move_that_may_change_a_decision() -> None:
    overlapping = POLICY.replace(" and not stream", "")
    assert moved(overlapping, {"model": "opus", "stream": True}) is None


def test_no_move_that_saves_these_requests_nothing() -> None:
    assert moved(POLICY, {"model": "other", "stream": True}) is None
    assert moved("default -> one", {"model": "any"}) is None


def test_what_takes_long_is_measured_a_few_times() -> None:
    slow = iter(range(0, 10_000, 100)).__next__
    assert typical(lambda: "done", slow, 50) == (100, "done")
    assert slow() == 100 * (1 + 2 * 3)
    quick = clock()
    typical(lambda: None, quick, 1_000)
    assert quick() == 1 + 2 * 31

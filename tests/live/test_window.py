"""What is held of records, and its sums."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import ccproxy
from ccproxy.live.figures import MOST_BARS, MOST_SERIES, OTHERS, bars_of, figures_of
from ccproxy.live.window import Window

from .records import START, answer, decision

POLICY = ccproxy.loads('when tokens > 100k -> long\nwhen effort == "high" -> think\ndefault -> default')


def window(lines: Iterable[bytes], most: int = 100) -> Window:
    found = Window(most)
    found.add(map(json.loads, lines))
    return found


def ten() -> list[bytes]:
    """Ten requests of one conversation, a second apart: every third is long, the fourth failed, the fifth read nothing."""
    lines = []
    for number in range(10):
        record = decision(number, POLICY, {"tokens": 200_000 if number % 3 == 2 else 10, "effort": None}, conversation="c")
        read, written = (0, 12_000) if number == 5 else (2000 * number, 2000)
        lines += [record.line(), answer(record, status=429 if number == 4 else 200, read=read, written=written).line()]
    return lines


def test_it_holds_the_newest_and_no_more() -> None:
    found = window(ten(), most=4)
    assert [seen.id[-1] for seen in found.newest(10)] == ["9", "8", "7", "6"]
    assert found.get(f"{3:032x}") is None
    found.add([{"answer": f"{3:032x}", "status": 200}])  # of one that is gone
    assert len(found) == 4


def test_a_request_has_its_decision_and_its_answer() -> None:
    lines = ten()
    (before,) = window(lines[:1])
    assert (before.label, before.rule, before.status, before.milliseconds) == ("default", "policy.ccp:3", None, None)
    after = window(lines).newest(1)[0]
    assert (after.status, after.milliseconds, after.dollars, after.decided_in) == (200, 1500.0, 0.01, 0.2)
    assert after.paid is not None
    assert after.paid.read == 18_000


def test_a_cache_that_was_broken_is_told() -> None:
    assert [seen.broke for seen in window(ten())] == [number == 5 for number in range(10)]


def test_the_sums() -> None:
    figures = figures_of(window(ten()), START + timedelta(seconds=30))
    assert {label: total.requests for label, total in figures.labels.items()} == {"default": 7, "long": 3}
    assert (figures.requests, figures.failures, figures.breaks, round(figures.dollars, 6)) == (10, 1, 1, 0.1)
    assert figures.rate == 10 / 60
    assert figures_of(window(ten()), START + timedelta(seconds=64)).rate == 5 / 60


def test_the_quota_of_a_label_is_the_last_one_told() -> None:
    record: dict[str, Any] = json.loads(ten()[0])
    lines = [{**record, "id": str(number), "facts": {'quota("think")': number}} for number in (40, 60)]
    found = Window()
    found.add(lines)
    assert figures_of(found, START).labels["think"].quota == 60


def test_hostile_records_are_held_or_passed_over() -> None:
    record = json.loads(ten()[0])
    strange: list[dict[str, Any]] = [
        {},
        {"id": 1, "facts": {}, "action": "route"},
        {"id": "a", "facts": [], "action": "route"},
        {"answer": ["b"]},
        {**record, "time": 12, "label": ["x"], "rule": {}, "ms": "NaN", "model": {"a": 1}, "conversation": 7},
        {"answer": record["id"], "status": "200", "tokens": [1], "dollars": "x", "served": 3, "ms": True},
    ]
    found = Window()
    found.add(strange)
    (seen,) = found
    assert (seen.label, seen.rule) == ("(no model)", "(no rule)")
    assert (seen.time, seen.status, seen.dollars, seen.failed) == (None, None, None, False)
    assert found.ignored == 4
    assert figures_of(found, START).requests == 1
    assert bars_of(found, lambda one: one.label, lambda one: 1).series == {}


def test_bars_are_few_and_add_up() -> None:
    lines = []
    for number in range(200):
        record = decision(number, POLICY, {"tokens": 10, "effort": "high"}, time=START + timedelta(seconds=number * 37))
        lines.append(record.line())
    found = window(lines, most=1000)
    bars = bars_of(found, lambda one: str(int(one.id, 16) % 10), lambda one: 1)
    assert len(bars.starts) <= MOST_BARS
    assert len(bars.series) == MOST_SERIES + 1
    assert list(bars.series)[-1] == OTHERS
    assert sum(map(sum, bars.series.values())) == 200
    assert bars.starts[0] <= START

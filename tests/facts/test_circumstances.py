"""Facts of the virtual key and the time."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ccproxy.facts import observe

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "zone", "time", "weekday"),
    [
        (datetime(2026, 11, 22, 22, 10, 59, tzinfo=UTC), BERLIN, 23 * 60 + 10, 6),
        (datetime(2026, 11, 22, 23, 10, tzinfo=UTC), BERLIN, 10, 0),
        (datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=-5))), BERLIN, 19 * 60, 2),
        (datetime(2026, 11, 22, 23, 10), BERLIN, 23 * 60 + 10, 6),
        (datetime(2026, 11, 22, 23, 10, tzinfo=UTC), UTC, 23 * 60 + 10, 6),
        (datetime(9999, 12, 31, 23, 30, tzinfo=UTC), BERLIN, None, None),
        (None, BERLIN, None, None),
        ("2026-11-22T23:10", BERLIN, None, None),
    ],
)
def test_time(at: Any, zone: tzinfo, time: int | None, weekday: int | None) -> None:
    facts = observe({}, at=at, zone=zone)
    assert (facts.time, facts.weekday) == (time, weekday)


def test_key() -> None:
    facts = observe(
        {},
        key={"alias": "ci", "team": "research", "user": "u", "org": "o", "tags": ["a", 1, "b"], "spend": 12.5, "budget": 100, "more": 1},
    )
    assert (facts.key_alias, facts.key_team, facts.key_user, facts.key_org) == ("ci", "research", "u", "o")
    assert facts.key_tags == ("a", "b")
    assert (facts.key_spend, facts.key_budget) == (Fraction(25, 2), 100)
    assert facts.key_budget_used == Fraction(25, 2)


@pytest.mark.parametrize(
    ("key", "used"),
    [
        ({"spend": 50, "budget": 100}, 50),
        ({"spend": 0.1, "budget": 0.3}, Fraction(100, 3)),
        ({"spend": 0, "budget": 5}, 0),
        ({"spend": 5, "budget": 0}, None),
        ({"spend": 5, "budget": None}, None),
        ({"spend": None, "budget": 5}, None),
        ({"spend": "5", "budget": 5}, None),
        (None, None),
        ([], None),
    ],
)
def test_budget_used(key: Any, used: Any) -> None:
    assert observe({}, key=key).key_budget_used == used

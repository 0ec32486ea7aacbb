"""What is remembered of a conversation, as its answers change it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ccproxy.facts.recollection import MOST_ORIGINS, Row, answered, facts_of, origins_of, spent


def test_origins_are_those_of_the_history_as_it_is() -> None:
    row: Row = {"label": "a"}
    for origin in ((1, "anthropic"), (3, "openai"), (5, "anthropic"), (3, "others")):  # the last one went back to an earlier message
        row = answered(row, None, {}, 0.0, origin)
    assert answered(row, None, {}, 0.0) == row
    assert origins_of(row) == [(1, "anthropic"), (3, "others")]
    assert origins_of(None) == origins_of({}) == []


def test_origins_are_bounded() -> None:
    row: Row = {}
    for count in range(1, 201, 2):
        row = answered(row, None, {}, 0.0, (count, "openai"))
    assert origins_of(row) == [(count, "openai") for count in range(1, 201, 2)][-MOST_ORIGINS:]


def test_dollars_are_told_to_the_billionth() -> None:
    assert spent(0.1 + 0.2) == Fraction(3, 10)
    assert spent(1e-9) == Fraction(1, 10**9)
    assert spent(1e-10) == 0
    assert spent(2.0) == 2


@pytest.mark.parametrize(
    ("row", "facts"),
    [
        ({}, {}),
        ({"label": "", "began": None, "cache": None}, {}),
        ({"label": "a"}, {"session.label": "a"}),
        ({"began": 1_000}, {"session.idle": 0}),
        ({"began": 1_001}, {"session.idle": 0}),
        ({"began": 994.1}, {"session.idle": 0}),
        ({"began": 994}, {"session.idle": Fraction(1, 10)}),
        ({"began": 940}, {"session.idle": 1}),
        ({"cache": {"tokens": 7, "life": 300, "until": 1_000.5}}, {"cache.tokens": 7}),
        ({"cache": {"tokens": 7, "life": 300, "until": 1_000}}, {"cache.tokens": 0}),
    ],
)
def test_facts_at_a_time(row: Row, facts: dict[str, object]) -> None:
    assert facts_of(row, 1_000) == facts


@pytest.mark.parametrize(
    ("usage", "before", "cached"),
    [
        ({"input": 9}, None, None),
        ({"cache_read": 0, "cache_write_5m": 0}, {"tokens": 5, "life": 300, "until": 400.0}, {"tokens": 5, "life": 300, "until": 400.0}),
        ({"cache_write_5m": 4}, None, {"tokens": 4, "life": 300, "until": 1_300.0}),
        ({"cache_write_1h": 4}, None, {"tokens": 4, "life": 3_600, "until": 4_600.0}),
        ({"cache_write_1h": 4, "cache_write_5m": 2, "cache_read": 1}, None, {"tokens": 7, "life": 300, "until": 1_300.0}),
        ({"cache_read": 6}, None, {"tokens": 6, "life": 300, "until": 1_300.0}),
        ({"cache_read": 6}, {"tokens": 5, "life": 3_600, "until": 1.0}, {"tokens": 6, "life": 3_600, "until": 4_600.0}),
        ({"cache_read": 6}, {"tokens": 5}, {"tokens": 6, "life": 300, "until": 1_300.0}),
        ({"cache_read": 6, "cache_write_5m": 1}, {"tokens": 5, "life": 3_600}, {"tokens": 7, "life": 300, "until": 1_300.0}),
    ],
)
def test_what_is_cached_is_what_the_provider_says(usage: dict[str, int], before: Row | None, cached: Row | None) -> None:
    row: Row = {} if before is None else {"cache": before}
    assert answered(row, None, usage, 1_000.0).get("cache") == cached

"""What is remembered of a conversation, as its answers change it."""

from __future__ import annotations

from fractions import Fraction

from ccproxy.facts.recollection import MOST_ORIGINS, Row, answered, origins_of, spent


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

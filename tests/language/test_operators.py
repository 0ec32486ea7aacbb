"""What operators and ranges mean: the shared meaning, and the compiled policy that has forms of its own for some of them."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

import ccproxy
from ccproxy.language import syntax
from ccproxy.language.literals import WEEKDAYS, write_text, write_time
from ccproxy.language.operators import DAYS, MINUTES, MIRRORED, Relational, in_times, in_weekdays, meaning, positive, some_element

TEXTS = ("", "a", "ab", "ba", "aba")
NUMBERS = (0, 1, 2)
OF_TEXTS = [operator for operator in get_args(syntax.Infix) if operator not in ("in", "not in", "matches")]


def holds(condition: str, **facts: object) -> bool:
    policy = ccproxy.loads(f"when {condition} -> yes\ndefault -> no")
    return policy.decide({}, facts=facts).label == "yes"


@pytest.mark.parametrize("relation", get_args(syntax.Relation))
def test_relations_of_numbers(relation: syntax.Relation) -> None:
    found, denied = positive(relation)
    for left, right in product(NUMBERS, NUMBERS):
        expected = meaning(found)(left, right) is not denied
        assert holds(f"max_tokens {relation} {right}", max_tokens=left) is expected
        assert holds(f"max_tokens {relation} images", max_tokens=left, images=right) is expected
        assert holds(f"{left} {relation} max_tokens", max_tokens=right) is expected


@pytest.mark.parametrize(("relation", "mirrored"), [*MIRRORED.items()])
def test_mirrored_relations(relation: Relational, mirrored: Relational) -> None:
    for left, right in product(NUMBERS, NUMBERS):
        assert meaning(relation)(left, right) is meaning(mirrored)(right, left)


@pytest.mark.parametrize("operator", OF_TEXTS)
def test_operators_of_texts(operator: syntax.Infix) -> None:
    found, denied = positive(operator)
    for left, right in product(TEXTS, TEXTS):
        expected = meaning(found)(left, right) is not denied
        assert holds(f"effort {operator} {write_text(right)}", effort=left) is expected
        assert holds(f"effort {operator} speed", effort=left, speed=right) is expected


@pytest.mark.parametrize(("quantifier", "operator"), [*product(get_args(syntax.Quantifier), OF_TEXTS)])
def test_quantified_operators(quantifier: syntax.Quantifier, operator: syntax.Infix) -> None:
    found, fails, none = some_element(quantifier, operator)
    for elements, right in product([(), ("a",), ("a", "ba"), ("ba", "ab")], TEXTS):
        some = any(meaning(found)(element, right) is not fails for element in elements)
        assert holds(f"{quantifier} tools {operator} {write_text(right)}", tools=list(elements)) is (some is not none)
        assert holds(f"{quantifier} tools {operator} effort", tools=list(elements), effort=right) is (some is not none)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (60, 120), (1320, 360), (0, 1440), (720, 720)])
def test_ranges_of_times(low: int, high: int) -> None:
    policy = ccproxy.loads(f"when time in {write_time(low)}..{write_time(high)} -> yes\ndefault -> no")
    for time in range(0, MINUTES, 30):
        within = any(minute % MINUTES == time for minute in range(low, high if low <= high else high + MINUTES))
        assert in_times(time, low, high) is within
        assert (policy.decide({}, facts={"time": write_time(time)}).label == "yes") is within


@pytest.mark.parametrize(("first", "last"), [*product(range(DAYS), range(DAYS))])
def test_ranges_of_weekdays(first: int, last: int) -> None:
    policy = ccproxy.loads(f"when weekday in {WEEKDAYS[first]}..{WEEKDAYS[last]} -> yes\ndefault -> no")
    named = {day % DAYS for day in range(first, (last if first <= last else last + DAYS) + 1)}
    assert {day for day in range(DAYS) if in_weekdays(day, first, last)} == named
    assert {day for day in range(DAYS) if policy.decide({}, facts={"weekday": WEEKDAYS[day]}).label == "yes"} == named

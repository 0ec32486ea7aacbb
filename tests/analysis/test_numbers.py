"""Intervals and inequalities, against trying numbers."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from ccproxy.analysis.findings import analyse
from ccproxy.analysis.formulas.atoms import Compare, Quantity
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.space.inequalities import Inequality, solve
from ccproxy.analysis.space.intervals import Interval, Intervals
from ccproxy.analysis.space.numbers import Numbers
from ccproxy.analysis.space.solver import Box, Domain
from ccproxy.analysis.space.variables import Preference
from ccproxy.checks import check
from ccproxy.facts.values import Value
from ccproxy.language.literals import exact
from ccproxy.language.loader import load_file
from ccproxy.language.operators import Relational
from tests.analysis.samples import scaled

STARTER = Path(__file__).parents[2] / "policies/claude-code.ccp"
_RELATIONS: tuple[Relational, ...] = get_args(Relational)
_GRID = [exact(Fraction(number, 4)) for number in range(-4, 40)]


def _holds(value: int | Fraction, test: Compare) -> bool:
    bound = test.bound
    return {"==": value == bound, "<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound}[test.relation]


def test_intervals_tell_apart_just_what_the_tests_do() -> None:
    random = Random(5)
    for _ in range(scaled(500, 5_000)):
        whole = random.random() < 0.5
        low = 0 if whole else random.choice((None, 0))
        tests = [Compare(random.choice(_RELATIONS), exact(Fraction(random.randint(-2, 20), random.choice((1, 2, 4))))) for _ in range(4)]
        intervals = Intervals(tests, whole, low)
        for value in _GRID:
            if (whole and Fraction(value).denominator != 1) or (low is not None and value < low):
                continue
            index = intervals.index(value)
            assert index is not None
            assert [interval.contains(value) for interval in intervals.items].count(True) == 1
            for test in tests:
                assert bool(intervals.mask(test) >> index & 1) == _holds(value, test), (tests, value)
        for interval in intervals.items:
            for high in (False, True):
                picked = interval.pick(whole, high)
                assert picked is not None
                assert interval.contains(picked)


def test_intervals_of_whole_numbers_are_counted() -> None:
    assert Interval(Fraction(1, 2), 3).whole_count() == 3
    assert Interval(1, 3, True, True).whole_count() == 1
    assert Interval(Fraction(1, 4), Fraction(3, 4)).whole_count() == 0
    assert Interval(None, 3).whole_count() is None


def test_inequalities_have_a_solution_or_none() -> None:
    random = Random(6)
    solved = impossible = 0
    for _ in range(scaled(800, 8_000)):
        system = [
            Inequality({name: random.randint(-3, 3) for name in range(3)}, random.randint(-6, 6), random.random() < 0.4) for _ in range(4)
        ]
        system += [Inequality({name: 1}, 0) for name in range(3)] + [Inequality({name: -1}, 6) for name in range(3)]
        try:
            values = solve(system, dict.fromkeys(range(3), True), frozenset(), Fuel())
        except OutOfFuelError:
            continue
        if values is None:
            impossible += 1
            points = [dict(enumerate(point)) for point in product(range(7), repeat=3)]
            assert not any(all(_satisfied(item, point) for item in system) for point in points)
        else:
            solved += 1
            assert all(_satisfied(item, values) for item in system)
            assert all(isinstance(value, int) for value in values.values())
    assert min(solved, impossible) > 100


def _satisfied(item: Inequality, values: dict[int, int | Fraction] | dict[int, int]) -> bool:
    total = sum(coefficient * values[name] for name, coefficient in item.coefficients.items()) + item.constant
    return total > 0 if item.strict else total >= 0


def test_numbers_are_chosen_once_for_the_same_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Counter[tuple[object, ...]]()
    choose = Numbers._choose_group

    def counting(numbers: Numbers, group: list[Quantity], domain: Domain, preference: Preference) -> Box | dict[Quantity, Value]:
        chosen[id(numbers), tuple(group), tuple(domain[numbers.numbers[one].variable] for one in group), preference.high] += 1
        return choose(numbers, group, domain, preference)

    monkeypatch.setattr(Numbers, "_choose_group", counting)
    diagnostics, checked = check(load_file(STARTER))
    assert checked is not None
    assert analyse(checked) == diagnostics == []
    assert len(chosen) > 5
    assert set(chosen.values()) == {1}

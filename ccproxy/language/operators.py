"""What the operators and ranges of the language mean, on values that are there: the one meaning that the compiler and the analysis share.

A negation (`!=`, `not in`) is exactly `not` of its positive operator, and so has no meaning of its own here. What a missing value does is
for the reader to add: every positive operator is false of one.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ccproxy.language.syntax import Infix, Quantifier, Relation

Relational = Literal["==", "<", "<=", ">", ">="]
Positive = Relational | Literal["in", "matches", "contains", "starts with", "ends with"]

MIRRORED: Mapping[Relational, Relational] = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""`b MIRRORED[r] a` holds where `a r b` does."""

IN_NUMBERS: tuple[Relational, Relational] = ("<=", "<")
"""`x in a..b` for numbers: `a <= x < b`."""

MINUTES = 24 * 60
"""Times are minutes of the day, from 0."""
DAYS = 7
"""Weekdays are numbers from 0, Monday."""


def positive(operator: Relation | Infix) -> tuple[Positive, bool]:
    """The positive operator, and whether it is to be denied."""
    match operator:
        case "!=":
            return "==", True
        case "not in":
            return "in", True
        case _:
            return operator, False


def some_element(quantifier: Quantifier, operator: Infix) -> tuple[Positive, bool, bool]:
    """A quantified operator as one about some element: the positive operator, whether the element is to fail it, whether there is none.

    `any` is that some element satisfies the operator, `none` that none does, `all` that none fails it.
    """
    found, fails = positive(operator)
    return found, fails != (quantifier == "all"), quantifier != "any"


def meaning(operator: Positive) -> Callable[[Any, Any], bool]:
    """Whether `left operator right` holds of two values. Right of `in` stands a collection, right of `matches` a matcher."""
    match operator:
        case "==":
            return python.eq
        case "<":
            return python.lt
        case "<=":
            return python.le
        case ">":
            return python.gt
        case ">=":
            return python.ge
        case "in":
            return _is_in
        case "matches":
            return _matches
        case "contains":
            return python.contains
        case "starts with":
            return str.startswith
        case "ends with":
            return str.endswith


def _is_in(value: Any, values: Any) -> bool:
    return value in values


def _matches(text: str, matcher: Callable[[str], bool]) -> bool:
    return matcher(text)


def in_times(time: int, low: int, high: int) -> bool:
    """`time in low..high`, `high` excluded; past midnight where `low` is after `high`, empty where they are equal."""
    return low <= time < high if low <= high else time >= low or time < high


def in_weekdays(day: int, first: int, last: int) -> bool:
    """`day in first..last`, both included; over Sunday where `first` is after `last`."""
    return (day - first) % DAYS <= (last - first) % DAYS

"""What the operators and ranges of the language mean for values that are present; the compiler and the analysis share this definition.

A negation (`!=`, `not in`) is exactly `not` of its positive operator, and so needs no definition here. Missing values are left to the
caller: every positive operator is false for one.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # facts need no syntax, and making its classes takes as long as reading a request
    from ccproxy.language.syntax import Infix, Quantifier, Relation

Relational = Literal["==", "<", "<=", ">", ">="]
Positive = Relational | Literal["in", "matches", "contains", "starts with", "ends with"]

MIRRORED: Mapping[Relational, Relational] = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""`b MIRRORED[r] a` holds exactly if `a r b` does."""

IN_NUMBERS: tuple[Relational, Relational] = ("<=", "<")
"""`x in a..b` for numbers: `a <= x < b`."""

MINUTES = 24 * 60
"""Times are minutes since midnight."""
DAYS = 7
"""Weekdays are numbers; Monday is 0."""


def positive(operator: Relation | Infix) -> tuple[Positive, bool]:
    """The positive form of an operator, and whether it is negated."""
    match operator:
        case "!=":
            return "==", True
        case "not in":
            return "in", True
        case _:
            return operator, False


def some_element(quantifier: Quantifier, operator: Infix) -> tuple[Positive, bool, bool]:
    """A quantified operator in terms of "some element": the positive operator, whether the element fails it, whether the whole is negated.

    `any`: some element satisfies the operator; `none`: no element does; `all`: no element fails it.
    """
    found, fails = positive(operator)
    return found, fails != (quantifier == "all"), quantifier != "any"


def meaning(operator: Positive) -> Callable[[Any, Any], bool]:
    """Whether `left operator right` holds for two values; `right` is a collection for `in`, a matcher for `matches`."""
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
    """`time in low..high`, `high` excluded; wraps around midnight if `low` is after `high`, empty if they are equal."""
    return low <= time < high if low <= high else time >= low or time < high


def in_weekdays(day: int, first: int, last: int) -> bool:
    """`day in first..last`, both included; wraps around Sunday if `first` is after `last`."""
    return (day - first) % DAYS <= (last - first) % DAYS

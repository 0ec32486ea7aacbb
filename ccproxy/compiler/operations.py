"""What compiled conditions call: operations on values that may be missing (None)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ccproxy.language.syntax import Infix, Relation

Texts = tuple[str, ...]

ELEMENT: Mapping[Infix, Callable[[str, Any], bool]] = {
    "==": lambda element, value: bool(element == value),
    "!=": lambda element, value: bool(element != value),
    "in": lambda element, values: values is not None and element in values,
    "not in": lambda element, values: values is None or element not in values,
    "matches": lambda element, matcher: matcher(element),
    "contains": lambda element, value: value is not None and value in element,
    "starts with": lambda element, value: value is not None and element.startswith(value),
    "ends with": lambda element, value: value is not None and element.endswith(value),
}
"""Whether one element of a list satisfies an operator; a missing right side satisfies only the negations."""


def any_of(values: Iterable[str] | None, holds: Callable[[str, Any], bool], right: object) -> bool:
    """`any L OP right`; false for a missing list."""
    return values is not None and any(holds(value, right) for value in values)


def all_of(values: Iterable[str] | None, holds: Callable[[str, Any], bool], right: object) -> bool:
    """`all L OP right`; true for a missing list."""
    return values is None or all(holds(value, right) for value in values)


def none_of(values: Iterable[str] | None, holds: Callable[[str, Any], bool], right: object) -> bool:
    """`none L OP right`; true for a missing list."""
    return values is None or not any(holds(value, right) for value in values)


QUANTIFIERS = {"any": any_of, "all": all_of, "none": none_of}


def compare(relation: Relation, left: Any, right: Any) -> bool:
    """`left relation right` for two values of one type; `!=` is exactly `not ==`, and every other is false where one is missing."""
    if left is None or right is None:
        return relation == "!="
    match relation:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)


def contains(left: str | None, right: str | None) -> bool:
    """`left contains right`."""
    return left is not None and right is not None and right in left


def starts_with(left: str | None, right: str | None) -> bool:
    """`left starts with right`."""
    return left is not None and right is not None and left.startswith(right)


def ends_with(left: str | None, right: str | None) -> bool:
    """`left ends with right`."""
    return left is not None and right is not None and left.endswith(right)


TEXT = {"contains": contains, "starts with": starts_with, "ends with": ends_with}


def is_in(value: str | None, values: Collection[str] | None) -> bool:
    """`value in values` for a list that may be missing."""
    return value is not None and values is not None and value in values


def in_times(value: int | None, low: int | None, high: int | None) -> bool:
    """`value in low..high` for minutes of the day; past midnight where `low` is after `high`, empty where they are equal."""
    if value is None or low is None or high is None:
        return False
    return low <= value < high if low <= high else value >= low or value < high


def in_weekdays(value: int | None, first: int | None, last: int | None) -> bool:
    """`value in first..last` for weekdays, both ends included; over Sunday where `first` is after `last`."""
    if value is None or first is None or last is None:
        return False
    return (value - first) % 7 <= (last - first) % 7


def add(values: tuple[Any, ...], signs: str) -> Any:
    """The sum, each value with its sign; None where one is missing."""
    total: Any = 0
    for value, sign in zip(values, signs, strict=True):
        if value is None:
            return None
        total = total + value if sign == "+" else total - value
    return total


def multiply(values: tuple[Any, ...]) -> Any:
    """The product; None where one is missing."""
    total: Any = 1
    for value in values:
        if value is None:
            return None
        total *= value
    return total

"""Values of facts, and JSON values read as them.

A JSON value of the wrong type is no value: every function here answers None for one and never raises.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

from ccproxy.language.paths import EACH, LAST

Value = int | Fraction | str | bool | tuple[str, ...] | None
"""What a fact holds: a number (exact), text, a bool, a list of text, a time (minutes since midnight) or a weekday (0 is Monday).
None: the request does not have it."""

Json = Any
"""A JSON value as `json.loads` gives it. Nothing about it is taken for granted."""


def number(value: Json) -> int | Fraction | None:
    """A JSON number, exact: a float means its shortest decimal text. Booleans, NaN and infinities are no numbers."""
    kind = type(value)
    if kind is int:
        return value  # type: ignore[no-any-return]
    if kind is float and isfinite(value):
        exact = Fraction(Decimal(repr(value)))
        return exact.numerator if exact.denominator == 1 else exact
    return None


def text(value: Json) -> str | None:
    """A JSON string."""
    return value if isinstance(value, str) else None


def boolean(value: Json) -> bool | None:
    """`true` or `false`."""
    return value if isinstance(value, bool) else None


def texts(value: Json) -> tuple[str, ...] | None:
    """The strings of a JSON array; its other elements are dropped."""
    return tuple([item for item in value if isinstance(item, str)]) if isinstance(value, list) else None


def member(value: Json, *keys: str) -> Json:
    """The value at a path of keys through objects; None where one of them is no object or lacks the key."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def at_path(value: Json, parts: tuple[str, ...]) -> Json:
    """The value at a path: a part names a key of an object, or an element of an array: in digits, from 0, or `last`.

    With a `*`, the list of all that is at the path, flattened: None where what stands before the first `*` is no array.
    """
    for position, part in enumerate(parts):
        if part == EACH:
            return _spread(value, parts[position:]) if isinstance(value, list) else None
        value = _step(value, part)
        if value is None:
            return None
    return value


def _spread(array: list[Json], parts: tuple[str, ...]) -> list[Json]:
    found: list[Json] = [array]
    for part in parts:
        if part == EACH:
            found = [item for value in found if isinstance(value, list) for item in value]
        else:
            found = [item for value in found if (item := _step(value, part)) is not None]
    return found


def _step(value: Json, part: str) -> Json:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list):
        if part == LAST:
            return value[-1] if value else None
        if part.isascii() and part.isdigit() and len(part) < 10:
            index = int(part)
            return value[index] if index < len(value) else None
    return None

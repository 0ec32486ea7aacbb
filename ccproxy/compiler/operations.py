"""Operations that compiled conditions call, on values that may be missing (None)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any


def there(holds: Callable[..., bool], *values: Any) -> bool:
    """Whether the values are all present and this holds for them."""
    return None not in values and holds(*values)


def some_element(values: Collection[str] | None, holds: Callable[[str, Any], bool], fails: bool, right: Any) -> bool:
    """Whether some element satisfies an operator, or with `fails`, fails it.

    A missing list has no elements; with a missing right side every element fails.
    """
    if not values:
        return False
    if right is None:
        return fails
    for value in values:  # noqa: SIM110 - half the time of `any` over the few elements that lists have
        if holds(value, right) is not fails:
            return True
    return False


def add(values: tuple[Any, ...], signs: str) -> Any:
    """The sum, each value with its sign; None if one is missing."""
    total: Any = 0
    for value, sign in zip(values, signs, strict=True):
        if value is None:
            return None
        total = total + value if sign == "+" else total - value
    return total


def multiply(values: tuple[Any, ...]) -> Any:
    """The product; None if one is missing."""
    total: Any = 1
    for value in values:
        if value is None:
            return None
        total *= value
    return total

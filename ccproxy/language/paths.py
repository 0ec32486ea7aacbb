"""Paths into a body, as `body("a.0.b")` has them."""

from __future__ import annotations

LAST = "last"
"""The part that is an array's last element; in an object it names a key."""

EACH = "*"
"""The part that is every element of an array, in order."""


def parts_of(path: str) -> tuple[str, ...]:
    """The parts of a path: keys of objects, indices in digits, `last` and `*`."""
    return tuple(path.split("."))


def is_list(path: str) -> bool:
    """Whether a path can only be a list: it has a `*`."""
    return EACH in parts_of(path)

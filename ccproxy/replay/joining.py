"""Adds up sums that were made apart: of requests before, and of requests after them."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any


def joined(before: Any, after: Any) -> Any:
    """The sums of both, as if one had gone on from the other.

    Numbers are added, lists put together; objects and dataclasses are joined in place, part by part, new keys of an object last. Of two
    texts the first stays, which is an example. TypeError for anything else.
    """
    match before:
        case int() | Decimal() | list():
            return before + after
        case str():
            return before
        case dict():
            for key, value in after.items():
                before[key] = joined(before[key], value) if key in before else value
        case _:
            for field in fields(before):
                setattr(before, field.name, joined(getattr(before, field.name), getattr(after, field.name)))
    return before

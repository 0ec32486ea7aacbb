"""The types of the language's expressions."""

from __future__ import annotations

from enum import StrEnum


class Type(StrEnum):
    """The type of an expression."""

    NUMBER = "number"
    TEXT = "text"
    BOOL = "bool"
    LIST = "list"
    TIME = "time"
    WEEKDAY = "weekday"

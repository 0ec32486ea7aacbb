"""What a fact is: its type, whether requests have it, what it costs, where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ccproxy.language.types import Type


class Presence(StrEnum):
    """Whether a request has the fact."""

    ALWAYS = "always"
    """Never missing."""
    USUALLY = "usually"
    """Missing only from a malformed request, or where the caller gave no time."""
    SOMETIMES = "sometimes"
    """Many real requests do not have it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the table.

    `whole` marks numbers that are counts (whole and never negative). `cost` orders operands: 0 is a look-up, 1 a walk over
    the body, 2 reads its text, 3 tokenises it.
    """

    name: str
    type: Type
    presence: Presence
    cost: int
    source: str
    meaning: str
    whole: bool = False

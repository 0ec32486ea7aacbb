"""Facts from outside the request: the virtual key's budget, and the time."""

from __future__ import annotations

from datetime import datetime, tzinfo
from fractions import Fraction
from typing import Any


def percent(spend: int | Fraction | None, budget: int | Fraction | None) -> int | Fraction | None:
    """The spend in percent of the budget; None for a budget of 0."""
    if spend is None or not budget:
        return None
    used = Fraction(spend) * 100 / Fraction(budget)
    return used.numerator if used.denominator == 1 else used


def in_zone(at: Any, zone: tzinfo) -> datetime | None:
    """The moment as wall time in the zone; a datetime without an offset is that already. None for no datetime."""
    if not isinstance(at, datetime):
        return None
    try:
        return at if at.tzinfo is None else at.astimezone(zone)
    except Exception:  # an offset or zone of somebody else's making, or a moment past the last year
        return None

"""Facts from outside the request: the virtual key's budget, and the time."""

from __future__ import annotations

from datetime import datetime, tzinfo
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccproxy.facts.facts import Facts


def budget_used(facts: Facts) -> int | Fraction | None:
    """`key.budget_used`: the spend in percent of the budget; None for a budget of 0."""
    spend, budget = facts.key_spend, facts.key_budget
    if spend is None or not budget:
        return None
    percent = Fraction(spend) * 100 / Fraction(budget)
    return percent.numerator if percent.denominator == 1 else percent


def in_zone(at: Any, zone: tzinfo) -> datetime | None:
    """The moment as wall time in the zone; a datetime without an offset is that already. None for no datetime."""
    if not isinstance(at, datetime):
        return None
    try:
        return at if at.tzinfo is None else at.astimezone(zone)
    except Exception:  # an offset or zone of somebody else's making, or a moment past the last year
        return None

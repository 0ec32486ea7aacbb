"""Calculates what the input of a request costs at a label, when a condition first asks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from ccproxy.facts import Facts, Value
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.language.literals import exact
from ccproxy.models.input_cost import cache_life, input_cost
from ccproxy.models.label_models import Models


def input_cost_of(models: Models, label: str, key: str) -> Callable[[Facts], Value]:
    """The function from facts to dollars, exact; None where a price is unknown. `key` is the canonical text of `cost(label)`."""

    def of(facts: Facts) -> Value:
        return facts.of_label(key, lambda: _exact_cost(models, label, facts))

    return of


def cost_at(models: Models, label: str, facts: Facts) -> Decimal | None:
    """Dollars for the input of a request at a label; None where a price is unknown.

    What a provider has cached of a conversation is read from there at the label that the conversation is at, and nowhere else.
    """
    if input_cost(models, label, 0) is None:
        return None
    cached = facts.cache_tokens if facts.session_label == label else None
    return input_cost(models, label, facts.tokens, read=int(cached or 0), life=cache_life(facts.body))


def dollars_of(models: Models, label: str, facts: Facts) -> float | None:
    """The value of `cost(label)`, set outright or not, for people; None where a price is unknown."""
    found = input_cost_of(models, label, FUNCTION_BY_NAME["cost"].of(label))(facts)
    return float(found) if isinstance(found, int | Fraction) else None


def _exact_cost(models: Models, label: str, facts: Facts) -> Value:
    cost = cost_at(models, label, facts)
    return None if cost is None else exact(Fraction(cost))

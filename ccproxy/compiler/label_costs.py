"""Calculates what the input of a request costs at a label, when a condition first asks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ccproxy.facts import Facts, Value
from ccproxy.language.literals import exact
from ccproxy.models.input_cost import cache_life, input_cost
from ccproxy.models.label_models import Models


def input_cost_of(models: Models, label: str, key: str) -> Callable[[Facts], Value]:
    """The function from facts to dollars, exact; None where a price is unknown. `key` is the canonical text of `cost(label)`."""

    def of(facts: Facts) -> Value:
        return facts.of_label(key, lambda: _cost(models, label, facts))

    return of


def _cost(models: Models, label: str, facts: Facts) -> Value:
    if input_cost(models, label, 0) is None:
        return None
    cost = input_cost(models, label, facts.tokens, life=cache_life(facts.body))
    return None if cost is None else exact(Fraction(cost))

"""What the input of a request costs at a label: before it is sent, and so without what only the answer tells."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from ccproxy.models.label_models import Models
from ccproxy.models.prices import Prices

Life = Literal["5m", "1h"]
"""How long a provider keeps what it writes to its cache."""


def input_cost(models: Models, label: str, tokens: int | Fraction, *, read: int = 0, life: Life | None = None) -> Decimal | None:
    """Dollars for so many tokens of input at the dearest deployment of a label; None if there is none, or a price is unknown.

    `read` of the tokens are in the provider's cache already. The rest is new: written to the cache where the request asks for that, which
    `life` says, plain without. A part of a token, which only a fact set outright has, costs as a whole one.
    """
    whole = ceil(tokens)
    found = [_cost(model.prices, whole, min(read, whole), life) for model in models.of(label)]
    known = [cost for cost in found if cost is not None]
    return max(known) if known and len(known) == len(found) else None


def cache_life(body: object) -> Life | None:
    """The longest life that a body's `cache_control`s name, None without any."""
    lives = {"1h" if control.get("ttl") == "1h" else "5m" for control in _controls(body)}
    return "1h" if "1h" in lives else "5m" if lives else None


def _cost(prices: Prices, tokens: int, read: int, life: Life | None) -> Decimal | None:
    if not prices.known:
        return None
    rates = prices.rates(tokens)
    new = {None: rates.new, "5m": rates.written, "1h": rates.written_1h}[life]
    return read * rates.read + (tokens - read) * new


def _controls(body: object) -> Iterator[dict[str, Any]]:
    pending = [body]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            control = value.get("cache_control")
            if isinstance(control, dict):
                yield control
            pending += value.values()
        elif isinstance(value, list):
            pending += value

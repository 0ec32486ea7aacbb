"""What the input of a request costs at a label, as sums of its tokens: one for each tier of the price and each life in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from ccproxy.frozen import frozen
from ccproxy.language.literals import exact
from ccproxy.language.syntax import Exact

if TYPE_CHECKING:
    from ccproxy.models.input_cost import Life
    from ccproxy.models.label_models import Models

LIVES: tuple[Life | None, ...] = (None, "5m", "1h")


@frozen
class Tier:
    """The dollars for a token of a request with over `low` and up to `high` tokens, by what it asks of the cache, as in `LIVES`."""

    low: int
    high: int | None
    rates: tuple[Exact, ...]


def tiers_of(models: Models, label: str) -> tuple[Tier, ...]:
    """The tiers of a label, ascending, from none on; none at all if a price is unknown."""
    from ccproxy.models.input_cost import input_cost

    if input_cost(models, label, 0) is None:
        return ()
    edges = sorted({edge for model in models.of(label) for edge in model.prices.thresholds if edge > 0})

    def rate(tokens: int, life: Life | None) -> Exact:
        cost = input_cost(models, label, tokens, life=life)
        return exact(Fraction(cost or 0) / tokens)

    return tuple(Tier(low, high, tuple(rate(low + 1, life) for life in LIVES)) for low, high in _intervals(edges))


def _intervals(edges: list[int]) -> Iterator[tuple[int, int | None]]:
    ends: list[int | None] = [*edges, None]
    for low, high in pairwise([0, *ends]):
        if low is not None:
            yield low, high

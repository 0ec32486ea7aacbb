"""What the input of a request costs at a label, as sums of tokens: one for each tier of the price and each life in the cache.

At the label where a conversation is, what is cached of it is read from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from ccproxy.analysis.formulas import linear
from ccproxy.analysis.formulas.atoms import CACHED, CACHED_AN_HOUR, Among, Atom, IsTrue, Kind, Source, Subject
from ccproxy.analysis.formulas.formula import TRUE, Formula, Formulas
from ccproxy.analysis.formulas.linear import Linear
from ccproxy.frozen import frozen
from ccproxy.language.literals import exact
from ccproxy.language.syntax import Exact

if TYPE_CHECKING:
    from ccproxy.models.input_cost import Life
    from ccproxy.models.label_models import Models

_LIVES: tuple[Life | None, ...] = (None, "5m", "1h")
_TOKENS, _CACHED_TOKENS, _LABEL = (Source("fact", name) for name in ("tokens", "cache.tokens", "session.label"))


@frozen
class Rates:
    """The dollars for a new token, and for one that is cached, at a deployment."""

    new: Exact
    read: Exact

    def dearer_than(self, other: Rates) -> bool:
        """Whether nothing costs less than by the other, and something more."""
        return self != other and self.new >= other.new and self.read >= other.read


@frozen
class Tier:
    """The rates of a request with over `low` and up to `high` tokens, by what it asks of the cache, as in `_LIVES`.

    Of several deployments only those are there that can be the dearest.
    """

    low: int
    high: int | None
    rates: tuple[tuple[Rates, ...], ...]


@frozen
class LabelCost:
    """The cost of the input at a label."""

    label: str
    tiers: tuple[Tier, ...]

    @classmethod
    def of(cls, models: Models, label: str) -> LabelCost | None:
        """None if a price is unknown."""
        from ccproxy.models.input_cost import input_cost

        if input_cost(models, label, 0) is None:
            return None
        behind = models.of(label)
        edges = sorted({edge for model in behind for edge in model.prices.thresholds if edge > 0})

        def rates(tokens: int, life: Life | None) -> tuple[Rates, ...]:
            found = [model.prices.rates(tokens) for model in behind]
            new = [{None: one.new, "5m": one.written, "1h": one.written_1h}[life] for one in found]
            pairs = dict.fromkeys(Rates(exact(Fraction(price)), exact(Fraction(one.read))) for price, one in zip(new, found, strict=True))
            return tuple(one for one in pairs if not any(other.dearer_than(one) for other in pairs))

        return cls(label, tuple(Tier(low, high, tuple(rates(low + 1, life) for life in _LIVES)) for low, high in _intervals(edges)))

    def cases(self, formulas: Formulas) -> Iterator[tuple[Formula, Linear]]:
        """The dollars as sums, each with the formula under which they are that: in every request one of these holds."""
        for tier in self.tiers:
            inside = _inside(formulas, tier)
            for rates in dict.fromkeys(tier.rates):
                lives = [life for life, its in zip(_LIVES, tier.rates, strict=True) if its == rates]
                yield from self._by_cache(formulas, formulas.conjunction((inside, _asks_for(formulas, lives))), rates)

    def _by_cache(self, formulas: Formulas, inside: Formula, rates: tuple[Rates, ...]) -> Iterator[tuple[Formula, Linear]]:
        """By what is cached: nothing, all of the request, or a part of it."""
        dearest_new = _times(_TOKENS, max(one.new for one in rates))
        if all(one.new == one.read for one in rates):
            yield inside, dearest_new
            return
        here = formulas.atom(Atom(Subject(Kind.TEXT, _LABEL), Among(frozenset([self.label]))))
        warm = formulas.conjunction((here, linear.presence(formulas, _CACHED_TOKENS)))
        yield formulas.conjunction((inside, -warm)), dearest_new
        rest = linear.single(_TOKENS).plus(linear.single(_CACHED_TOKENS), -1)
        whole = linear.compare(formulas, rest, "<=")
        yield formulas.conjunction((inside, warm, whole)), _times(_TOKENS, max(one.read for one in rates))
        partly = [_times(_TOKENS, one.new).plus(_times(_CACHED_TOKENS, exact(Fraction(one.read) - one.new))) for one in rates]
        for cost in partly:
            dearest = [linear.compare(formulas, cost.plus(other, -1), ">=") for other in partly if other != cost]
            yield formulas.conjunction((inside, warm, -whole, *dearest)), cost


def _asks_for(formulas: Formulas, lives: Sequence[Life | None]) -> Formula:
    """That the longest life a request asks of the cache is one of these."""
    asked, hour = (formulas.atom(Atom(Subject(Kind.BOOL, source), IsTrue())) for source in (CACHED, CACHED_AN_HOUR))
    each: dict[Life | None, tuple[Formula, ...]] = {None: (-asked,), "5m": (asked, -hour), "1h": (asked, hour)}
    if len(lives) == len(each):
        return TRUE
    if set(lives) == {"5m", "1h"}:
        return asked
    return formulas.disjunction(formulas.conjunction(each[life]) for life in lives)


def _inside(formulas: Formulas, tier: Tier) -> Formula:
    tokens = linear.single(_TOKENS)
    bounds = [linear.compare(formulas, tokens.plus(Linear((), tier.low), -1), ">")] if tier.low else []
    if tier.high is not None:
        bounds.append(linear.compare(formulas, tokens.plus(Linear((), tier.high), -1), "<="))
    return formulas.conjunction(bounds)


def _times(source: Source, rate: Exact) -> Linear:
    return Linear(((source, rate),), 0)


def _intervals(edges: list[int]) -> Iterator[tuple[int, int | None]]:
    ends: list[int | None] = [*edges, None]
    for low, high in pairwise([0, *ends]):
        if low is not None:
            yield low, high

"""What the labels of a policy offer that differs: what their models can take, and for how much. As conditions of the language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from functools import cached_property
from itertools import pairwise

from ccproxy.frozen import frozen
from ccproxy.models.input_cost import Life, input_cost
from ccproxy.models.label_models import Model, Models
from ccproxy.models.requirements import OR, fits_condition, requirements

_LIVES: tuple[Life | None, ...] = (None, "5m", "1h")


@frozen
class Offers:
    """What is known of some labels. `fits` has, for each of which something is known, the condition under which it can take a request."""

    models: Models
    fits: Mapping[str, str]

    @classmethod
    def of(cls, models: Models, labels: Iterable[str]) -> Offers:
        """What these labels offer."""
        return cls(models, {label: condition for label in labels if (condition := fits_condition(models, label)) is not None})

    @property
    def differ(self) -> bool:
        """Whether one of the labels may take what another can't, or the same for less."""
        return bool(self.limited or self.cheaper)

    @cached_property
    def kinds(self) -> Mapping[str, Mapping[str, str]]:
        """Of each label, for each thing that all its models lack for some request, the condition under which one of them has it."""
        return {label: _kinds(self.models.of(label)) for label in self.fits}

    @cached_property
    def limited(self) -> Collection[str]:
        """The labels whose models are not known to take all that those of another label may take."""
        ways = {label: [{one.condition for one in requirements(model)} for model in self.models.of(label)] for label in self.fits}
        return [label for label in ways if not all(_takes_all_of(ways[label], ways[other]) for other in ways if other != label)]

    @cached_property
    def cliffs(self) -> Mapping[str, int]:
        """The tokens above which a label costs more at all its models, for those that have such a number."""
        return {label: cliff for label in self.fits if (cliff := _cliff(self.models.of(label)))}

    @cached_property
    def cheaper(self) -> Mapping[tuple[str, str], str]:
        """Of a label with a cliff and of another, the condition under which the other costs less, if it ever does."""
        pairs = [(label, other) for label in self.cliffs for other in self.fits if other != label]
        return {(label, other): condition for label, other in pairs if (condition := self._cheaper(other, label))}

    def _cheaper(self, label: str, than: str) -> str:
        """The condition on `tokens` under which one label's input costs less than another's, whatever is written to the cache."""
        behind = (*self.models.of(label), *self.models.of(than))
        edges = sorted({0, *(edge for model in behind for edge in model.prices.thresholds)})
        parts = [
            f"tokens > {low}" + ("" if high is None else f" and tokens <= {high}")
            for low, high in pairwise([*edges, None])
            if low is not None and self._costs_less(label, than, low + 1)
        ]
        return OR.join(f"({part})" for part in parts)

    def _costs_less(self, label: str, than: str, tokens: int) -> bool:
        costs = ((input_cost(self.models, label, tokens, life=life), input_cost(self.models, than, tokens, life=life)) for life in _LIVES)
        return all(one is not None and other is not None and one < other for one, other in costs)


def _takes_all_of(ways: Sequence[Set[str]], others: Sequence[Set[str]]) -> bool:
    """Whether the one takes all that the other does, each in one of these ways, of which each demands some conditions."""
    return all(any(way <= other for way in ways) for other in others)


def _kinds(behind: Sequence[Model]) -> Mapping[str, str]:
    found = [list(requirements(model)) for model in behind if model.known]
    names = dict.fromkeys(one.of for model in found for one in model)
    kinds: dict[str, str] = {}
    for name in names:
        each = [" and ".join(f"({one.condition})" for one in model if one.of == name) for model in found]
        if all(each):
            kinds[name] = OR.join(f"({condition})" for condition in dict.fromkeys(each))
    return kinds


def _cliff(behind: Sequence[Model]) -> int:
    """The number of tokens above which all models cost more than below; 0 if there is none."""
    firsts = [next((edge for edge in model.prices.thresholds if _rises(model, edge)), 0) for model in behind]
    return max(firsts) if firsts and all(firsts) else 0


def _rises(model: Model, edge: int) -> bool:
    return model.prices.rates(edge + 1).new > model.prices.rates(edge).new

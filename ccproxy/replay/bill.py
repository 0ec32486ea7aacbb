"""Says what answers cost: what was paid, and what tokens would cost at a label."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from ccproxy.frozen import frozen
from ccproxy.models.label_models import Models
from ccproxy.models.model_key import find_entry, provider_of
from ccproxy.models.prices import Paid, Prices
from ccproxy.replay.recorded import RecordedRequest


@frozen
class Priced:
    """A model and its prices; `key` is its entry's in LiteLLM's map, None if it has none."""

    key: str | None
    prices: Prices


@dataclass
class Bill:
    """Prices by the models behind labels, and by LiteLLM's map for models that records name."""

    models: Models
    _labels: dict[str, Priced | None] = field(default_factory=dict)
    _names: dict[str, Priced | None] = field(default_factory=dict)

    def of_label(self, label: str) -> Priced | None:
        """The first model behind a label; None where nothing is known of it."""
        if label not in self._labels:
            found = next(iter(self.models.of(label)), None)
            self._labels[label] = Priced(found.key, found.prices) if found is not None and found.known else None
        return self._labels[label]

    def of_recorded(self, name: str) -> Priced | None:
        """A model by its own name, or a label's: proxies record those."""
        if name not in self._names:
            provider = provider_of(name, None, self.models.map)
            found = find_entry(name, provider, self.models.map)
            own = None if found is None else Priced(found[0], Prices(found[1], provider))
            self._names[name] = self.of_label(name) or own
        return self._names[name]

    def paid(self, request: RecordedRequest) -> Decimal | None:
        """The dollars that an answer cost: as recorded, else as LiteLLM calculates them. None without an answer, and without prices."""
        if request.dollars is not None:
            return request.dollars
        priced = None if request.model is None else self.of_recorded(request.model)
        return None if priced is None or request.paid is None else self.dollars(request, priced, request.paid)

    def dollars(self, request: RecordedRequest, priced: Priced, paid: Paid) -> Decimal | None:
        """What tokens cost at a model that serves a request as the recorded one did: same tier, same hour."""
        return priced.prices.dollars(paid, tier=request.tier, fast=request.fast, at=request.time)

    def is_same(self, request: RecordedRequest, label: str) -> bool:
        """Whether a label leads to the model that answered."""
        if label in (request.label, request.model):
            return True
        there = self.of_label(label)
        then = None if request.model is None else self.of_recorded(request.model)
        return there is not None and then is not None and there.key is not None and there.key == then.key

"""Says what answers cost: what was paid, and what tokens would cost at a label."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from ccproxy.frozen import frozen
from ccproxy.models.label_models import Models
from ccproxy.models.model_key import find_entry, provider_of
from ccproxy.models.model_map import Entry
from ccproxy.models.prices import Paid, Prices
from ccproxy.replay.recorded import RecordedRequest

_DATE: Final = re.compile(r"(?:[-@]\d{8}|-\d{4}-\d{2}-\d{2})$")
"""The date of its release behind a model's name."""


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
    _same: dict[tuple[str, str], bool] = field(default_factory=dict)

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
        """Whether a label leads to the model that answered, by one of its deployments."""
        if label in (request.label, request.model):
            return True
        then = None if request.model is None else self.of_recorded(request.model)
        if then is None or then.key is None:
            return False
        if (label, then.key) not in self._same:
            self._same[label, then.key] = any(self._is_one_model(model.key, then.key) for model in self.models.of(label))
        return self._same[label, then.key]

    def _is_one_model(self, one: str | None, other: str) -> bool:
        """Whether two names are one model's: one may have a release's date, which providers answer to the bare name, at the same prices."""
        if one is None or one == other:
            return one == other
        if one != _DATE.sub("", other) and other != _DATE.sub("", one):
            return False
        return _costs(self.models.map.filled(one)) == _costs(self.models.map.filled(other))


def _costs(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if "cost" in name or name == "tiered_pricing"}

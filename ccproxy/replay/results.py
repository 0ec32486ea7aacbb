"""What becomes of recorded requests under a policy: one by one, added up, and where two policies differ."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ccproxy.frozen import frozen
from ccproxy.models.prices import Paid

NO_MODEL = "(no model)"
"""Where requests stand that are rejected, and those that keep a model which no record names."""
NO_RULE = "(no rule)"
"""The rule of decisions that no single one made."""


@dataclass(slots=True)
class Total:
    """Requests, their tokens and their dollars; `unpriced` ones have an answer of a model whose prices are not known, and cost nothing."""

    requests: int = 0
    unpriced: int = 0
    dollars: Decimal = Decimal(0)
    new: int = 0
    written: int = 0
    written_1h: int = 0
    read: int = 0
    output: int = 0

    def add(self, paid: Paid | None, dollars: Decimal | None) -> None:
        """Add a request."""
        self.requests += 1
        if paid is not None:
            self.unpriced += dollars is None
            self.new += paid.new
            self.written += paid.written
            self.written_1h += paid.written_1h
            self.read += paid.read
            self.output += paid.output
        if dollars is not None:
            self.dollars += dollars


@frozen
class Replayed:
    """What a policy does with one request; `label` is None where that is undecided, and the model that answered where `keeps` is true.

    `dollars` is None where they are not known.
    """

    label: str | None
    rule: str
    dollars: Decimal | None
    keeps: bool = False


@dataclass(slots=True)
class Change:
    """Requests that two policies treat differently in the same way; what `unpriced` ones cost before or after is not known."""

    example: str
    requests: int = 0
    unpriced: int = 0
    dollars: Decimal = Decimal(0)

    def add(self, before: Decimal | None, after: Decimal | None) -> None:
        """Add one that cost so much."""
        self.requests += 1
        if before is None or after is None:
            self.unpriced += 1
        else:
            self.dollars += after - before


Changes = dict[tuple[str, str, str, str], Change]
"""Kinds of change by old label and rule, new label and rule."""

"""Conditions on what was replayed that make a command fail: `cost > +2%`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne

from ccproxy.frozen import frozen
from ccproxy.replay.replayed import Replay

NAMES = ("cost", "changed", "undecided", "cache_breaks")
_OPERATORS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq, "==": eq, "!=": ne}
_GATE = re.compile(rf"\s*({'|'.join(NAMES)})\s*(>=|<=|==|!=|>|<|=)\s*([+-]?[0-9]{{1,15}}(?:\.[0-9]{{1,15}})?)\s*(%?)\s*", re.ASCII)


@frozen
class Gate:
    """A condition that the result must not meet.

    `cost` is how much more the policy costs than the one before it, or without one than what was paid: in dollars, or in percent of that.
    The others are numbers of requests, or their percentage of all.
    """

    name: str
    operator: str
    number: Decimal
    percent: bool

    def holds(self, replay: Replay) -> bool:
        """Whether the result meets it."""
        return _OPERATORS[self.operator](self._value(replay), self.number)

    def unpriced(self, replay: Replay) -> int:
        """Because of how many requests without known prices it can't be told."""
        if self.name != "cost":
            return 0
        changes = replay.changes.values()
        return sum(change.unpriced for change in changes) if len(replay.policies) > 1 else replay.policies[0].incomparable

    def _value(self, replay: Replay) -> Decimal:
        policy = replay.policies[-1]
        base = replay.policies[0].dollars if len(replay.policies) > 1 else replay.paid.dollars
        match self.name:
            case "cost":
                value, whole = policy.dollars - base, base
            case "changed":
                value, whole = Decimal(replay.changed), Decimal(replay.requests)
            case "undecided":
                value, whole = Decimal(policy.undecided.requests), Decimal(replay.requests)
            case _:
                value, whole = Decimal(policy.breaks), Decimal(replay.requests)
        if not self.percent:
            return value
        return value * 100 / whole if whole else Decimal(0) if not value else Decimal("Infinity").copy_sign(value)


def read_gate(text: str) -> Gate | None:
    """A condition as it is written; None if it is none."""
    match = _GATE.fullmatch(text)
    return None if match is None else Gate(match[1], match[2], Decimal(match[3]), match[4] == "%")

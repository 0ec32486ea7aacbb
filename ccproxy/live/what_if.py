"""Decides the last recorded requests by another policy: which move, from where to where, and for how many dollars more or less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Event

from ccproxy.live.window import Seen
from ccproxy.policy import Policy
from ccproxy.replay.bill import Bill
from ccproxy.replay.deciders import Deciders
from ccproxy.replay.recorded import text
from ccproxy.replay.replayed import PolicyTotal
from ccproxy.replay.results import NO_MODEL, NO_RULE

_LOOKS = 200
"""Requests between looks at whether anybody still wants to know."""


@dataclass(slots=True)
class Move:
    """Requests that would go from one label to another; `dollars` is what they would cost more, but for those `unpriced`."""

    requests: list[Seen] = field(default_factory=list)
    dollars: Decimal = Decimal(0)
    unpriced: int = 0


@dataclass(slots=True)
class Trial:
    """What a policy would do with requests, compared with what was recorded.

    `undecided` are those whose decision hangs on what was not recorded, counted in `causes` by the fact that was wanting; they stand with
    what they cost. `unpriced` would go where no price is known; `paid` and `dollars` leave
    them out. `rules` counts the decided ones by the place of their rule, "" for none.
    """

    requests: int = 0
    moves: dict[tuple[str, str], Move] = field(default_factory=dict)
    undecided: list[Seen] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    unpriced: int = 0
    paid: Decimal = Decimal(0)
    dollars: Decimal = Decimal(0)
    rules: Counter[str] = field(default_factory=Counter)

    @property
    def moved(self) -> int:
        """How many would go elsewhere."""
        return sum(len(move.requests) for move in self.moves.values())


def tried(policy: Policy, requests: Sequence[Seen], bill: Bill, deciders: Deciders, cancelled: Event) -> Trial | None:
    """Decide these requests, the oldest first; None where it was cancelled. `deciders` may have decided them before."""
    total, conditions, found = PolicyTotal(policy, bill), deciders.on(policy), Trial()
    for number, seen in enumerate(requests):
        if number % _LOOKS == 0 and cancelled.is_set():
            return None
        request = seen.request
        paid = bill.paid(request) or Decimal(0)
        try:
            replayed = total.add(request, paid, conditions.holds(seen.record))
        except ValueError:
            found.unreadable += 1
            continue
        found.requests += 1
        # what answered says nothing of the model that was asked for, which is kept
        label = text(seen.record.get("model")) or NO_MODEL if replayed.keeps else replayed.label
        dollars = None if replayed.keeps and label != seen.label else replayed.dollars
        found.unpriced += dollars is None
        found.paid += 0 if dollars is None else paid
        found.dollars += dollars or 0
        if label is None:
            found.undecided.append(seen)
        elif label != seen.label:
            move = found.moves.setdefault((seen.label, label), Move())
            move.requests.append(seen)
            move.unpriced += dollars is None
            move.dollars += 0 if dollars is None else dollars - paid
    found.causes = total.undecided_by
    found.rules = Counter({"" if place == NO_RULE else place: count for place, count in total.rules.items()})
    return found

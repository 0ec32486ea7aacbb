"""What a page shows of a replay beside its sums: dollars by day, where requests went and would go, and the dearest conversations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, tzinfo
from decimal import Decimal

from ccproxy.replay.bill import Bill
from ccproxy.replay.recorded import RecordedRequest
from ccproxy.replay.results import NO_MODEL, NO_RULE, Change, Changes, Replayed

UNDECIDED = "(undecided)"
"""Where undecided requests stand, with what they cost."""

Days = dict[date | None, Decimal]
"""Dollars by day; None is for requests without a time."""


@dataclass(slots=True)
class Conversation:
    """What a conversation cost, and would have cost; `place` is its first request, `unpriced` those of which the latter is not known."""

    place: str
    requests: int = 0
    unpriced: int = 0
    paid: Decimal = Decimal(0)
    dollars: Decimal = Decimal(0)


def _days() -> Days:
    return defaultdict(Decimal)


@dataclass(slots=True)
class Breakdown:
    """Sums over the requests of a replay; days are those of a zone.

    `days` are the last policy's, by label; `days_before` the first one's, where there are two. Requests come from the label of the first
    of two policies; with one policy from where they went. `changes` are by conversation, or by file.
    """

    bill: Bill
    zone: tzinfo
    paid: Days = field(default_factory=_days)
    days_before: Days = field(default_factory=_days)
    days: dict[str, Days] = field(default_factory=lambda: defaultdict(_days))
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)
    changes: dict[str, Changes] = field(default_factory=lambda: defaultdict(dict))
    conversations: dict[str, Conversation] = field(default_factory=dict)

    def add(self, request: RecordedRequest, paid: Decimal | None, found: Sequence[Replayed]) -> None:
        """Add a request that cost so much, and what each policy does with it."""
        new = found[-1]
        # one that no calendar reaches in every zone is no time that anything was sent at
        known = request.time is not None and MINYEAR < request.time.year < MAXYEAR
        day = request.time.astimezone(self.zone).date() if request.time is not None and known else None
        self.paid[day] += paid or 0
        self.days[new.label or UNDECIDED][day] += new.dollars or 0
        if request.conversation is not None:
            conversation = self.conversations.setdefault(request.conversation, Conversation(request.place))
            conversation.requests += 1
            conversation.unpriced += new.dollars is None
            conversation.paid += paid or 0
            conversation.dollars += new.dollars or 0
        if len(found) > 1:
            old, old_rule, before = found[0].label, found[0].rule, found[0].dollars
            self.days_before[day] += before or 0
            changed = old != new.label
        else:
            old, old_rule = request.label or request.model, NO_RULE
            before = Decimal(0) if request.paid is None else paid
            changed = new.label is not None and not self.bill.is_same(request, new.label)
        nowhere = UNDECIDED if len(found) > 1 else NO_MODEL
        self.flows[old or nowhere, new.label or UNDECIDED] += 1
        if changed and old is not None and new.label is not None:
            changes = self.changes[request.conversation or request.place.rpartition(":")[0]]
            changes.setdefault((old, old_rule, new.label, new.rule), Change(request.place)).add(before, new.dollars)

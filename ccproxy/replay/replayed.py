"""Replays recorded requests under policies: decisions, dollars and changes, added up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType

from ccproxy.decision import Decision, Undecided
from ccproxy.facts.partial import PartialFacts
from ccproxy.models.prices import Paid
from ccproxy.policy import Policy
from ccproxy.replay.bill import Bill
from ccproxy.replay.breakdown import Breakdown
from ccproxy.replay.deciders import Deciders, Tried
from ccproxy.replay.prompt_cache import PromptCaches
from ccproxy.replay.recollections import Recollections
from ccproxy.replay.recorded import RecordedRequest, Shadowed, Skipped, Source
from ccproxy.replay.results import NO_MODEL, NO_RULE, Change, Changes, Replayed, Total


@dataclass
class PolicyTotal:
    """What a policy does with all requests. Undecided ones cost what they did.

    `incomparable` ones have a price either where they went, or where they would go, not at both.
    """

    policy: Policy
    bill: Bill
    decided: int = 0
    undecided: Total = field(default_factory=Total)
    undecided_by: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Total] = field(default_factory=lambda: defaultdict(Total))
    rules: Counter[str] = field(default_factory=Counter)
    moved: int = 0
    incomparable: int = 0
    breaks: int = 0
    broken: Decimal = Decimal(0)
    caches: PromptCaches = field(default_factory=PromptCaches)
    memory: Recollections = field(default_factory=Recollections)

    @property
    def unpriced(self) -> int:
        """Requests that would go where no price is known."""
        return sum(total.unpriced for total in self.labels.values())

    @property
    def dollars(self) -> Decimal:
        """What all requests would have cost."""
        return sum((total.dollars for total in self.labels.values()), self.undecided.dollars)

    def add(self, request: RecordedRequest, paid: Decimal | None, holds: Mapping[int, bool] = MappingProxyType({})) -> Replayed:
        """Decide a request which cost this; `holds` is as for `Policy.trace_known`. ValueError for a fact that is none of its kind."""
        remembers = self.policy.remembers
        if remembers:
            request = self.memory.recall(request)
        decision = self.policy.decide_known_facts(observe_recorded(self.policy, request), holds)
        if isinstance(decision, Undecided):
            charged, dollars = request.paid, paid
            self.undecided.add(charged, dollars)
            self.undecided_by[decision.causes[0]] += 1
            found = Replayed(None, NO_RULE, Decimal(0) if charged is None else dollars)
        else:
            self.decided += 1
            rule = NO_RULE if decision.rule is None else f"{decision.rule.file}:{decision.rule.line}"
            self.rules[rule] += 1
            label = decision.model_for(request.model) or NO_MODEL
            charged, dollars = self._charge(request, decision, label, paid)
            self.labels[label].add(charged, dollars)
            found = Replayed(label, rule, Decimal(0) if charged is None else dollars, decision.action == "keep")
        self.incomparable += charged is not None and (paid is None) != (dollars is None)
        if remembers:
            self.memory.routed(request, decision, charged, dollars, paid)
        return found

    def _charge(self, request: RecordedRequest, decision: Decision, label: str, paid: Decimal | None) -> tuple[Paid | None, Decimal | None]:
        """The tokens and dollars of a request at a label."""
        if decision.action == "reject":
            self.moved += 1
            return None, Decimal(0)
        same = decision.action == "keep" or self.bill.is_same(request, label)
        # a request that nothing answered went nowhere
        self.moved += not same and (request.label or request.model) is not None
        if request.paid is None:
            return None, paid
        charge = self.caches.charge(request, request.paid, label, is_same=same)
        priced = self.bill.of_recorded(label)
        if charge.lost and priced is not None:
            self.breaks += 1
            rates = priced.prices.rates(charge.paid.input, tier=request.tier, at=request.time)
            self.broken += charge.lost * ((rates.written_1h if charge.paid.written_1h else rates.written) - rates.read)
        if charge.paid == request.paid and same:
            return charge.paid, paid
        dollars = None if priced is None else self.bill.dollars(request, priced, charge.paid)
        return charge.paid, dollars


@dataclass
class Replay:
    """The requests of some sources under some policies, the first of which is the one that changes are from.

    `unrecorded` are the dollars of calls that stand in no record, where the client says what its sessions cost. `breakdown` is what a page
    shows, filled where there is one. `first` and `last` are times of requests. `shadows` are what shadow policies
    decided when requests were recorded, by their hashes.
    """

    bill: Bill
    policies: Sequence[PolicyTotal]
    skipped: Skipped
    unrecorded: Decimal | None = None
    requests: int = 0
    answers: int = 0
    sources: Counter[Source] = field(default_factory=Counter)
    shadows: dict[str, Counter[Shadowed]] = field(default_factory=dict)
    paid: Total = field(default_factory=Total)
    changes: Changes = field(default_factory=dict)
    breakdown: Breakdown | None = None
    first: datetime | None = None
    last: datetime | None = None

    @cached_property
    def tried(self) -> Sequence[Tried]:
        """What these policies, where one of them made the recorded decisions, tell of each other's conditions."""
        deciders = Deciders()
        for total in self.policies:
            deciders.add(total.policy)
        return [deciders.on(total.policy) for total in self.policies]

    @property
    def changed(self) -> int:
        """Requests that the policies treat differently; with one policy, those that would go to another model."""
        return sum(change.requests for change in self.changes.values()) if len(self.policies) > 1 else self.policies[0].moved

    def run(self, requests: Iterable[RecordedRequest], since: datetime | None = None) -> None:
        """Add those from a time on; without a time all of them."""
        for request in requests:
            if since is None or (request.time is not None and request.time >= since):
                self.add(request)
            else:
                for policy in self.policies:
                    policy.memory.leave_out(request)

    def add(self, request: RecordedRequest) -> None:
        """Add one; one whose facts are none of their kinds is skipped."""
        dollars = self.bill.paid(request)
        try:
            found = [
                policy.add(request, dollars, {} if request.record is None else tried.holds(request.record))
                for policy, tried in zip(self.policies, self.tried, strict=True)
            ]
        except ValueError:
            self.skipped.record("fact that is none of its kind")
            return
        self.requests += 1
        self.sources[request.source] += 1
        if request.shadow is not None:
            policy, result = request.shadow
            self.shadows.setdefault(policy, Counter())[result] += 1
        if request.time is not None:
            self.first = request.time if self.first is None else min(self.first, request.time)
            self.last = request.time if self.last is None else max(self.last, request.time)
        if request.paid is not None:
            self.answers += 1
        self.paid.add(request.paid, dollars)
        if self.breakdown is not None:
            self.breakdown.add(request, dollars, found)
        if len(found) > 1:
            old, new = found
            if old.label is not None and new.label is not None and old.label != new.label:
                key = (old.label, old.rule, new.label, new.rule)
                self.changes.setdefault(key, Change(request.place)).add(old.dollars, new.dollars)


def observe_recorded(policy: Policy, request: RecordedRequest) -> PartialFacts:
    """What is known of a recorded request. ValueError for a recorded fact that is none of its kind."""
    if request.request is not None:
        return policy.observe_known(request.request, request.unknown)
    return policy.observe_known(request.known, at=request.time)


def decide_recorded(policy: Policy, request: RecordedRequest) -> Decision | Undecided:
    """Decide a recorded request by what is known of it. ValueError for a recorded fact that is none of its kind."""
    return policy.decide_known_facts(observe_recorded(policy, request))

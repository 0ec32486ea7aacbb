"""Makes cases of recorded requests: the facts that their decisions went by, and never a text that somebody wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ccproxy.analysis.cases import Case
from ccproxy.decision import Undecided
from ccproxy.facts import Value
from ccproxy.facts.partial import PartialFacts, UnknownFactError
from ccproxy.facts.written import plain
from ccproxy.policy import Policy
from ccproxy.replay.recorded import RecordedRequest, Skipped
from ccproxy.replay.replayed import observe_recorded

UNTOLD = frozenset({"prompt", "system", "user"})
"""Facts that are no case's: what people wrote, and who they are."""


@dataclass(slots=True)
class RecordedCases:
    """Cases of recorded requests; `left_out` are those whose decisions hang on what no case may tell, by the fact that was wanting."""

    policy: Policy
    skipped: Skipped
    requests: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def of(self, requests: Iterable[RecordedRequest]) -> Iterator[Case]:
        """A case for each request whose facts alone give it the decision that it gets."""
        for request in requests:
            try:
                facts = observe_recorded(self.policy, request)
            except ValueError:
                self.skipped.record("fact that is none of its kind")
                continue
            self.requests += 1
            found = self._case(request, facts)
            if isinstance(found, Case):
                yield found
            else:
                self.left_out[found] += 1

    def _case(self, request: RecordedRequest, facts: PartialFacts) -> Case | str:
        """The case, or what is wanting for one."""
        decision = self.policy.decide_known_facts(facts)
        if isinstance(decision, Undecided):
            return decision.causes[0]
        try:
            told = self._told(facts)
        except UnknownFactError as unknown:
            return unknown.name
        again = self.policy.decide_known({name: plain(name, value) for name, value in told.items()})
        if isinstance(again, Undecided):
            return again.causes[0]
        if again.outcome != decision.outcome:  # by a number that JSON can't tell
            return "a number"
        return Case(f"{decision.label or decision.action}, as {request.place}", _request(request), told, decision)

    def _told(self, facts: PartialFacts) -> dict[str, Value]:
        """The facts that the decision read and a case tells; token counts exactly, however they were compared."""
        compared = {name for terms, _ in facts.compared for name, _ in terms}
        names = (self.policy.asked & (facts.values_read().keys() | compared)) - UNTOLD
        return {name: facts.read(name) for name in sorted(names)}


def _request(request: RecordedRequest) -> dict[str, Any]:
    """A request of the same path, with nothing in it; a query may hold a key."""
    path = request.request.path if request.request is not None else None
    return {} if path is None else {"path": path.partition("?")[0], "body": {}}

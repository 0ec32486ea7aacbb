"""Holds the newest requests of the records, each with its answer, and no more than so many."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from ccproxy.models.prices import Paid
from ccproxy.replay.decision_log import recorded_decision
from ccproxy.replay.prompt_cache import PromptCaches
from ccproxy.replay.recorded import RecordedRequest, mapping, text
from ccproxy.replay.results import NO_MODEL, NO_RULE

MOST_REQUESTS = 10_000
"""Requests that are held, so that memory is bounded."""


@dataclass(slots=True, eq=False)
class Seen:
    """A request that was recorded: its decision record, and that of its answer once it is there.

    `broke` says whether it paid anew for tokens that a prompt cache had of its conversation.
    """

    record: Mapping[str, Any]
    answer: Mapping[str, Any] | None = None
    broke: bool = False
    _request: RecordedRequest | None = None

    @property
    def request(self) -> RecordedRequest:
        """What is replayed of it; made when it is first asked for, mostly after the answer came."""
        if self._request is None:
            self._request = recorded_decision(self.id, self.record, self.answer)
        return self._request

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Take in the record of its answer."""
        self.answer, self._request = answer, None

    @property
    def id(self) -> str:
        """The record's own."""
        return str(self.record["id"])

    @property
    def time(self) -> datetime | None:
        """When it was decided."""
        return self.request.time

    @property
    def label(self) -> str:
        """Where it went; `(no model)` for one that was refused."""
        return self.request.label or NO_MODEL

    @property
    def rule(self) -> str:
        """The rule that decided; `(no rule)` where none did."""
        return text(self.record.get("rule")) or NO_RULE

    @property
    def action(self) -> str:
        """What was decided: `route`, `keep`, `reject`, or `forbid`."""
        return str(self.record["action"])

    @property
    def client(self) -> str:
        """What records tell of who asked: the key's alias and the class of agent, where the policy asked for them; else nothing."""
        facts = mapping(self.record.get("facts"))
        return " · ".join(told for name in ("key.alias", "agent.class") if (told := text(facts.get(name))) is not None)

    @property
    def paid(self) -> Paid | None:
        """The tokens of its answer."""
        return self.request.paid

    @property
    def dollars(self) -> float | None:
        """What its answer cost, as recorded."""
        return None if self.request.dollars is None else float(self.request.dollars)

    @property
    def status(self) -> int | None:
        """The HTTP status of its answer, None until there is one."""
        status = mapping(self.answer).get("status")
        return status if isinstance(status, int) else None

    @property
    def failed(self) -> bool:
        """Whether it was refused, or answered with an error."""
        return self.action in ("reject", "forbid") or (self.status is not None and self.status >= 400)

    @property
    def milliseconds(self) -> float | None:
        """From its arrival to the end of its answer; None until then."""
        return _number(mapping(self.answer).get("ms"))

    @property
    def decided_in(self) -> float | None:
        """The milliseconds that its decision took."""
        return _number(self.record.get("ms"))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass
class Window:
    """The newest requests in the order of their records. `changes` counts what was added, so that others know when to look again."""

    most: int = MOST_REQUESTS
    changes: int = 0
    ignored: int = 0
    """Records that are neither decisions nor answers."""
    _seen: OrderedDict[str, Seen] = field(default_factory=OrderedDict)
    _caches: PromptCaches = field(default_factory=PromptCaches)

    def __len__(self) -> int:
        return len(self._seen)

    def __iter__(self) -> Iterator[Seen]:
        """The oldest first."""
        return iter(self._seen.values())

    def newest(self, count: int) -> list[Seen]:
        """So many of the newest, the newest first."""
        return list(islice(reversed(self._seen.values()), count))

    def get(self, name: str) -> Seen | None:
        """The request whose record has this id; None if it is not held any more."""
        return self._seen.get(name)

    def add(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Take in records in their order."""
        for record in records:
            self.changes += 1
            match record:
                case {"id": str(name), "facts": dict(), "action": str()}:
                    self._seen[name] = Seen(record)
                    while len(self._seen) > self.most:
                        self._seen.popitem(last=False)
                case {"answer": str(name)}:
                    self._answered(name, record)
                case _:
                    self.ignored += 1

    def _answered(self, name: str, answer: Mapping[str, Any]) -> None:
        seen = self._seen.get(name)
        if seen is None:  # older than what is held
            return
        seen.answered(answer)
        if seen.request.paid is not None:
            seen.broke = self._caches.charge(seen.request, seen.request.paid, seen.label, is_same=True).lost > 0

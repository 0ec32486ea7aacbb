"""What a proxy would have remembered of the conversations that are replayed, had this policy decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar

from ccproxy.decision import Decision, Undecided
from ccproxy.facts.definitions import FACTS
from ccproxy.facts.recollection import OF_CONVERSATIONS, Row, answered, facts_of, moves, spent
from ccproxy.facts.schema import Made
from ccproxy.models.prices import Paid
from ccproxy.replay.recorded import RecordedRequest

MEMORY_FACTS = frozenset(fact.name for fact in FACTS if fact.place is Made.MEMORY)
MOST = 100_000
"""Conversations, and sessions, that are remembered at once; those begun first are forgotten first."""
_FROM_THE_BEGINNING = frozenset({"transcript", "rollout"})
"""Sources that have conversations from their beginning; of others an earlier part may be anywhere."""
_ALL = frozenset(OF_CONVERSATIONS)

Entry = TypeVar("Entry")


@dataclass(slots=True)
class _Conversation:
    """One conversation: `unsure` are its facts that an unknown part of it made, or a request that is undecided.

    `as_recorded` is whether all that was known of it went to the recorded labels; `heard` is when it was last, in seconds since 1970.
    """

    unsure: frozenset[str]
    row: Row = field(default_factory=dict)
    requests: int = 0
    as_recorded: bool = True
    heard: float | None = None


@dataclass(slots=True)
class _Session:
    """What a session would have cost, None where an earlier part is not known, and how much `more` than it did cost."""

    dollars: Decimal | None
    more: Decimal = Decimal(0)


@dataclass(slots=True)
class Recollections:
    """What is remembered under one policy, for `hours` after a conversation was last heard of.

    While a conversation goes where it went its facts are the recorded ones. From the first difference on they are what its own labels
    and estimated dollars make; so they are from the beginning where none are recorded.
    """

    hours: float = 24
    _conversations: dict[str, _Conversation] = field(default_factory=dict)
    _sessions: dict[str, _Session] = field(default_factory=dict)

    def recall(self, request: RecordedRequest) -> RecordedRequest:
        """The request with what is remembered when it arrives."""
        told = self._told(request)
        if request.request is None:
            rest = {name: value for name, value in request.known.items() if name not in MEMORY_FACTS}
            return replace(request, known=rest | told)
        told = {name: value for name, value in told.items() if name in request.unknown}
        return replace(request, request=request.request.over(facts=told), unknown=request.unknown - told.keys())

    def routed(
        self, request: RecordedRequest, decision: Decision | Undecided, paid: Paid | None, dollars: Decimal | None, before: Decimal | None
    ) -> None:
        """A request is decided so, and charged for these tokens; it costs so many dollars, and did cost so many `before`."""
        session = self._session(request)
        if session is not None:
            session.more += (dollars or 0) - (before or 0)
            session.dollars = None if session.dollars is None else session.dollars + (dollars or 0)
        conversation = self._conversation(request)
        if conversation is not None and not request.aside and moves(request.known.get("agent.class"), request.known.get("endpoint")):
            _move(conversation, request, decision, paid)

    def leave_out(self, request: RecordedRequest) -> None:
        """A request is not replayed: what it left of its conversation and session is unknown."""
        session, conversation = self._session(request), self._conversation(request)
        if session is not None:
            session.dollars = None
        if conversation is not None:
            conversation.unsure = _ALL
            conversation.heard = None if request.time is None else request.time.timestamp()

    def _told(self, request: RecordedRequest) -> dict[str, Any]:
        recorded = {name: value for name, value in request.known.items() if name in MEMORY_FACTS}
        found: dict[str, Any] = {}
        conversation = self._conversation(request)
        if conversation is not None:
            self._age(conversation, request)
            if conversation.as_recorded:
                _learn(conversation, recorded, request)
            found |= _facts_of(conversation, request)
        if conversation is None or conversation.as_recorded:
            found |= recorded
        return found | self._spend(request, recorded)

    def _spend(self, request: RecordedRequest, recorded: Mapping[str, Any]) -> dict[str, Any]:
        session = self._session(request)
        told = recorded.get("session.spend")
        if isinstance(told, int | float):
            return {"session.spend": spent(told + float(session.more)) if session is not None and session.more else told}
        if session is None or session.dollars is None:
            return {}
        return {"session.spend": spent(float(session.dollars))}

    def _age(self, conversation: _Conversation, request: RecordedRequest) -> None:
        """Forget a conversation that was not heard of for too long."""
        if conversation.heard is None or request.time is None:
            return
        if request.time.timestamp() - conversation.heard > self.hours * 3600:
            conversation.row, conversation.requests, conversation.unsure = {}, 0, frozenset()

    def _conversation(self, request: RecordedRequest) -> _Conversation | None:
        if request.conversation is None:
            return None
        unsure = frozenset[str]() if request.source in _FROM_THE_BEGINNING else _ALL
        return _of(self._conversations, request.conversation, _Conversation(unsure))

    def _session(self, request: RecordedRequest) -> _Session | None:
        name = request.session or request.conversation
        if name is None:
            return None
        return _of(self._sessions, name, _Session(Decimal(0) if request.source in _FROM_THE_BEGINNING else None))


def _of(entries: dict[str, Entry], name: str, new: Entry) -> Entry:
    """The entry of this name, a new one if there is none; the first makes room for it where there are many."""
    if name not in entries:
        if len(entries) >= MOST:
            del entries[next(iter(entries))]
        entries[name] = new
    return entries[name]


def _facts_of(conversation: _Conversation, request: RecordedRequest) -> dict[str, Any]:
    """What is known of a conversation when a request of it arrives."""
    unsure = conversation.unsure
    if request.time is None:
        unsure = unsure | {"session.idle", "cache.tokens"}
    now = 0.0 if request.time is None else request.time.timestamp()
    values = facts_of(conversation.row, now) | {"session.requests": conversation.requests}
    return {name: values.get(name) for name in OF_CONVERSATIONS if name not in unsure}


def _learn(conversation: _Conversation, recorded: Mapping[str, Any], request: RecordedRequest) -> None:
    """Take from a record what is not known yet of a conversation."""
    for name in conversation.unsure & recorded.keys():
        value = recorded[name]
        match name:
            case "session.label":
                conversation.row["label"] = value
            case "session.idle" if value is None or request.time is not None:
                idle = None if value is None or request.time is None else request.time.timestamp() - value * 60
                conversation.row["began"] = idle
            case "session.requests" if isinstance(value, int):
                conversation.requests = value
            case "cache.tokens" if value is None:
                pass
            case _:  # how long what is cached lives is in no record
                continue
        conversation.unsure -= {name}


def _move(conversation: _Conversation, request: RecordedRequest, decision: Decision | Undecided, paid: Paid | None) -> None:
    """Take that a request of a conversation went where it was decided to go."""
    began = None if request.time is None else request.time.timestamp()
    if isinstance(decision, Undecided):
        _move_somewhere(conversation, decision, began)
        return
    same = decision.model_for(request.known.get("model", request.model)) == request.label
    conversation.as_recorded = conversation.as_recorded and same
    if decision.action == "reject" or (same and request.failed):
        return
    conversation.heard = began
    if decision.label is not None:
        conversation.row = {**conversation.row, "label": decision.label, "began": began}
        conversation.requests += 1
        conversation.unsure -= {"session.label", "session.idle"} if began is not None else {"session.label"}
    served = request.model if same and decision.label is not None else None
    tokens = {} if paid is None else {"cache_write_5m": paid.written, "cache_write_1h": paid.written_1h, "cache_read": paid.read}
    if began is not None and any(tokens.values()):
        conversation.unsure -= {"cache.tokens"}
        conversation.row = answered(conversation.row, served, tokens, began)
    elif served is not None:
        conversation.row["label"] = served


def _move_somewhere(conversation: _Conversation, decision: Undecided, began: float | None) -> None:
    """Take that it is not known where a request went, and so not whether that is where it was recorded to go."""
    conversation.as_recorded = False
    conversation.unsure |= {"session.label", "cache.tokens"}
    if began is None or any(possible.label is None for possible in decision.possible):
        conversation.unsure |= _ALL
        return
    conversation.heard = began
    conversation.row = {**conversation.row, "began": began}
    conversation.requests += 1
    conversation.unsure -= {"session.idle"}

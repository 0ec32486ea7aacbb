"""What the proxy remembers of conversations, as facts: read once when a request arrives, learned from its label and its answer.

Keys are HMACs, so that nobody without the proxy's master key can tell whose they are; what stands under them are labels, numbers and times.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from time import time
from typing import Any

from ccproxy.facts import Facts, Value
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.facts.recollection import Row, answered, facts_of, moves, spent, whole_if
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.limits import is_healthy, limits_in, retry_after, used_of
from ccproxy.gateway.memory_store import Kept, MemoryStore, MemoryUnavailableError

_log = logging.getLogger("ccproxy.gateway")
_NEVER_SPOKEN = Kept()
_NOTHING_ASKED: Mapping[str, Mapping[str, Sequence[str]]] = {}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a request has to do with memory: the keys of its conversation and session, when it began, what was remembered before.

    `moves` is whether it becomes the conversation's last request; `id` is that of its records. `login` is what stands for a login of the
    client's own that is passed on to the provider.
    """

    id: str
    began: float
    conversation: str | None = None
    session: str | None = None
    moves: bool = False
    login: str | None = None
    before: Row | None = None
    available: bool = True


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose a request is: LiteLLM's `UserAPIKeyAuth`, the proxy's master key, and a login of the client's own that goes to the provider."""

    key: object
    secret: str | None
    login: str | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """The facts that memory has for a request."""

    ticket: Ticket
    facts: Mapping[str, Value] = field(default_factory=dict)


class Memory:
    """What is remembered of conversations, for `hours` after they were last heard of. Never raises, never blocks.

    `failures` counts what can't be read or kept; only the first of these is logged as such.
    """

    def __init__(self, store: MemoryStore, hours: float, failures: Failures) -> None:
        self.store = store
        self._seconds = hours * 3600
        self._failures = failures

    async def remember(
        self, facts: Facts, asker: Asker, identifier: str, asked: Mapping[str, Mapping[str, Sequence[str]]] = _NOTHING_ASKED
    ) -> Remembered:
        """What is remembered of the conversation of a request with these facts, and of the labels that are `asked` about.

        Those are, by function (`quota`, `healthy`) and label, the ids of the label's deployments.
        """
        ticket = _ticket(facts, asker, identifier)
        keys = [one for one in (ticket.conversation, ticket.session) if one is not None]
        if ticket.conversation is not None:
            keys.append(_count_of(ticket.conversation))
        of_labels = {deployment for labels in asked.values() for ids in labels.values() for deployment in ids}
        limits = {deployment: self._limits_key(deployment, ticket.login) for deployment in of_labels}
        health = {deployment: self._health_key(deployment) for deployment in of_labels}
        keys += [*limits.values(), *health.values()]
        if not keys:
            return Remembered(ticket)
        try:
            found = await self.store.get(keys)
        except MemoryUnavailableError as error:
            self._failures.report("memory", error, identifier, "what it remembers is missing")
            return Remembered(Ticket(ticket.id, ticket.began, login=ticket.login, available=False))
        values: dict[str, Value] = {}
        for label, ids in asked.get("quota", {}).items():
            told = [used_of(row, ticket.began) for one in ids if (row := found.get(limits[one], _NEVER_SPOKEN).row) is not None]
            used = [percent for percent in told if percent is not None]
            # what is missing is told too: a record that doesn't have it could be of a policy that didn't ask
            values[FUNCTION_BY_NAME["quota"].of(label)] = whole_if(Fraction(floor(min(used) * 10), 10)) if used else None
        for label, ids in asked.get("healthy", {}).items():
            rows = [found.get(health[one], _NEVER_SPOKEN).row or {} for one in ids]
            values[FUNCTION_BY_NAME["healthy"].of(label)] = is_healthy(rows, ticket.began)
        if ticket.session is not None:
            values["session.spend"] = spent(found.get(ticket.session, _NEVER_SPOKEN).number)
        row = None
        if ticket.conversation is not None:
            row = found.get(ticket.conversation, _NEVER_SPOKEN).row
            values["session.requests"] = int(found.get(_count_of(ticket.conversation), _NEVER_SPOKEN).number)
        if row is not None:
            values |= facts_of(row, ticket.began)
        return Remembered(replace(ticket, before=row), values)

    def routed(self, ticket: Ticket, label: str | None) -> None:
        """A request goes to a label; None if it is rejected, or keeps a model that is no label."""
        if ticket.conversation is None or not ticket.moves or label is None:
            return
        news = {"label": label, "began": ticket.began, "id": ticket.id}
        self.store.change(ticket.conversation, lambda row: {**(row or {}), **news}, self._seconds)
        self.store.add(_count_of(ticket.conversation), 1, self._seconds)

    def answered(self, ticket: Ticket, served: str | None, tokens: Mapping[str, int], dollars: float | None) -> None:
        """A request was answered by a label, with this usage."""
        if ticket.session is not None and dollars:
            self.store.add(ticket.session, dollars, self._seconds)
        if ticket.conversation is None or not ticket.moves:
            return

        def corrected(row: Row | None) -> Row:
            row = row or {}
            return answered(row, served if row.get("id") == ticket.id else None, tokens, ticket.began)

        self.store.change(ticket.conversation, corrected, self._seconds)

    def failed(self, ticket: Ticket) -> None:
        """A request failed for good: what was there before it is put back, unless a later one has written meanwhile."""
        if ticket.conversation is None or not ticket.moves:
            return

        def put_back(row: Row | None) -> Row | None:
            if row is None or row.get("id") != ticket.id:
                return None
            before = ticket.before or {}
            left = {name: value for name, value in row.items() if name not in ("label", "began", "id")}
            return left | {name: before[name] for name in ("label", "began", "id") if name in before}

        self.store.change(ticket.conversation, put_back, self._seconds)
        self.store.add(_count_of(ticket.conversation), -1, self._seconds)

    def told(self, deployment: str, login: str | None, headers: Mapping[str, Any]) -> None:
        """A deployment answered, with these headers."""
        now = time()
        limits = limits_in(headers, now)
        if limits:
            self.store.change(self._limits_key(deployment, login), lambda row: {**(row or {}), "limits": limits}, self._seconds)
        self.store.change(self._health_key(deployment), lambda row: {"tried": now}, self._seconds)

    def refused(self, deployment: str, login: str | None, status: int, headers: Mapping[str, Any]) -> None:
        """An attempt at a deployment failed: with 429 its limits are used up until it may be tried again."""
        now = time()
        until, limits = retry_after(headers, now), limits_in(headers, now)
        if status == 429 or limits:
            news: Row = {"limits": limits} if limits else {}
            full: Row = {"full_until": until} if status == 429 else {}
            self.store.change(self._limits_key(deployment, login), lambda row: {**(row or {}), **news, **full}, self._seconds)
        if status in (408, 429) or status >= 500:
            self.store.change(self._health_key(deployment), lambda row: {"tried": now, "failed_until": until}, self._seconds)

    def _limits_key(self, deployment: str, login: str | None) -> str:
        return hidden("limits", None, deployment, login)

    def _health_key(self, deployment: str) -> str:
        return hidden("health", None, deployment)

    def entries(self) -> int | None:
        """How much is kept; None where that can't be told. Waits for the store."""
        try:
            return self.store.count()
        except Exception:  # what is wrong is told where it matters: of a request, or of what is lost
            return None

    def close(self) -> None:
        """Keep what is left."""
        self.store.close()


def _ticket(facts: Facts, asker: Asker, identifier: str) -> Ticket:
    secret = asker.secret
    login = None if asker.login is None else hidden("login", secret, asker.login)
    session, agent, kind = facts.session, facts.agent_id, facts.agent_class
    if session is None:
        return Ticket(identifier, time(), login=login)
    token = getattr(asker.key, "token", None)
    owner = token if isinstance(token, str) else None
    alone = agent is None and kind in ("subagent", "workflow")
    conversation = None if alone else hidden("conversation", secret, owner, session, agent)
    aside = conversation is None or not moves(kind, facts.endpoint)
    return Ticket(identifier, time(), conversation, hidden("session", secret, owner, session), not aside, login)


def hidden(kind: str, secret: str | None, *parts: str | None) -> str:
    """A key that tells nothing of what it stands for."""
    derived = hmac.digest((secret or "").encode(), b"ccproxy memory", "sha256")
    return hmac.digest(derived, json.dumps([kind, *parts]).encode(), "sha256").hex()


def _count_of(conversation: str) -> str:
    return f"{conversation}:requests"

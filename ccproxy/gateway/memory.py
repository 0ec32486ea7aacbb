"""What the proxy remembers of conversations, as facts: read once when a request arrives, learned from its label and its answer.

Keys are HMACs, so that nobody without the proxy's master key can tell whose they are; what stands under them are labels, numbers and times.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from fractions import Fraction
from math import floor
from time import time
from typing import Any

from ccproxy.facts import Facts, Value
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.facts.recollection import Row, answered, facts_of, moves, origins_of, spent, whole_if
from ccproxy.frozen import frozen
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.limits import is_healthy, limits_in, retry_after, used_of
from ccproxy.gateway.memory_store import CONVERSATION, Change, Failed, Kept, MemoryStore, MemoryUnavailableError

_log = logging.getLogger("ccproxy.gateway")
_NEVER_SPOKEN = Kept()
_NOTHING_ASKED: Mapping[str, Mapping[str, Sequence[str]]] = {}


@frozen
class Ticket:
    """What a request has to do with memory: the keys of its conversation and session, when it began, what was remembered before.

    `moves` is whether it becomes the conversation's last request; `id` is that of its records. `login` is what stands for a login of the
    client's own that is passed on to the provider. `messages` is how many it has.
    """

    id: str
    began: float
    conversation: str | None = None
    session: str | None = None
    moves: bool = False
    login: str | None = None
    before: Row | None = None
    available: bool = True
    messages: int | None = None

    @property
    def origins(self) -> list[tuple[int, str]]:
        """Who made the answers in its history, as far as that is known: pairs of a number of messages and the vendor that answered next."""
        return origins_of(self.before) if self.moves else []


@frozen
class Asker:
    """Whose a request is: LiteLLM's `UserAPIKeyAuth`, the proxy's master key, and a login of the client's own that goes to the provider."""

    key: object
    secret: str | None
    login: str | None = None


@frozen
class Remembered:
    """The facts that memory has for a request."""

    ticket: Ticket
    facts: Mapping[str, Value] = field(default_factory=dict)


class Memory:
    """What is remembered of conversations, for `hours` after they were last heard of. Never raises, never blocks.

    `open_store` makes the store for the first request that asks for something, or raises MemoryUnavailableError; it is given what to call
    with what fails to be written. `failures` counts what can't be read or kept.
    """

    def __init__(self, open_store: Callable[[Failed], MemoryStore], hours: float, failures: Failures) -> None:
        self._open_store = open_store
        self._store: MemoryStore | None = None
        self._seconds = hours * 3600
        self._reading = _Trouble(failures, "what it remembers is missing")
        self._writing = _Trouble(failures, "what there was to remember is lost")

    async def remember(
        self, facts: Facts, asker: Asker, identifier: str, asked: Mapping[str, Mapping[str, Sequence[str]]] = _NOTHING_ASKED
    ) -> Remembered:
        """What is remembered of the conversation of a request with these facts, and of the labels that are `asked` about.

        Those are, by function (`quota`, `healthy`) and label, the ids of the label's deployments.
        """
        ticket = _ticket(facts, asker, identifier)
        keys = [one for one in (ticket.conversation, ticket.session) if one is not None]
        of_labels = {deployment for labels in asked.values() for ids in labels.values() for deployment in ids}
        limits = {deployment: self._limits_key(deployment, ticket.login) for deployment in of_labels}
        health = {deployment: self._health_key(deployment) for deployment in of_labels}
        keys += [*limits.values(), *health.values()]
        if not keys:
            return Remembered(ticket)
        try:
            found = await self._opened().get(keys)
        except MemoryUnavailableError as error:
            self._reading.failed(error.__cause__ or error, identifier)
            return Remembered(Ticket(ticket.id, ticket.began, login=ticket.login, available=False))
        self._reading.over()
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
            kept = found.get(ticket.conversation, _NEVER_SPOKEN)
            row, values["session.requests"] = kept.row, int(kept.number)
        if row is not None:
            values |= facts_of(row, ticket.began)
        return Remembered(replace(ticket, before=row), values)

    def routed(self, ticket: Ticket, label: str | None) -> None:
        """A request goes to a label; None if it is rejected, or keeps a model that is no label."""
        if ticket.conversation is None or not ticket.moves or label is None:
            return
        news = {"label": label, "began": ticket.began, "id": ticket.id}
        self._change(ticket.conversation, lambda row: {**(row or {}), **news})
        self._add(ticket.conversation, 1)

    def answered(
        self, ticket: Ticket, served: str | None, tokens: Mapping[str, int], dollars: float | None, vendor: str | None = None
    ) -> None:
        """A request was answered by a label, with this usage; `vendor` is whose model that was, None if unknown."""
        if ticket.session is not None and dollars:
            self._add(ticket.session, dollars)
        if ticket.conversation is None or not ticket.moves:
            return

        def corrected(row: Row | None) -> Row:
            row = row or {}
            origin = None if vendor is None or ticket.messages is None else (ticket.messages, vendor)
            return answered(row, served if row.get("id") == ticket.id else None, tokens, ticket.began, origin)

        self._change(ticket.conversation, corrected)

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

        self._change(ticket.conversation, put_back)
        self._add(ticket.conversation, -1)

    def told(self, deployment: str, login: str | None, headers: Mapping[str, Any]) -> None:
        """A deployment answered, with these headers."""
        now = time()
        limits = limits_in(headers, now)
        if limits:
            self._change(self._limits_key(deployment, login), lambda row: {**(row or {}), "limits": limits})
        self._change(self._health_key(deployment), lambda row: {"tried": now})

    def refused(self, deployment: str, login: str | None, status: int, headers: Mapping[str, Any]) -> None:
        """An attempt at a deployment failed: with 429 its limits are used up until it may be tried again."""
        now = time()
        until, limits = retry_after(headers, now), limits_in(headers, now)
        if status == 429 or limits:
            news: Row = {"limits": limits} if limits else {}
            full: Row = {"full_until": until} if status == 429 else {}
            self._change(self._limits_key(deployment, login), lambda row: {**(row or {}), **news, **full})
        if status in (408, 429) or status >= 500:
            self._change(self._health_key(deployment), lambda row: {"tried": now, "failed_until": until})

    def _limits_key(self, deployment: str, login: str | None) -> str:
        return hidden("limits", None, deployment, login)

    def _health_key(self, deployment: str) -> str:
        return hidden("health", None, deployment)

    def status(self) -> dict[str, Any]:
        """What is kept where: `kind` (None before the first request), with SQLite how many `conversations`.

        `unread` counts the requests that went without, `lost` what could not be written; `trouble` is whether that goes on.
        """
        store = self._store
        return {
            "kind": None if store is None else store.kind,
            "conversations": None if store is None else store.conversations(),
            "unread": self._reading.count,
            "lost": self._writing.count,
            "trouble": self._reading.now or self._writing.now,
        }

    def close(self) -> None:
        """Keep what is left."""
        if self._store is not None:
            self._store.close()

    def _opened(self) -> MemoryStore:
        if self._store is None:
            self._store = self._open_store(self._written)
        return self._store

    def _change(self, key: str, to: Change) -> None:
        with suppress(MemoryUnavailableError):  # told of where it was to be read
            self._opened().change(key, to, self._seconds)

    def _add(self, key: str, amount: float) -> None:
        with suppress(MemoryUnavailableError):
            self._opened().add(key, amount, self._seconds)

    def _written(self, error: BaseException | None) -> None:
        if error is None:
            self._writing.over()
        else:
            self._writing.failed(error, "none")


class _Trouble:
    """Counts what goes wrong with a store, `now` if it still does. The first failure of a row is logged, and when it is over."""

    def __init__(self, failures: Failures, outcome: str) -> None:
        self.count = 0
        self.now = False
        self._failures = failures
        self._outcome = outcome

    def failed(self, error: BaseException, request_id: str) -> None:
        self.count += 1
        self._failures.report("memory", error, request_id, self._outcome, again=self.now)
        self.now = True

    def over(self) -> None:
        if self.now:
            self.now = False
            _log.info("memory works again, after %d failures", self.count)


def _ticket(facts: Facts, asker: Asker, identifier: str) -> Ticket:
    secret = asker.secret
    login = None if asker.login is None else hidden("login", secret, asker.login)
    session, agent, kind = facts.session, facts.agent_id, facts.agent_class
    if session is None:
        return Ticket(identifier, time(), login=login)
    token = getattr(asker.key, "token", None)
    owner = token if isinstance(token, str) else None
    alone = agent is None and kind in ("subagent", "workflow")
    conversation = None if alone else CONVERSATION + hidden("conversation", secret, owner, session, agent)
    aside = conversation is None or not moves(kind, facts.endpoint)
    of_session = hidden("session", secret, owner, session)
    return Ticket(identifier, time(), conversation, of_session, not aside, login, messages=facts.messages)


def hidden(kind: str, secret: str | None, *parts: str | None) -> str:
    """A key that tells nothing of what it stands for."""
    derived = hmac.digest((secret or "").encode(), b"ccproxy memory", "sha256")
    return hmac.digest(derived, json.dumps([kind, *parts]).encode(), "sha256").hex()

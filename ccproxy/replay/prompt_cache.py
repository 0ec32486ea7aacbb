"""Simulates the prompt caches of conversations that go to other labels than they went to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ccproxy.frozen import frozen
from ccproxy.models.prices import Paid
from ccproxy.replay.recorded import RecordedRequest

MINIMUM = 1024
"""Tokens below which nothing is cached: the least of any of Anthropic's models."""
MOST_CONVERSATIONS = 100_000
"""Conversations that are remembered at once; the one begun first is forgotten first."""
_FIVE_MINUTES, _HOUR = timedelta(minutes=5), timedelta(hours=1)


@frozen
class _Cached:
    """What the cache of a label holds of a conversation: so many tokens, of requests with this before their messages."""

    tokens: int
    prefix: object
    used: datetime | None
    lasts: timedelta

    def is_warm(self, at: datetime | None) -> bool:
        """Whether it is still there; unknown times count as near."""
        return at is None or self.used is None or at - self.used <= self.lasts


@dataclass(slots=True)
class _Conversation:
    labels: dict[str, _Cached] = field(default_factory=dict)
    last: str | None = None
    is_as_recorded: bool = True


@frozen
class Charged:
    """What a request would be charged for, and how many tokens a switch or another prefix had written anew that were cached before."""

    paid: Paid
    lost: int


@dataclass(slots=True)
class PromptCaches:
    """The caches of all conversations under one policy.

    While a conversation goes to the models that it went to, its usage is the recorded one. From the first difference on it is simulated:
    a label's cache holds what was sent to it last, for as long as the client asked for; reading renews it; what is not read is written.
    """

    _conversations: dict[str, _Conversation] = field(default_factory=dict)

    def charge(self, request: RecordedRequest, paid: Paid, label: str, *, is_same: bool) -> Charged:
        """What a request would be charged for at a label. `is_same` says whether that is where it went."""
        if request.conversation is None:
            return Charged(paid if is_same else _written_anew(paid), 0)
        conversation = self._of(request.conversation)
        conversation.is_as_recorded = conversation.is_as_recorded and is_same
        before = None if conversation.last is None else conversation.labels[conversation.last]
        if not conversation.is_as_recorded:
            paid = _at(paid, conversation.labels.get(label), request)
        cacheable = paid.input - paid.new
        lost = 0
        if before is not None and before.is_warm(request.time) and cacheable >= before.tokens:
            lost = max(0, before.tokens - paid.read)
        lasts = _HOUR if paid.written_1h else _FIVE_MINUTES
        if not paid.written and not paid.written_1h and before is not None:
            lasts = before.lasts
        conversation.labels[label] = _Cached(cacheable, request.prefix, request.time, lasts)
        conversation.last = label
        return Charged(paid, lost)

    def _of(self, name: str) -> _Conversation:
        found = self._conversations.get(name)
        if found is None:
            if len(self._conversations) >= MOST_CONVERSATIONS:
                del self._conversations[next(iter(self._conversations))]
            found = self._conversations[name] = _Conversation()
        return found


def _at(paid: Paid, cached: _Cached | None, request: RecordedRequest) -> Paid:
    """The tokens of a request by what a cache holds."""
    cacheable = paid.input - paid.new
    if cacheable < MINIMUM:
        return replace(paid, new=paid.input, written=0, written_1h=0, read=0)
    if cached is None or cached.prefix != request.prefix or not cached.is_warm(request.time):
        return _written_anew(paid)
    # a conversation that became shorter was compacted: what is left of it is what was read then
    read = cached.tokens if cached.tokens <= cacheable else min(paid.read, cached.tokens)
    written = cacheable - read
    return replace(paid, read=read, **_as_long(paid, written))


def _written_anew(paid: Paid) -> Paid:
    return replace(paid, read=0, **_as_long(paid, paid.input - paid.new))


def _as_long(paid: Paid, written: int) -> dict[str, int]:
    """What is written for an hour, if the client asks for that, else for five minutes."""
    return {"written": 0, "written_1h": written} if paid.written_1h else {"written": written, "written_1h": 0}

"""What is remembered of a conversation, and the facts that makes: the rules alone, which proxies and replays go by.

A row has the `label` and the time (`began`, in seconds since 1970) of the conversation's last request, the `id` of its records, and what
is cached of it: `cache`, an object of `tokens`, the seconds of their `life`, and the time `until` which they live. `origins` are pairs of a
number of messages and the vendor that answered next, ascending.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor
from typing import Any

from ccproxy.facts.values import Value

Row = dict[str, Any]
"""JSON values; texts are labels and identifiers, nothing of a request."""

OF_CONVERSATIONS = ("session.label", "session.idle", "session.requests", "cache.tokens")
"""Facts of a conversation; `session.spend` is of the whole session."""
MOST_ORIGINS = 32
"""Maximum answers of a conversation of which it is remembered who made them: the last ones."""
_READ_ONLY = frozenset({"auxiliary", "compaction"})
"""Classes of requests that don't move their conversation."""
_LIVES = {"cache_write_5m": 300, "cache_write_1h": 3600}
"""Seconds that a provider keeps what it wrote to its cache, by the kind of token in our records."""


def moves(agent_class: str | None, endpoint: str | None) -> bool:
    """Whether a request becomes the last one of its conversation."""
    return agent_class not in _READ_ONLY and endpoint != "count_tokens"


def facts_of(row: Row, now: float) -> dict[str, Value]:
    """The facts that a row makes at a time; those that it doesn't tell are missing."""
    values: dict[str, Value] = {}
    label, began, cache = row.get("label"), row.get("began"), row.get("cache")
    if isinstance(label, str) and label:
        values["session.label"] = label
    if isinstance(began, int | float):
        values["session.idle"] = whole_if(Fraction(max(0, floor((now - began) / 6)), 10))
    if isinstance(cache, dict):
        values["cache.tokens"] = cache["tokens"] if cache["until"] > now else 0
    return values


def origins_of(row: Row | None) -> list[tuple[int, str]]:
    """Who made which answers of a conversation: pairs of a number of messages and the vendor that answered next."""
    return [(count, vendor) for count, vendor in (row or {}).get("origins", ())]


def answered(row: Row, served: str | None, tokens: Mapping[str, int], began: float, origin: tuple[int, str] | None = None) -> Row:
    """The row after an answer with this usage to a request that began then; `served` is the label of that, where it is the row's.

    `origin` is the number of the request's messages and the vendor that answered; what followed these messages before is forgotten.
    """
    changed = dict(row)
    if served is not None:
        changed["label"] = served
    cached = _cached(tokens, changed.get("cache"), began)
    if cached is not None:
        changed["cache"] = cached
    if origin is not None:
        changed["origins"] = [*(one for one in origins_of(row) if one[0] < origin[0]), origin][-MOST_ORIGINS:]
    return changed


def _cached(tokens: Mapping[str, int], before: object, began: float) -> Row | None:
    """What the provider has of the conversation, as it said; None where it said nothing. A reading renews what was written before."""
    written = [life for kind, life in _LIVES.items() if tokens.get(kind)]
    read = tokens.get("cache_read", 0)
    if not written and not read:
        return None
    lives = written or [int(before.get("life", 300)) if isinstance(before, dict) else 300]
    whole = read + sum(tokens.get(kind, 0) for kind in _LIVES)
    return {"tokens": whole, "life": min(lives), "until": began + min(lives)}


def spent(dollars: float) -> Value:
    """What a session has cost, as `session.spend` has it: to the billionth of a dollar."""
    return whole_if(Fraction(round(dollars * 10**9), 10**9))


def whole_if(number: Fraction) -> Value:
    """A whole number as an int."""
    return number.numerator if number.denominator == 1 else number

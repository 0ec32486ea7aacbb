"""What a source tells of one request, and what of a source could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from ccproxy.facts.definitions import FACTS
from ccproxy.facts.request import Request
from ccproxy.facts.schema import InHeader, InKey, Made
from ccproxy.frozen import frozen
from ccproxy.models.prices import Paid

Source = Literal["transcript", "rollout", "decisions", "requests", "spend"]
Shadowed = Literal["same", "elsewhere", "undecided", "failed"]
"""What a shadow policy decided beside the one in force."""

_OUTSIDE = frozenset(
    fact.name for fact in FACTS if isinstance(fact.place, InHeader | InKey) or fact.place in (Made.BUDGET, Made.MEMORY, Made.TAGS)
)
OUTSIDE_THE_BODY = _OUTSIDE | {"header", "metadata", "quota", "healthy"}
"""What a source that has only bodies can't tell; headers that it has are known nevertheless. Bodies hold `metadata` of the sender's."""


@frozen
class RecordedRequest:
    """One request of a source.

    `place` is `file:line`, the file relative to the source. Either `request` is told, but for the facts named in `unknown`, or only the
    facts in `known`. `paid` are the tokens that the provider charged, None without an answer; `model` is the one that answered, `label`
    that of the proxy which recorded it, `dollars` what was recorded as paid. `session` is what several conversations may be of. `aside`
    is whether the proxy left what it remembers of the conversation as it was, `failed` whether there was no answer in the end. `prefix`
    stands for all before the messages that a prompt cache depends on; `tier` and `fast` are how it was served. `shadow` is the hash of a
    shadow policy, and what it decided then; `record` is the record of the decision, if it was one.
    """

    source: Source
    place: str
    request: Request | None = None
    unknown: frozenset[str] = frozenset()
    known: Mapping[str, Any] = field(default_factory=dict)
    paid: Paid | None = None
    model: str | None = None
    label: str | None = None
    conversation: str | None = None
    session: str | None = None
    aside: bool = False
    failed: bool = False
    time: datetime | None = None
    dollars: Decimal | None = None
    prefix: object = None
    tier: str | None = None
    fast: bool = False
    shadow: tuple[str, Shadowed] | None = None
    record: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Skipped:
    """What was not read: lines that are no JSON, records of unknown kinds or without what they must have."""

    lines: int = 0
    records: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """Why, in words."""

    def line(self) -> None:
        """Count a line that can't be read."""
        self.lines += 1

    def record(self, why: str) -> None:
        """Count a record that can't be used."""
        self.records += 1
        self._tell(why, 1)

    def join(self, other: Skipped) -> None:
        """Count what was skipped elsewhere, too."""
        self.lines += other.lines
        self.records += other.records
        for why, count in other.kinds.items():
            self._tell(why, count)

    def _tell(self, why: str, count: int) -> None:
        if why in self.kinds or len(self.kinds) < 100:
            self.kinds[why] += count


def mapping(value: object) -> Mapping[str, Any]:
    """An object of JSON; an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """A text that says something; None for anything else."""
    return value if isinstance(value, str) and value else None


def count(value: object) -> int:
    """A number of tokens; 0 for anything else."""
    return value if type(value) is int and 0 < value < 10**15 else 0


def moment(value: object) -> datetime | None:
    """A time in ISO 8601, in UTC where it has no offset; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)

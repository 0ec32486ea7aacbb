"""Decision records: what is recorded of a request, without anything private to its client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal

from ccproxy.decision import Action
from ccproxy.facts import Facts
from ccproxy.facts.definitions import FACTS
from ccproxy.language.types import Type

LONGEST_TEXT = 200
"""Maximum characters of a text in a record."""
LARGEST_NUMBER = 10**15
"""Numbers beyond this are not recorded, because clients can write any digits into some facts."""

_TOLD = tuple(fact.name for fact in FACTS if fact.type in (Type.NUMBER, Type.BOOL) or fact.recorded)


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """The record of one request.

    `action` is the policy's (`route`, `keep`, `reject`), or `forbid` if the key may not use the `label`. `label` is the model it
    goes to (None if it is rejected), `model` the one that the client asked for, `rule` the place of the rule (`policy.ccp:12`, None
    if no rule decided), `policy` the start of the policy's hash. `seconds` is the time that the decision took.
    """

    time: datetime
    request_id: str
    policy: str
    rule: str | None
    action: Action | Literal["forbid"]
    label: str | None
    model: str | None
    facts: Mapping[str, int | float | bool | str]
    seconds: float

    def line(self) -> bytes:
        """The record as a line of `decisions.jsonl`."""
        fields = {
            "time": moment(self.time),
            "policy": self.policy,
            "rule": self.rule,
            "action": self.action,
            "label": self.label,
            "model": self.model,
            "facts": dict(self.facts),
            "ms": round(self.seconds * 1000, 3),
        }
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"

    def text(self) -> str:
        """The record as a line of the log, for people."""
        facts = "".join(f" {name}={json.dumps(value)}" for name, value in self.facts.items())
        by = self.rule or "no rule"
        return f"{json.dumps(self.model)} {self._went()} by {by} ({self.seconds * 1000:.1f} ms, request {self.request_id}){facts}"

    def _went(self) -> str:
        match self.action:
            case "route":
                return f"-> {json.dumps(self.label)}"
            case "keep":
                return "is kept"
            case "reject":
                return "is rejected"
            case "forbid":
                return f"may not go to {json.dumps(self.label)}"


def told_facts(facts: Facts | None) -> dict[str, int | float | bool | str]:
    """The facts for a record, among those read: numbers, bools, and the texts whose row allows it; none that are missing."""
    if facts is None:
        return {}
    read = facts.values_read()
    found: dict[str, int | float | bool | str] = {}
    for name in _TOLD:
        value = read.get(name)
        if isinstance(value, str):
            found[name] = value[:LONGEST_TEXT]
        elif isinstance(value, int | Fraction) and -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            found[name] = float(value) if isinstance(value, Fraction) else value
    return found


def told_text(value: object) -> str | None:
    """A text of the request for a record: the model that the client asked for may be any JSON value."""
    return value[:LONGEST_TEXT] if isinstance(value, str) else None


def moment(time: datetime) -> str:
    """A time in UTC, to the millisecond: `2026-11-24T13:20:03.123Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

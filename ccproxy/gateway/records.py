"""Decision records: what is recorded of a request, without anything private to its client."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Literal
from uuid import uuid4

from ccproxy.config.settings import KEY_FACTS
from ccproxy.decision import Action
from ccproxy.facts import Facts
from ccproxy.facts.definitions import FACTS
from ccproxy.frozen import frozen
from ccproxy.language.types import Type

LONGEST_TEXT = 200
"""Maximum characters of a text in a record."""
LARGEST_NUMBER = 10**15
"""Numbers beyond this are not recorded, because clients can write any digits into some facts."""

MOST_TAGS = 20
"""Maximum elements of a list in a record."""

Told = int | float | bool | str | list[str] | dict[str, int] | None
"""The value of a fact in a record; None is missing."""

_TOLD = frozenset(fact.name for fact in FACTS if fact.type in (Type.NUMBER, Type.BOOL) or fact.recorded)


@frozen
class DecisionRecord:
    """The record of one request.

    `action` is the policy's (`route`, `keep`, `reject`), or `forbid` if the key may not use the `label`. `label` is the model it
    goes to (None if it is rejected), `model` the one that the client asked for, `rule` the place of the rule (`policy.ccp:12`, None
    if no rule decided), `policy` the start of the policy's hash. `seconds` is the time that the decision took. `id` is ours:
    clients can choose `request_id`, which is LiteLLM's. `conversation`: see conversation_id.py. `removed` are the keys that the client
    may not use, each with the models that it named. `models` is the hash of what is known of the labels that the policy asks about.
    `memory` is whether what is remembered could be read, where the policy asks for it, `aside` whether the request
    leaves it as it is, being an auxiliary one. `shadow` is what a candidate for the policy
    decided: the start of its hash as `policy`, and `rule`, `action`, `label`; or `undecided`, the facts that it wanted; or `failed`,
    the error's type.
    """

    id: str
    time: datetime
    request_id: str
    policy: str
    rule: str | None
    action: Action | Literal["forbid"]
    label: str | None
    model: str | None
    conversation: str | None
    facts: Mapping[str, Told]
    seconds: float
    removed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    models: str | None = None
    memory: bool = True
    aside: bool = False
    shadow: Mapping[str, Any] | None = None

    def line(self) -> bytes:
        """The record as a line of `decisions.jsonl`."""
        fields: dict[str, Any] = {
            "id": self.id,
            "time": moment(self.time),
            "policy": self.policy,
            "rule": self.rule,
            "action": self.action,
            "label": self.label,
            "model": self.model,
            "conversation": self.conversation,
            "facts": dict(self.facts),
            "ms": round(self.seconds * 1000, 3),
        }
        if not self.memory:
            fields["memory"] = "unavailable"
        if self.aside:
            fields["aside"] = True
        if self.shadow is not None:
            fields["shadow"] = dict(self.shadow)
        if self.models is not None:
            fields["models"] = self.models
        if self.removed:
            fields["removed"] = {name: list(models) for name, models in self.removed.items()}
        return _line(fields)

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


@frozen
class AnswerRecord:
    """The record of an answer: to the decision with this `id`, which said `label` and `rule`.

    `time` is when the answer ended, `seconds` how long that took from the request's arrival. `status` is its HTTP status, or that of
    the error that broke it off. `served` is the label, or the model that was kept, that answered, None if none did. `fitted` are the
    changes that fitted the request to it.
    """

    id: str
    time: datetime
    status: int
    served: str | None
    tokens: Mapping[str, int]
    dollars: float | None
    seconds: float
    label: str
    rule: str | None
    fitted: tuple[str, ...] = ()

    def line(self) -> bytes:
        """The record as a line of `decisions.jsonl`."""
        fitted = {"fitted": list(self.fitted)} if self.fitted else {}
        return _line(
            {
                "answer": self.id,
                "time": moment(self.time),
                "status": self.status,
                "served": self.served,
                "tokens": dict(self.tokens),
                "dollars": self.dollars,
                "ms": round(self.seconds * 1000, 3),
                **fitted,
            }
        )


def new_id() -> str:
    """An identifier for a request, which nobody can choose."""
    return uuid4().hex


def _line(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def told_facts(facts: Facts | None, of_key: Collection[str] = KEY_FACTS) -> dict[str, Told]:
    """The facts for a record, among those read: numbers, bools, the texts whose row allows it, and None for what is missing.

    `of_key` are the properties of the key that may be told. A token count that was not needed exactly is told as the bound that decided.
    """
    if facts is None:
        return {}
    read = facts.values_read()
    found: dict[str, Told] = {}
    for name, value in read.items():
        if name not in _TOLD:
            continue
        if isinstance(value, str):
            found[name] = value[:LONGEST_TEXT]
        elif isinstance(value, int | Fraction) and -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            found[name] = float(value) if isinstance(value, Fraction) else value
    # what is missing gives nothing away, and can't be told else from what was not read
    found |= {name: None for name, value in read.items() if value is None and not name.startswith("key.")}
    for name, value in facts.labelled.items():
        if isinstance(value, int | Fraction):
            found[name[:LONGEST_TEXT]] = float(value) if isinstance(value, Fraction) else value
    for name in of_key:
        value = read.get(f"key.{name}")
        if isinstance(value, str):
            found[f"key.{name}"] = value[:LONGEST_TEXT]
        elif isinstance(value, tuple):
            found[f"key.{name}"] = [str(element)[:LONGEST_TEXT] for element in value[:MOST_TAGS]]
        elif value is None and f"key.{name}" in read:
            found[f"key.{name}"] = None
    found.update(facts.token_bounds())
    return found


def told_text(value: object) -> str | None:
    """A text of the request for a record: the model that the client asked for may be any JSON value."""
    return value[:LONGEST_TEXT] if isinstance(value, str) else None


def moment(time: datetime) -> str:
    """A time in UTC, to the millisecond: `2026-11-24T13:20:03.123Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

"""Reads the decision records of a proxy: facts, labels and answers, never a text of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO

from ccproxy.models.prices import Paid, number
from ccproxy.replay.json_lines import json_lines
from ccproxy.replay.recorded import RecordedRequest, Shadowed, Skipped, mapping, moment, text
from ccproxy.replay.usage import paid_of_record

_MAY_BE_CUT: Mapping[type, int] = {str: 200, list: 20}
WINDOW = 10_000
"""Decisions that may wait for their answers at once."""


class DecisionLogReader:
    """Reads decision logs one after the other."""

    def __init__(self, skipped: Skipped) -> None:
        self.skipped = skipped

    def read(self, file: BinaryIO, name: str) -> Iterator[RecordedRequest]:
        """The decisions in their order, each with its answer where there was one."""
        waiting: dict[str, tuple[int, Mapping[str, Any]]] = {}
        answers: dict[str, Mapping[str, Any]] = {}
        for number_of_line, record in json_lines(file, self.skipped):
            name_of, answered = record.get("id"), record.get("answer")
            # conditions one by one are faster than a match
            if isinstance(name_of, str) and isinstance(record.get("facts"), dict) and isinstance(record.get("action"), str):
                waiting[name_of] = number_of_line, record
            elif not isinstance(answered, str):
                self.skipped.record("neither a decision nor an answer")
            elif answered in waiting:
                answers[answered] = record
            else:
                self.skipped.record("answer without its decision")
            while waiting and (len(waiting) > WINDOW or next(iter(waiting)) in answers):
                key = next(iter(waiting))
                line, decided = waiting.pop(key)
                yield recorded_decision(f"{name}:{line}", decided, answers.pop(key, None))
        for key, (line, decided) in waiting.items():
            yield recorded_decision(f"{name}:{line}", decided, answers.get(key))


def recorded_decision(place: str, record: Mapping[str, Any], answer: Mapping[str, Any] | None) -> RecordedRequest:
    """The request of a decision record, which stands at this place, and of the record of its answer."""
    told = mapping(record.get("facts"))
    # a text that long may have been cut, and so may a list
    known = {name: value for name, value in told.items() if (most := _MAY_BE_CUT.get(type(value))) is None or len(value) < most}
    if (model := text(record.get("model"))) is not None:
        known["model"] = model
    paid: Paid | None = None
    dollars: Decimal | None = None
    served: str | None = None
    if answer is not None:
        paid = paid_of_record(mapping(answer.get("tokens")))
        dollars = number(answer.get("dollars"))
        served = text(answer.get("served"))
    return RecordedRequest(
        source="decisions",
        place=place,
        known=known,
        paid=paid,
        model=served,
        label=text(record.get("label")),
        conversation=text(record.get("conversation")),
        session=text(told.get("session")),
        aside=record.get("aside") is True,
        failed=record["action"] == "forbid" or (answer is not None and served is None),
        time=moment(record.get("time")),
        dollars=dollars,
        shadow=_shadow(record),
        record=record,
    )


def _shadow(record: Mapping[str, Any]) -> tuple[str, Shadowed] | None:
    """What a shadow policy decided: a label that the key may not have is one that the policy in force went to, too."""
    if record.get("shadow") is None:
        return None
    action = "route" if record["action"] == "forbid" else record["action"]
    match record.get("shadow"):
        case {"policy": str(policy), "action": str(other), **rest}:
            same = other == action and (action != "route" or rest.get("label") == record.get("label"))
            return policy, "same" if same else "elsewhere"
        case {"policy": str(policy), "undecided": list()}:
            return policy, "undecided"
        case {"policy": str(policy), "failed": str()}:
            return policy, "failed"
        case _:
            return None

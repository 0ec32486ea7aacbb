"""Reads rollouts of Codex: the conversation of each turn, and the tokens that its answers took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from ccproxy.facts.definitions import FACTS
from ccproxy.facts.request import Request
from ccproxy.facts.schema import Made
from ccproxy.replay.json_lines import json_lines
from ccproxy.replay.recorded import OUTSIDE_THE_BODY, RecordedRequest, Skipped, mapping, moment, text
from ccproxy.replay.usage import paid_of_rollout

TYPES = frozenset({"session_meta", "turn_context", "response_item", "event_msg", "compacted"})
"""Kinds of lines that tell a rollout."""
_TOLD = frozenset(
    {"model", "endpoint", "effort", "messages", "turns", "turn.step", "prompt", "tools.called", "session"}
    | {"images", "images.latest", "documents", "audio", "video"}
)
_UNTOLD = frozenset(fact.name for fact in FACTS if fact.place is not Made.CLOCK) - _TOLD | (OUTSIDE_THE_BODY - _TOLD) | {"body"}
"""What a rollout can't tell: what stands around its items, tools and instructions among it."""
_BY_CODEX = ("message", "function_call", "custom_tool_call", "local_shell_call", "reasoning", "web_search_call")
"""Items that the model wrote: those at the end are of the answer, not of the request."""


class RolloutReader:
    """Reads rollouts one after the other; a session that was resumed into another file is given once."""

    def __init__(self, skipped: Skipped, given: set[int] | None = None) -> None:
        self.skipped = skipped
        self._given = set[int]() if given is None else given

    def read(self, file: BinaryIO, name: str) -> Iterator[RecordedRequest]:
        """The requests that were answered, in their order."""
        items: list[Mapping[str, Any]] = []
        context: Mapping[str, Any] = {}
        session: str | None = None
        total: object = None
        for number, record in json_lines(file, self.skipped):
            kind, payload = record.get("type"), record.get("payload")
            if not isinstance(kind, str) or kind not in TYPES or not isinstance(payload, dict):
                self.skipped.record(f"unknown kind {str(kind)[:40]}")
                continue
            if kind == "session_meta":
                session = text(payload.get("id"))
            elif kind == "turn_context":
                context = payload
            elif kind == "response_item":
                items.append(payload)
            elif kind == "compacted":
                history = payload.get("replacement_history")
                items = [item for item in history if isinstance(item, dict)] if isinstance(history, list) else []
            elif payload.get("type") == "token_count" and isinstance(info := payload.get("info"), dict):
                # equal totals are the same answer, told again with other limits
                if info.get("total_token_usage") == total:
                    continue
                total = info.get("total_token_usage")
                at = moment(record.get("timestamp"))
                key = hash(f"{session} {record.get('timestamp')} {total}")
                if key not in self._given:
                    self._given.add(key)
                    yield _request(f"{name}:{number}", items, context, usage=mapping(info.get("last_token_usage")), session=session, at=at)


def ties_of_rollout(file: BinaryIO) -> Iterator[str]:
    """What ties a rollout to others: its sessions."""
    named = False
    for _, record in json_lines(file, Skipped(), among=(b"session_meta", b"token_count", b"\\u00")):
        payload = record.get("payload")
        if record.get("type") == "session_meta" and isinstance(payload, dict):
            named = True
            yield f"session {text(payload.get('id'))}"
        elif not named:
            yield "session None"


def _request(
    place: str,
    items: list[Mapping[str, Any]],
    context: Mapping[str, Any],
    *,
    usage: Mapping[str, Any],
    session: str | None,
    at: datetime | None,
) -> RecordedRequest:
    paid = paid_of_rollout(usage)
    asked = len(items)
    while asked and _is_answer(items[asked - 1]):
        asked -= 1
    body: dict[str, Any] = {"model": context.get("model"), "input": items[:asked]}
    if text(context.get("effort")):
        body["reasoning"] = {"effort": context["effort"]}
    facts: dict[str, Any] = {"tokens": paid.input}
    if session:
        facts["session"] = session
    return RecordedRequest(
        source="rollout",
        place=place,
        request=Request(body, path="/v1/responses", at=at, facts=facts),
        unknown=_UNTOLD if items else _UNTOLD | _TOLD - {"model", "endpoint", "effort", "session"},
        paid=paid,
        model=text(context.get("model")),
        conversation=session,
        time=at,
        prefix=(context.get("model"), context.get("effort")),
    )


def _is_answer(item: Mapping[str, Any]) -> bool:
    return item.get("type") in _BY_CODEX and item.get("role", "assistant") == "assistant"

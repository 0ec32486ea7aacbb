"""Records as a proxy writes them, for pages that show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ccproxy.gateway.records import AnswerRecord, DecisionRecord
from ccproxy.policy import Policy

START = datetime(2026, 11, 27, 10, tzinfo=UTC)


def decision(
    number: int, policy: Policy, facts: Mapping[str, Any], *, time: datetime | None = None, conversation: str | None = None
) -> DecisionRecord:
    """What a proxy records of the request of this number, decided by the policy; its id has the number."""
    decided = policy.decide({"model": "claude-opus-5-5", "messages": []}, facts=facts)
    rule = decided.rule
    return DecisionRecord(
        id=f"{number:032x}",
        time=time or START + timedelta(seconds=number),
        request_id=f"request-{number}",
        policy=policy.sha256[:12],
        rule=None if rule is None else f"{rule.file}:{rule.line}",
        action=decided.action,
        label=decided.model_for("claude-opus-5-5"),
        model="claude-opus-5-5",
        conversation=conversation,
        facts=facts,
        seconds=0.000_2,
    )


def answer(
    record: DecisionRecord, *, status: int = 200, dollars: float = 0.01, read: int = 0, written: int = 2000, seconds: float = 1.5
) -> AnswerRecord:
    """The record of the answer to a decision."""
    tokens = {"input": 10, "cache_write_5m": written, "cache_write_1h": 0, "cache_read": read, "output": 100}
    time = record.time + timedelta(seconds=seconds)
    return AnswerRecord(record.id, time, status, record.label, tokens, dollars, seconds, record.label or "", record.rule)

"""Replays of nothing yet, which processes make again."""

from __future__ import annotations

import os
from datetime import UTC

from ccproxy.facts import RecurringValues, TokenCounter
from ccproxy.models.label_models import Models
from ccproxy.policy import loads
from ccproxy.replay.bill import Bill
from ccproxy.replay.breakdown import Breakdown
from ccproxy.replay.recorded import Skipped
from ccproxy.replay.replayed import PolicyTotal, Replay

BILL = Bill(Models.without_config())
OLD = loads("""
when session.requests > 1 and session.label == "claude-haiku-4-5" -> "claude-opus-4-5"
when tokens > 20 and turns > 1 -> "claude-haiku-4-5"
when header("x-team") == "a" -> "claude-sonnet-4-5"
default -> "claude-opus-4-5"
""")
NEW = loads("""
when session.spend > 0.05 -> "claude-haiku-4-5"
when cache.tokens > 10k -> keep
when max_tokens > 103 -> "claude-sonnet-4-5"
default -> "claude-opus-4-5"
""")


def empty() -> Replay:
    """Of two policies."""
    counter = TokenCounter()
    counter.recurring = RecurringValues()
    return Replay(BILL, [PolicyTotal(policy, BILL) for policy in (OLD, NEW)], Skipped(), breakdown=Breakdown(BILL, UTC))


def dying() -> Replay:
    """The process ends."""
    os._exit(1)


def of_others() -> Replay:
    """Of other policies: they were changed meanwhile."""
    return Replay(BILL, [PolicyTotal(loads("default -> keep"), BILL)] * 2, Skipped())

"""Opens one recorded request: what was recorded of it, and why a policy sends it where it does."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ccproxy.decision import Decision, Undecided
from ccproxy.explanation import step_lines
from ccproxy.live.elements import Text, clock, dollars, opened, pairs
from ccproxy.live.window import Seen
from ccproxy.policy import Policy
from ccproxy.replay.deciders import Deciders


def open_request(seen: Seen, policy: Policy | None, deciders: Deciders) -> None:
    """Show a request, and why this policy sends it where it does; None is one with errors. `deciders` may have decided it before."""
    with opened("request-title", f"Request of {clock(seen.time)}"):
        pairs(_told(seen))
        Text("h3", "Facts that were recorded")
        pairs((name, json.dumps(value, ensure_ascii=False)) for name, value in seen.request.known.items())
        Text("h3", "Why")
        Text("pre", "\n".join(_why(seen, policy, deciders))).props('tabindex=0 aria-label="The rules that were tried"')


def _why(seen: Seen, policy: Policy | None, deciders: Deciders) -> Iterable[str]:
    if policy is None:
        return ["the policy has errors, so that it gives no reasons"]
    try:
        holds = deciders.on(policy).holds(seen.record)
        decision = policy.decide_known_facts(policy.observe_known(seen.request.known, at=seen.time), holds)
        trace = policy.trace_known(seen.request.known, at=seen.time, holds=holds)
    except ValueError as error:
        return [f"a recorded fact can't be read: {error}"]
    recorded = str(seen.record.get("policy"))
    lines = [told_decision(decision), ""]
    if not policy.sha256.startswith(recorded):
        lines = [f"decided by another policy ({recorded}); these are the reasons of this one", "", *lines]
    return [*lines, *(line for step in trace for line in step_lines(step, f"{step.file}:{step.line}"))]


def told_decision(decision: Decision | Undecided) -> str:
    """Where a request goes, on one line."""
    match decision:
        case Undecided(causes=causes):
            return f"undecided: {', '.join(causes)} is not in what was recorded"
        case Decision(action="route"):
            return f"goes to {decision.label}"
        case Decision(action="keep"):
            return "keeps the model that it asked for"
        case _:
            return f"is rejected: {decision.message}"


def _told(seen: Seen) -> Iterable[tuple[str, str]]:
    yield "went to", seen.label if seen.action in ("route", "keep") else f"{seen.label}: {seen.action}"
    yield "rule", seen.rule
    yield "asked for", str(seen.record.get("model"))
    yield "decided in", "" if seen.decided_in is None else f"{seen.decided_in:.3f} ms"
    if seen.answer is not None:
        yield "status", str(seen.status)
        yield "served by", str(seen.answer.get("served"))
        yield "answered after", "" if seen.milliseconds is None else f"{seen.milliseconds:,.0f} ms"
        yield "cost", dollars(seen.dollars)
    if (paid := seen.paid) is not None:
        cached = f"{paid.read:,} read from a cache, {paid.written + paid.written_1h:,} written to it"
        yield "tokens", f"{paid.new:,} new, {cached}, {paid.output:,} out{'; a cache was broken' if seen.broke else ''}"

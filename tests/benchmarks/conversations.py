"""What staying saves: `uv run python -m tests.benchmarks.conversations`.

1,000 conversations, the same for each policy: `policies/sticky.ccp`, the same without one of the rules that say `stay`, and without both.
Measured, in the recorded session of the real client: the tokens of a first request, the requests of a turn, and the client's pauses between
them. That session was scripted and its upstream answered at once, so the rest is assumed: how long a model takes, how long people pause,
how many turns there are, how much a turn adds, how often hard thought is asked for. No conversation is compacted, so the rule that leaves
the long window late isn't tried.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from math import log1p
from pathlib import Path
from typing import Any, Final

import ccproxy
from ccproxy.models.prices import Paid, Prices
from ccproxy.policy import Policy

CONVERSATIONS = 1_000
_STARTER: Final = Path(__file__).parents[2] / "policies" / "sticky.ccp"
FIRST_TOKENS: Final = 13_813
"""Measured: the input of a conversation's first request, prompt cache included."""
TURN_REQUESTS: Final = 5
"""Measured: the requests of a turn, in both turns that there were; here the mean."""
CLIENT_SECONDS: Final = (0.47, 0.19, 0.74, 0.45, 0.79, 0.83, 0.88, 0.48)
"""Measured: between two requests of a turn, where the model takes no time."""
_TOKENS_A_SECOND: Final = 60
"""Assumed: how fast a model answers."""
_LIFE = 5.0
"""Minutes that a prompt cache lives."""


def _prices(new: str, output: str) -> Prices:
    rate = Decimal(new) / 1_000_000
    info = {
        "input_cost_per_token": rate,
        "cache_creation_input_token_cost": rate * Decimal("1.25"),
        "cache_read_input_token_cost": rate / 10,
        "output_cost_per_token": Decimal(output) / 1_000_000,
    }
    return Prices(info, "anthropic")


_PRICES: Final = {"default": _prices("3", "15"), "think": _prices("5", "25"), "token_count": _prices("6", "22.5")}
"""Dollars per million tokens, new and output."""


@dataclass(frozen=True, slots=True)
class Step:
    """A request: minutes since the one before, its tokens and its answer's, its place in the turn, whether hard thought is asked for."""

    pause: float
    tokens: int
    output: int
    step: int
    hard: bool


@dataclass(slots=True)
class Result:
    """What the conversations came to."""

    dollars: Decimal = Decimal(0)
    requests: int = 0
    switches: int = 0
    rejected: int = 0


@dataclass(slots=True)
class _Memory:
    label: str | None = None
    tokens: int = 0
    spend: Decimal = Decimal(0)
    caches: dict[str, tuple[int, float]] = field(default_factory=dict)


def steps(source: random.Random) -> Iterator[Step]:
    """The requests of a conversation: turns with pauses of a median of two minutes, each of some steps with pauses of seconds."""
    tokens, output = FIRST_TOKENS, 0
    for turn in range(1 + int(source.expovariate(1 / 8))):
        hard = source.random() < 0.2
        for step in range(_geometric(source, TURN_REQUESTS)):
            between = (source.choice(CLIENT_SECONDS) + output / _TOKENS_A_SECOND) / 60
            pause = between if step else source.lognormvariate(0.7, 1.2) if turn else 0.0
            changed = source.random() < 0.05
            output = source.randint(100, 1_500)
            yield Step(pause, tokens, output, step, hard != changed)
            tokens += output + source.randint(100, 4_000)


def _geometric(source: random.Random, mean: int) -> int:
    """A number from 1 on, of this mean."""
    return 1 + int(source.expovariate(-log1p(-1 / mean)))


def run(policy: Policy, conversations: int = CONVERSATIONS) -> Result:
    """Take the conversations through a policy."""
    result = Result()
    for seed in range(conversations):
        memory, now = _Memory(), 0.0
        for step in steps(random.Random(seed)):
            now += step.pause
            _take(policy, memory, step, now, result)
    return result


def _take(policy: Policy, memory: _Memory, step: Step, now: float, result: Result) -> None:
    decision = policy.decide({"messages": []}, facts=_facts(memory, step))
    result.requests += 1
    label = decision.label
    if label is None:
        result.rejected += 1
        return
    cached, used = memory.caches.get(label, (0, now))
    read = cached if now - used <= _LIFE else 0
    dollars = _PRICES[label].dollars(Paid(written=step.tokens - read, read=read, output=step.output))
    if dollars is None:
        raise ValueError(f"{label} has no price")
    result.dollars += dollars
    result.switches += memory.label not in (None, label)
    memory.label, memory.tokens, memory.spend = label, step.tokens, memory.spend + dollars
    memory.caches[label] = (step.tokens, now)


def _facts(memory: _Memory, step: Step) -> dict[str, Any]:
    known: dict[str, Any] = {"tokens": step.tokens, "turn.step": step.step, "session.spend": float(memory.spend)}
    if step.hard:
        known["effort"] = "max"
    if memory.label is not None:
        warm = step.pause <= _LIFE
        known |= {"session.label": memory.label, "session.idle": round(step.pause, 1), "cache.tokens": memory.tokens if warm else 0}
    return known


def variants() -> Iterator[tuple[str, str]]:
    """The starter policy, and what is left of it without some rules: a name and a text each."""
    written = _STARTER.read_text("utf-8")
    rules = [rule.rstrip("\n") for rule in re.findall(r"^when .*\n(?:[ ]+.*\n)*", written, re.MULTILINE)]
    yield "sticky.ccp", written
    staying = [rule for rule in rules if "-> stay" in rule]
    for rule in staying:
        yield f"without {rule.splitlines()[0].split('->')[0].strip()}", written.replace(rule, "")
    stateless = written
    for rule in staying:
        stateless = stateless.replace(rule, "")
    yield "without stay", stateless


def main() -> None:
    """Print a row for each policy."""
    print("| policy | dollars | requests | switches | rejected |\n|---|---:|---:|---:|---:|")
    for name, text in variants():
        found = run(ccproxy.loads(text))
        print(f"| `{name}` | {found.dollars:,.0f} | {found.requests:,} | {found.switches:,} | {found.rejected:,} |")


if __name__ == "__main__":
    main()

"""What the rules on memory save: `uv run python -m tests.benchmarks.conversations`.

1,000 conversations, the same for each policy: `policies/sticky.ccp`, the same without one of the rules that ask what is remembered, and
without all that say `stay`.
Measured, in the recorded session of the real client: the tokens of a first request, the requests of a turn, and the client's pauses between
them. That session was scripted and its upstream answered at once, so the rest is assumed: how long a model takes, how long people pause,
how many turns there are, how much a turn adds, how often hard thought is asked for, how often a client takes old results out of a long
conversation, how much of a subscription's limit is used at the start of a conversation and by each token, how often a provider fails and
for how long. A request that the provider refuses is asked again by the next one.
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
_LIMIT: Final = 20_000_000
"""Assumed: tokens of a subscription's limit, of which a conversation finds any part used."""
_OUTAGES: Final = 0.05
"""Assumed: the share of conversations in which `default` fails for a while."""
_OUTAGE: Final = 20.0
"""Assumed: minutes that it fails for."""
_LONG, _TAKEN_OUT = 100_000, 40_000
"""Assumed: from how many tokens on a client takes out old results in a tenth of its requests, and how many tokens at most."""


def _prices(new: str, output: str) -> Prices:
    rate = Decimal(new) / 1_000_000
    info = {
        "input_cost_per_token": rate,
        "cache_creation_input_token_cost": rate * Decimal("1.25"),
        "cache_read_input_token_cost": rate / 10,
        "output_cost_per_token": Decimal(output) / 1_000_000,
    }
    return Prices(info, "anthropic")


_PRICES: Final = {
    "background": _prices("1", "5"),
    "default": _prices("3", "15"),
    "think": _prices("5", "25"),
    "token_count": _prices("6", "22.5"),
}
"""Dollars per million tokens, new and output."""


@dataclass(frozen=True, slots=True)
class Step:
    """A request: minutes since the one before, its tokens and its answer's, its place in the turn, whether hard thought is asked for."""

    pause: float
    tokens: int
    output: int
    step: int
    hard: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """Its requests, the tokens used before of `default`'s limit, and from which minute on that fails for a while, None if it doesn't."""

    steps: list[Step]
    used: int
    fails: float | None


@dataclass(slots=True)
class Result:
    """What the conversations came to; `rejected` by the policy, `refused` by a provider."""

    dollars: Decimal = Decimal(0)
    requests: int = 0
    switches: int = 0
    rejected: int = 0
    refused: int = 0


@dataclass(slots=True)
class _Memory:
    label: str | None = None
    tokens: int = 0
    spend: Decimal = Decimal(0)
    used: int = 0
    failed: float = -60.0
    """The minute of the last failure of `default`."""
    caches: dict[str, tuple[int, float]] = field(default_factory=dict)


def conversation(source: random.Random) -> Conversation:
    """A conversation as it goes whatever the policy."""
    all_steps = list(_steps(source))
    length = sum(step.pause for step in all_steps)
    return Conversation(all_steps, source.randrange(_LIMIT), source.uniform(0, length) if source.random() < _OUTAGES else None)


def _steps(source: random.Random) -> Iterator[Step]:
    """Turns with pauses of a median of two minutes, each of some steps with pauses of seconds."""
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
            if tokens > _LONG and source.random() < 0.1:
                tokens -= source.randint(0, _TAKEN_OUT)


def _geometric(source: random.Random, mean: int) -> int:
    """A number from 1 on, of this mean."""
    return 1 + int(source.expovariate(-log1p(-1 / mean)))


def run(policy: Policy, conversations: int = CONVERSATIONS) -> Result:
    """Take the conversations through a policy."""
    result = Result()
    for seed in range(conversations):
        whole = conversation(random.Random(seed))
        memory, now = _Memory(used=whole.used), 0.0
        for step in whole.steps:
            now += step.pause
            out = whole.fails is not None and 0 <= now - whole.fails < _OUTAGE
            _take(policy, memory, step, now, out, result)
    return result


def _take(policy: Policy, memory: _Memory, step: Step, now: float, out: bool, result: Result) -> None:
    decision = policy.decide({"messages": []}, facts=_facts(memory, step, now))
    result.requests += 1
    label = decision.label
    if label is None:
        result.rejected += 1
        return
    if label == "default" and (out or memory.used >= _LIMIT):
        result.refused += 1
        memory.failed = now if out else memory.failed
        return
    cached, used = memory.caches.get(label, (0, now))
    # what a client has taken out ends what is cached before it
    read = min(cached, step.tokens) if now - used <= _LIFE and cached <= step.tokens else 0
    dollars = _PRICES[label].dollars(Paid(written=step.tokens - read, read=read, output=step.output))
    if dollars is None:
        raise ValueError(f"{label} has no price")
    result.dollars += dollars
    result.switches += memory.label not in (None, label)
    memory.label, memory.tokens, memory.spend = label, step.tokens, memory.spend + dollars
    memory.used += step.tokens + step.output if label == "default" else 0
    memory.caches[label] = (step.tokens, now)


def _facts(memory: _Memory, step: Step, now: float) -> dict[str, Any]:
    known: dict[str, Any] = {
        "tokens": step.tokens,
        "turn.step": step.step,
        "session.spend": float(memory.spend),
        "quota(default)": 100 * memory.used / _LIMIT,
        "healthy(default)": now - memory.failed >= 1,
        "fits(background)": True,
    }
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
    remembering = [rule for rule in rules if re.search(r"session\.|quota|turn\.step|cache\.", rule)]
    yield "sticky.ccp", written
    for rule in remembering:
        yield f"without {rule.splitlines()[0].split('->')[0].strip()}", written.replace(rule, "")
    stateless = written
    for rule in remembering:
        stateless = stateless.replace(rule, "") if "-> stay" in rule else stateless
    yield "without stay", stateless


def main() -> None:
    """Print a row for each policy."""
    print("| policy | dollars | requests | switches | rejected | refused |\n|---|---:|---:|---:|---:|---:|")
    for name, text in variants():
        found = run(ccproxy.loads(text))
        counts = (found.requests, found.switches, found.rejected, found.refused)
        print(f"| `{name}` | {found.dollars:,.0f} | {' | '.join(f'{count:,}' for count in counts)} |")


if __name__ == "__main__":
    main()

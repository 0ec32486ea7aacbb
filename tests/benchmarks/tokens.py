"""What token counts cost: `uv run python -m tests.benchmarks.tokens`.

A session of Claude Code with 60 turns that grows to 180,000 tokens (`session.py`), each turn decided by a policy with three thresholds,
once in each of these ways:

- `decision`: `policy.decide`, which counts what the thresholds need
- `exact counts`: the facts `tokens`, `tokens.latest`, … themselves, as an explanation shows them
- `everything`: every text of every turn through the same tokenizer
- `litellm`: `litellm.token_counter` on messages, tools and the system prompt

Then the longest time that an event loop stood still while the hook's `Decider` decided on 200,000 new tokens, beside the same decision
on the loop itself; and how the process's memory grew from the 20,000th to the 100,000th request, each with new texts.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import median
from typing import Any
from unittest.mock import patch

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or importing litellm fetches prices from the network

import psutil

import ccproxy
from ccproxy.facts import TokenCounter, observe
from ccproxy.gateway.decider import Decider
from ccproxy.gateway.failures import Failures
from tests.benchmarks.measure import table
from tests.benchmarks.session import bodies, code, prose

THRESHOLDS = (30_000, 90_000, 150_000)
POLICY = """
when tokens > 150k -> token_count
when tokens > 90k  -> think
when tokens > 30k  -> default
default            -> background
"""

Body = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """One way to know where each turn goes: seconds and characters given to a tokenizer by turn, those texts and their tokens in all."""

    labels: tuple[str, ...]
    seconds: tuple[float, ...]
    characters: tuple[int, ...]
    texts: int
    tokens: int


@dataclass(frozen=True)
class Memory:
    """Requests, texts tokenised for them; bytes that the process grew by, that the cache holds, and that it may hold."""

    requests: int
    texts: int
    grown: int
    held: int
    bound: int


# ── The session ──────────────────────────────────────────────────────────────────────────────────────────────────────


def label_of(tokens: int) -> str:
    """What the policy says."""
    return ("background", "default", "think", "token_count")[sum(tokens > threshold for threshold in THRESHOLDS)]


class NotingCounter(TokenCounter):
    """Adds up the tokens that it makes of texts."""

    tokens = 0

    def _tokenise(self, text: str) -> int:
        tokens = super()._tokenise(text)
        self.tokens += tokens
        return tokens


def by_decision(turns: list[Body]) -> Way:
    """The policy's decisions."""
    counter = NotingCounter()
    policy = ccproxy.loads(POLICY, counter=counter)
    return _counted(turns, counter, lambda body: policy.decide(body).label or "")


def by_exact_counts(turns: list[Body]) -> Way:
    """The facts themselves, kept counts used."""
    counter = NotingCounter()
    return _counted(turns, counter, lambda body: label_of(observe(body, counter=counter).tokens))


def by_everything(turns: list[Body]) -> Way:
    """The facts themselves, nothing kept."""
    counter = NotingCounter(cache_bytes=0)
    return _counted(turns, counter, lambda body: label_of(observe(body, counter=counter).tokens))


def by_litellm(turns: list[Body]) -> Way:
    """LiteLLM's own counter. It knows no `system`: that goes as a message."""
    import litellm
    from litellm.litellm_core_utils import token_counter as module

    def decide(body: Body) -> str:
        messages: Any = [{"role": "system", "content": body["system"]}, *body["messages"]]
        return label_of(litellm.token_counter(body["model"], messages=messages, tools=body["tools"]))

    given: list[list[int]] = []
    made: list[int] = []
    count_function = module._get_count_function

    def noting(*arguments: Any) -> Callable[[str], int]:
        count = count_function(*arguments)

        def count_and_note(text: str) -> int:
            given[-1].append(len(text))
            made.append(count(text))
            return made[-1]

        return count_and_note

    with patch.object(module, "_get_count_function", noting):
        for body in turns:
            given.append([])
            decide(body)
    labels, seconds = _timed(turns, decide)
    return Way(labels, seconds, tuple(map(sum, given)), sum(map(len, given)), sum(made))


def _counted(turns: list[Body], counter: NotingCounter, decide: Callable[[Body], str]) -> Way:
    counter.load()
    spent = [0]

    def decide_and_note(body: Body) -> str:
        label = decide(body)
        spent.append(counter.stats.tokenised_characters)
        return label

    labels, seconds = _timed(turns, decide_and_note)
    characters = tuple(after - before for before, after in pairwise(spent))
    return Way(labels, seconds, characters, counter.stats.misses, counter.tokens)


def _timed(turns: list[Body], decide: Callable[[Body], str]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    labels, seconds = [], []
    for body in turns:
        start = time.perf_counter()
        labels.append(decide(body))
        seconds.append(time.perf_counter() - start)
    return tuple(labels), tuple(seconds)


WAYS: Mapping[str, Callable[[list[Body]], Way]] = {
    "decision": by_decision,
    "exact counts": by_exact_counts,
    "everything": by_everything,
    "litellm": by_litellm,
}


def run(turns: list[Body], names: Iterable[str] = WAYS) -> dict[str, Way]:
    """These ways through the session."""
    return {name: WAYS[name](turns) for name in names}


# ── The event loop ───────────────────────────────────────────────────────────────────────────────────────────────────


def new_body(seed: int, lines: int = 13_000) -> Body:
    """A request of 200,000 tokens that were never seen before, in twenty messages."""
    source = random.Random(seed)
    return {"model": "m", "messages": [{"role": "user", "content": code(source, lines // 20)} for _ in range(20)]}


def policy_at(body: Body) -> ccproxy.Policy:
    """A policy whose threshold is what the body counts, so that all of it has to be tokenised."""
    counter = TokenCounter()
    counter.load()
    return ccproxy.loads(f"when tokens > {observe(body).tokens} -> think", counter=counter)


TICK = 0.001


async def longest_gap(work: Callable[[], Awaitable[object]]) -> float:
    """The longest that a task which wakes every millisecond had to wait, in seconds, while `work` was under way."""
    longest = 0.0
    over = False

    async def watch() -> None:
        nonlocal longest
        while not over:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            longest = max(longest, time.perf_counter() - due)

    watcher = asyncio.create_task(watch())
    await asyncio.sleep(2 * TICK)
    await work()
    over = True
    await watcher
    return longest


def gaps(rounds: int = 31) -> dict[str, list[float]]:
    """The longest gap of the loop with the hook's decider, with the decision on the loop itself, and with nothing to do.

    In seconds, by round, the least first. With nothing to do it is what the machine itself takes: other processes, and limits on this one.
    """
    found: dict[str, list[float]] = {"hook": [], "inline": [], "nothing": []}
    with ThreadPoolExecutor(8) as workers:
        for seed in range(rounds):
            body = new_body(seed)
            data = {**body, "proxy_server_request": {"url": "http://h/v1/messages", "headers": {}, "body": body}}
            decider = Decider(policy_at(body), Failures(), workers)
            found["hook"].append(asyncio.run(longest_gap(partial(decider.decide, data, None, "id", "anthropic_messages"))))
            found["inline"].append(asyncio.run(longest_gap(partial(_inline, policy_at(body), body))))
            found["nothing"].append(asyncio.run(longest_gap(partial(asyncio.sleep, 0.1))))
    return {name: sorted(values) for name, values in found.items()}


async def _inline(policy: ccproxy.Policy, body: Body) -> None:
    policy.decide(body)


# ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def memory(requests: int = 100_000, warm: int = 20_000, cache_bytes: int = 4 * 1024 * 1024) -> Memory:
    """How the process grows between the `warm`th request and the last, each with texts that were never seen before."""
    counter = TokenCounter(cache_bytes=cache_bytes)
    policy = ccproxy.loads("when tokens > 100 -> think", counter=counter)
    source = random.Random(1)
    before = 0
    for number in range(requests):
        messages = [{"role": "user", "content": f"{number}: {prose(source, 30)}"}, {"role": "assistant", "content": prose(source, 60)}]
        policy.decide({"model": "m", "messages": messages})
        if number == warm:
            before = resident()
    stats = counter.stats
    return Memory(requests, stats.misses, resident() - before, stats.bytes, cache_bytes)


def resident() -> int:
    """The bytes of this process that are in memory."""
    gc.collect()
    return psutil.Process().memory_info().rss


# ── The report ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def report(ways: dict[str, Way]) -> str:
    """The table of the session; ratios are to `decision`."""
    first = ways["decision"]
    lines = [
        [
            name,
            f"{way.texts:,}",
            f"{sum(way.characters):,}",
            f"{way.tokens:,}",
            f"{way.tokens / first.tokens:.1f}x",
            f"{median(way.seconds) * 1e3:.2f} ms",
            f"{way.seconds[-1] * 1e3:.2f} ms",
            f"{max(way.seconds) * 1e3:.1f} ms",
            f"{sum(way.seconds) / sum(first.seconds):.1f}x",
        ]
        for name, way in ways.items()
    ]
    return table(
        ["way", "texts tokenised", "characters", "tokens", "/ decision", "a turn", "last turn", "worst turn", "time / decision"], lines
    )


def main() -> None:
    """Run everything, print the tables."""
    turns = bodies()
    print(f"{len(turns)} turns, {observe(turns[0]).tokens:,} tokens at first, {observe(turns[-1]).tokens:,} in the end\n")
    print(report(run(turns)), end="\n\n")
    body = new_body(0)
    rows = [
        [name, *(f"{values[int(share * (len(values) - 1))] * 1e3:.1f} ms" for share in (0.5, 0.9, 1))] for name, values in gaps().items()
    ]
    print(table([f"longest gap of the loop, {observe(body).tokens:,} new tokens", "median", "of nine in ten", "worst"], rows), end="\n\n")
    held = memory()
    row = [f"{held.requests:,}", f"{held.texts:,}", *(f"{size / 2**20:.2f} MB" for size in (held.grown, held.held, held.bound))]
    print(table(["requests", "texts tokenised", "process grew from the 20,000th on", "cache holds", "its bound"], [row]))


if __name__ == "__main__":
    main()

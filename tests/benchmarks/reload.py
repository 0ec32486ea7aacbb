"""What a reload does to the event loop beside it: `uv run python -m tests.benchmarks.reload [RULES]`.

A loop that wakes every millisecond, and one that decides on requests, run for two seconds alone and then while a thread reloads a
policy of 5,000 rules, proofs included, as a worker of the proxy does. A gap is how much later than wanted the loop woke.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from ccproxy import Policy
from ccproxy.facts import TokenCounter
from ccproxy.gateway.policy_file import Reading, read_policy
from ccproxy.gateway.reload import Reloader
from tests.benchmarks.measure import table
from tests.benchmarks.routing_rules import Request, conditions, requests, written

AT_ONCE = 100
"""Decisions that are timed together."""


def policy_text(rules: int) -> str:
    """A policy of so many rules by one fact: of mixed ones drawn by chance some hold for no request, which is an error."""
    lines = [f"when {written(condition, 'ccp')} -> l{number}\n" for number, condition in enumerate(conditions("one fact", rules))]
    return "".join(lines) + "default -> default\n"


async def _gaps(done: asyncio.Event) -> list[float]:
    found = []
    last = time.perf_counter()
    while not done.is_set():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        found.append(now - last - 0.001)
        last = now
    return found


async def _decisions(done: asyncio.Event, policy: Policy, sent: Sequence[Request]) -> list[float]:
    found = []
    while not done.is_set():
        start = time.perf_counter()
        for number in range(AT_ONCE):
            body, headers = sent[number % len(sent)]
            policy.decide(body, headers=headers)
        found.append(time.perf_counter() - start)
        await asyncio.sleep(0.02)
    return found


async def _beside(work: asyncio.Future[None] | asyncio.Task[None], policy: Policy, sent: Sequence[Request]) -> list[str]:
    done = asyncio.Event()
    tasks = asyncio.create_task(_gaps(done)), asyncio.create_task(_decisions(done, policy, sent))
    await work
    done.set()
    gaps, decisions = [await task for task in tasks]
    return [f"{seconds * 1e3:.2f} ms" for times in (gaps, decisions) for seconds in (median(times), max(times))]


async def measure(path: Path, rules: int) -> None:
    """Reload the policy at a path, which has so many rules, and print the table."""
    counter, reading = TokenCounter(), Reading()

    def load(reading: Reading) -> Policy:
        return read_policy(path, path.parent, counter, lambda name, what, error: None, reading)

    policy, used = load(reading), list[Policy]()
    gc.collect()
    gc.freeze()
    reloader = Reloader(load, used.append, reading.states, lambda good: None, path)
    alone = await _beside(asyncio.ensure_future(asyncio.sleep(2)), policy, requests(rules))
    await asyncio.to_thread(path.write_text, policy_text(rules) + "\n")
    start = time.process_time()
    reloading = await _beside(asyncio.ensure_future(asyncio.to_thread(reloader.poll)), policy, requests(rules))
    seconds = time.process_time() - start
    assert used
    start = time.perf_counter()
    gc.collect()
    collecting = time.perf_counter() - start
    print(table(("", "gap: median", "worst", f"{AT_ONCE} decisions: median", "worst"), (("alone", *alone), ("reloading", *reloading))))
    print(f"{rules:,} rules; {seconds:.1f} s of processor; the next collection of all garbage: {collecting * 1e3:.0f} ms")


def main(rules: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "policy.ccp")
        path.write_text(policy_text(rules))
        asyncio.run(measure(path, rules))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)

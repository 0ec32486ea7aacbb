"""What a decision costs beside its peers, on rules that nobody tuned anything for (`routing_rules.py`), with the same answers:

    uv run --with cedarpy --with regopy --with rule-engine --with common-expression-language python -m tests.benchmarks.decisions

Without the `--with` it does without those engines. Two kinds of policies, by one fact and by mixed facts, of 10 to 20,000 rules, decided
for the same 40 requests. `facts in hand` times the decision alone, every fact computed before; `end to end` is `policy.decide(body,
headers=…)` against two functions that look the same fields up: one trusts its requests, the other takes any (`by_hand.py`). The smallest
policy of a kind is measured again beside every larger one, in the same rounds. Times are of the processor, medians of rounds in which all
take their turn, and of one run: they compare with one another only.
"""

from __future__ import annotations

import gc
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import get_args

import psutil

import ccproxy
from tests.benchmarks.by_hand import by_hand
from tests.benchmarks.engines import installed, rule_objects, values_of
from tests.benchmarks.measure import medians, table
from tests.benchmarks.routing_rules import Condition, Kind, conditions, requests, written

SIZES = (10, 100, 1_000, 5_000, 20_000)
PATIENCE = 0.7
"""Seconds that one pass of an engine over the requests may take for it to be measured at the next size too."""
AT_LEAST = 0.004
"""Seconds that a candidate is given in each round: shorter turns say more about what ran before them."""
OURS, HAND, CAREFUL, OBJECTS, SMALLEST = "ccproxy", "by hand", "by hand, careful", "rule objects", "smallest"

Decide = Callable[[], list[str | None]]
"""Decides all requests: the label of each."""


@dataclass(frozen=True)
class Ours:
    """How our own policy decides, with facts in hand and end to end."""

    in_hand: Decide
    end_to_end: Decide


@dataclass(frozen=True)
class Row:
    """A kind of policy at one size. Seconds a decision by candidate, with facts in hand and end to end.

    `load` is the processor seconds from text to a policy that decides, `memory` the bytes the process grew by.
    """

    kind: Kind
    rules: int
    in_hand: dict[str, float]
    end_to_end: dict[str, float]
    load: float
    memory: int
    left_out: tuple[str, ...] = field(default=())


def policy_of(rules: Sequence[Condition]) -> ccproxy.Policy:
    """The policy, of several files where one would be too long."""
    lines = [f"when {written(condition, 'ccp')} -> l{number}\n" for number, condition in enumerate(rules)]
    with tempfile.TemporaryDirectory() as folder:
        parts = [lines[start : start + 5_000] for start in range(0, len(lines), 5_000)]
        for number, part in enumerate(parts):
            Path(folder, f"part{number}.ccp").write_text("".join(part))
        main = Path(folder, "policy.ccp")
        main.write_text("".join(f'include "part{number}.ccp"\n' for number in range(len(parts))))
        return ccproxy.load(main)


def row(kind: Kind, size: int, rounds: int, skip: Sequence[str] = (), smallest: Ours | None = None) -> tuple[Row, Ours]:
    """Measures one kind at one size, without the engines in `skip`, beside the `smallest` of the kind: itself, where there is none."""
    rules, sent = conditions(kind, size), requests(size)
    gc.collect()
    before, start = psutil.Process().memory_info().rss, time.process_time()
    policy = policy_of(rules)
    load, memory = time.process_time() - start, psutil.Process().memory_info().rss - before
    facts = [policy.observe(body, headers=headers) for body, headers in sent]
    expected = [policy.decide_facts(one).label for one in facts]
    decide, hand = policy.router.decide, by_hand(rules, "facts")
    values = [values_of(one) for one in facts]
    ours = Ours(
        lambda: [decide(one).label for one in facts],
        lambda: [policy.decide(body, headers=headers).label for body, headers in sent],
    )
    candidates: dict[str, Decide] = {HAND: lambda: [hand(one) for one in facts], OURS: ours.in_hand}
    slow: list[str] = []
    for name, make in {OBJECTS: rule_objects, **installed()}.items():
        if name in skip:
            slow.append(name)
            continue
        engine = make(rules)
        candidates[name] = lambda engine=engine: [engine(one) for one in values]  # type: ignore[misc]
        start = time.perf_counter()
        candidates[name]()
        if time.perf_counter() - start > PATIENCE:
            slow.append(name)
    trusting, careful = by_hand(rules, "trusted requests"), by_hand(rules, "any request")
    whole: dict[str, Decide] = {
        HAND: lambda: [trusting(body, headers) for body, headers in sent],
        CAREFUL: lambda: [careful(body, headers) for body, headers in sent],
        OURS: ours.end_to_end,
    }
    for name, candidate in (*candidates.items(), *whole.items()):
        assert candidate() == expected, f"{name} decides otherwise"
    smallest = smallest or ours
    candidates[SMALLEST], whole[SMALLEST] = smallest.in_hand, smallest.end_to_end
    return Row(kind, size, _seconds(candidates, rounds), _seconds(whole, rounds), load, memory, tuple(slow)), ours


def _seconds(candidates: dict[str, Decide], rounds: int) -> dict[str, float]:
    """Seconds a decision: fast candidates many times in turn, those over a tenth of a second once a round, at most three times."""
    fast: dict[str, Callable[[], object]] = {}
    slow: dict[str, Callable[[], object]] = {}
    calls: dict[str, int] = {}
    for name, candidate in candidates.items():
        start = time.perf_counter()
        decisions = len(candidate())
        took = time.perf_counter() - start
        again = max(1, round(AT_LEAST / took))
        calls[name] = again * decisions
        (slow if took > 0.1 else fast)[name] = partial(_repeat, candidate, again)
    found = medians(fast, 1, rounds, time.thread_time) | medians(slow, 1, min(rounds, 3), time.thread_time)
    return {name: found[name] / calls[name] for name in candidates}


def _repeat(decide: Decide, times: int) -> None:
    for _ in range(times):
        decide()


def run(sizes: tuple[int, ...] = SIZES, rounds: int = 25) -> list[Row]:
    """All rows."""
    rows: list[Row] = []
    for kind in get_args(Kind):
        skip: tuple[str, ...] = ()
        smallest: Ours | None = None
        for size in sizes:
            found, ours = row(kind, size, rounds, skip, smallest)
            smallest = smallest or ours
            skip = found.left_out
            rows.append(found)
    return rows


def report(rows: list[Row]) -> str:
    """The table: µs a decision; ratios to the function by hand, and to our own cost of the smallest policy of the kind."""
    engines = [*installed()]
    lines = []
    for one in rows:
        hand = one.in_hand[HAND]
        lines.append(
            [
                one.kind,
                f"{one.rules:,}",
                f"{one.in_hand[OURS] * 1e6:.2f} µs",
                f"{one.in_hand[OURS] / one.in_hand[SMALLEST]:.1f}x",
                *(f"{one.in_hand[name] / hand:.2f}x" if name in one.in_hand else "-" for name in (OURS, OBJECTS, *engines)),
                f"{one.end_to_end[OURS] * 1e6:.2f} µs",
                f"{one.end_to_end[OURS] / one.end_to_end[SMALLEST]:.1f}x",
                *(f"{one.end_to_end[OURS] / one.end_to_end[name]:.2f}x" for name in (CAREFUL, HAND)),
                f"{one.load:.2f} s",
                f"{one.memory / 2**20:.0f} MB",
            ]
        )
    peers = [f"{name} / by hand" for name in (OURS, OBJECTS, *engines)]
    header = [
        "rules by",
        "rules",
        "decision",
        "/ smallest",
        *peers,
        "end to end",
        "/ smallest",
        "/ careful",
        "/ trusting",
        "load",
        "memory",
    ]
    return table(header, lines)


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}, {platform.machine()}, {psutil.cpu_count()} cores\n")
    print(report(run()))

"""Timing in one run: the candidates in turn, many times, the median of each and its ratio to the first."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

ROUNDS = 31
RESAMPLED = 1_000
"""How often what was measured is drawn again, to see how far it would differ by chance."""


def medians(
    candidates: Mapping[str, Callable[[], object]], repeats: int, rounds: int = ROUNDS, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Seconds a call of each candidate: the median over rounds, in each round all candidates in turn."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, candidate in candidates.items():
                start = clock()
                for _ in range(repeats):
                    candidate()
                times[name].append((clock() - start) / repeats)
    finally:
        if enabled:
            gc.enable()
    return {name: median(values) for name, values in times.items()}


def nine_in_ten(values: Iterable[float]) -> tuple[float, float]:
    """Where 90 % of the values lie."""
    ordered = sorted(values)
    return ordered[len(ordered) // 20], ordered[-len(ordered) // 20]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table, columns aligned."""
    widths = [max(len(row[index]) for row in (header, *rows)) for index in range(len(header))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (header, *rows))

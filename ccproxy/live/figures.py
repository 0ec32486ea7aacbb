"""Adds up the requests that are held: how many a second, by label and by rule over time, what they cost and what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ccproxy.facts.readers import asked_of_label
from ccproxy.frozen import frozen
from ccproxy.live.window import Seen
from ccproxy.replay.recorded import mapping

MOST_BARS = 40
MOST_SERIES = 7
"""Series of a chart; what is rarer is shown as one more."""
OTHERS = "others"
_WIDTHS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800, 2_592_000)
"""Seconds that a bar may stand for."""
RATE_OVER = timedelta(seconds=60)


@dataclass(slots=True)
class LabelTotal:
    """What went to one label; `quota` is the percentage that its record told last."""

    requests: int = 0
    dollars: float = 0.0
    tokens: int = 0
    failures: int = 0
    breaks: int = 0
    quota: float | None = None


@dataclass(slots=True)
class Figures:
    """The sums over requests. `rate` is in requests a second over the last minute before a time."""

    requests: int = 0
    rate: float = 0.0
    dollars: float = 0.0
    failures: int = 0
    breaks: int = 0
    labels: dict[str, LabelTotal] = field(default_factory=dict)
    rules: Counter[str] = field(default_factory=Counter)


def figures_of(seen: Iterable[Seen], now: datetime) -> Figures:
    """The sums over all of these."""
    found = Figures()
    recent = 0
    for one in seen:
        total = found.labels.setdefault(one.label, LabelTotal())
        total.requests += 1
        total.dollars += one.dollars or 0.0
        total.tokens += 0 if one.paid is None else one.paid.input + one.paid.output
        total.failures += one.failed
        total.breaks += one.broke
        found.rules[one.rule] += 1
        recent += one.time is not None and timedelta() <= now - one.time < RATE_OVER
        for label, percent in _quotas(one):
            found.labels.setdefault(label, LabelTotal()).quota = percent
    found.rate = recent / RATE_OVER.total_seconds()
    for total in found.labels.values():
        found.requests += total.requests
        found.dollars += total.dollars
        found.failures += total.failures
        found.breaks += total.breaks
    return found


def _quotas(one: Seen) -> Iterable[tuple[str, float]]:
    for name, value in mapping(one.record.get("facts")).items():
        if name.startswith("quota(") and isinstance(value, int | float) and (asked := asked_of_label(name)) is not None:
            yield asked[1], float(value)


@frozen
class Bars:
    """Stacked bars over time: the start of each, the seconds that it stands for, and the heights by series."""

    starts: tuple[datetime, ...]
    seconds: int
    series: Mapping[str, tuple[float, ...]]


def bars_of(seen: Iterable[Seen], series: Callable[[Seen], str], height: Callable[[Seen], float]) -> Bars:
    """The bars of these requests, which have one of a few widths, so that there are few of them; the largest series first."""
    timed = [(one.time, one) for one in seen if one.time is not None]
    if not timed:
        return Bars((), 1, {})
    first, last = min(time for time, _ in timed), max(time for time, _ in timed)
    span = (last - first).total_seconds()
    width = next((width for width in _WIDTHS if span / width < MOST_BARS - 1), _WIDTHS[-1])
    start = int(first.timestamp()) // width
    count = min(int(last.timestamp()) // width - start + 1, MOST_BARS)
    heights: dict[str, list[float]] = {}
    for time, one in timed:
        bars = heights.setdefault(series(one), [0.0] * count)
        bars[min(int(time.timestamp()) // width - start, count - 1)] += height(one)
    largest = sorted(heights, key=lambda name: (-sum(heights[name]), name))
    shown = {name: tuple(heights[name]) for name in largest[:MOST_SERIES]}
    if rest := largest[MOST_SERIES:]:
        shown[OTHERS] = tuple(map(sum, zip(*(heights[name] for name in rest), strict=True)))
    starts = tuple(datetime.fromtimestamp((start + number) * width, first.tzinfo) for number in range(count))
    return Bars(starts, width, shown)

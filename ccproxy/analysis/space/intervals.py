"""The classes of a number: the intervals between the bounds that a policy compares it with."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from ccproxy.analysis.formulas.atoms import Compare
from ccproxy.frozen import frozen
from ccproxy.language.literals import exact
from ccproxy.language.syntax import Exact

_Cut = tuple[Exact, int]
"""A position on the number line: just before a number (0), or just after it (1)."""


@frozen
class Interval:
    """The numbers from `low` to `high`; None is unbounded, and an open end is excluded."""

    low: Exact | None
    high: Exact | None
    low_open: bool = False
    high_open: bool = False

    def contains(self, value: Exact) -> bool:
        """Whether the number is in the interval."""
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        below = self.high is None or value < self.high or (value == self.high and not self.high_open)
        return above and below

    def pick(self, whole: bool, high: bool = False) -> Exact | None:
        """A simple number in the interval: 0, else the lowest whole one, or with `high` the highest; None if it is empty."""
        if not high and self.contains(0):
            return 0
        for candidate in self._candidates(high):
            if self.contains(candidate):
                return candidate
        if whole or self.low is None or self.high is None:
            return None
        middle = exact((Fraction(self.low) + Fraction(self.high)) / 2)
        return middle if self.contains(middle) else None

    def more(self, count: int = 4) -> list[Exact]:
        """Some more whole numbers of the interval, starting from its ends."""
        low = 0 if self.low is None else ceil(self.low)
        candidates: list[Exact] = [low + step for step in range(count)]
        if self.high is not None:
            candidates += [floor(self.high) - step for step in range(count)]
        return [candidate for candidate in candidates if self.contains(candidate)]

    def whole_count(self) -> int | None:
        """The number of whole numbers in the interval, None if unbounded."""
        if self.low is None or self.high is None:
            return None
        first, last = ceil(self.low), floor(self.high)
        first += self.low_open and first == self.low
        last -= self.high_open and last == self.high
        return max(last - first + 1, 0)

    def _candidates(self, high: bool) -> list[Exact]:
        lowest: list[Exact] = [] if self.low is None else [ceil(self.low), floor(self.low) + 1]
        highest: list[Exact] = [] if self.high is None else [floor(self.high), ceil(self.high) - 1]
        return [*highest, *lowest] if high else [*lowest, *highest]


class Intervals:
    """The number line cut at every bound of some comparisons; `low` is where it starts, None if unbounded."""

    def __init__(self, tests: Iterable[Compare], whole: bool, low: int | None) -> None:
        self.whole = whole
        self._low = low
        cuts = {cut for test in tests for cut in self._cuts(test)}
        self._bounds = sorted(cut for cut in cuts if low is None or cut > (low, 0))
        ends: list[_Cut | None] = [None if low is None else (low, 0), *self._bounds, None]
        self.items = [_interval(start, end, whole) for start, end in pairwise(ends)]

    def _cuts(self, test: Compare) -> tuple[_Cut, ...]:
        before, after = (test.bound, 0), (test.bound, 1)
        if self.whole:  # for whole numbers, every cut is just before a whole number
            before, after = (ceil(test.bound), 0), (floor(test.bound) + 1, 0)
        match test.relation:
            case "==":
                return (before, after) if before != after else ()
            case "<" | ">=":
                return (before,)
            case _:
                return (after,)

    def mask(self, test: Compare) -> int:
        """The intervals that pass the test, as a bit mask."""
        everything = (1 << len(self.items)) - 1
        below = [self._below(cut) for cut in self._cuts(test)]
        match test.relation:
            case "==":
                return below[1] & ~below[0] if below else 0
            case "<" | "<=":
                return below[0]
            case _:
                return everything & ~below[0]

    def _below(self, cut: _Cut) -> int:
        if self._low is not None and cut <= (self._low, 0):
            return 0
        return (1 << (bisect_left(self._bounds, cut) + 1)) - 1

    def index(self, value: Exact) -> int | None:
        """The interval that contains the number; None before the start of the line."""
        return next((index for index, interval in enumerate(self.items) if interval.contains(value)), None)


def _interval(start: _Cut | None, end: _Cut | None, whole: bool) -> Interval:
    if whole:
        return Interval(None if start is None else start[0], None if end is None else exact(Fraction(end[0] - 1)))
    return Interval(
        None if start is None else start[0],
        None if end is None else end[0],
        start is not None and start[1] == 1,
        end is not None and end[1] == 0,
    )

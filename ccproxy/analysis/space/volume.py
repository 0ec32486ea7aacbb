"""Counts the combinations of fact classes in a region."""

from __future__ import annotations

from collections.abc import Sequence

from ccproxy.analysis.formulas.formula import Formula
from ccproxy.analysis.space.cover import First
from ccproxy.analysis.space.model import Model
from ccproxy.analysis.space.solver import Covering, Domain

_MAX_STEPS = 500


def count_classes(model: Model, formula: Formula, outside: Sequence[First]) -> int | None:
    """The number of combinations of classes in which the formula holds outside these rules; None if counting takes too long.

    Only facts that distinguish some of these requests from others count.
    """
    counter = _Counter(model)
    total = 0
    done: list[Covering] = []
    for box in model.boxes(formula):
        around = [*(item for first in outside for item in first.boxes(box)), *done]
        counter.relevant |= {variable for covering in around for variable, _ in covering.box} | {variable for variable, _ in box}
    forbidden = [item for item in model.space.forbidden.coverings if any(variable in counter.relevant for variable, _ in item.box)]
    counter.relevant |= {variable for item in forbidden for variable, _ in item.box}
    for box in model.boxes(formula):
        domain = list(model.space.fulls)
        for variable, mask in box:
            domain[variable] = mask
        part = counter.count(domain, [*forbidden, *(item for first in outside for item in first.boxes(box)), *done])
        if part is None:
            return None
        total += part
        done.append(Covering(box, frozenset()))
    return total


class _Counter:
    def __init__(self, model: Model) -> None:
        self._defined = model.space.defined
        self._work = model.fuel
        self.relevant: set[int] = set()
        self._steps = 0

    def count(self, start: Domain, boxes: list[Covering]) -> int | None:
        """The number of points of the domain outside the boxes."""
        total = 0
        stack = [(start, boxes)]
        while stack:
            domain, around = stack.pop()
            self._steps += 1
            self._work.left -= len(around)
            if self._steps > _MAX_STEPS:
                return None
            live = [item for item in around if all(domain[variable] & mask for variable, mask in item.box)]
            split = self._split(domain, live)
            if split is None:
                continue
            if not split:
                total += self._size(domain)
                continue
            variable, mask = split[0]
            for part in (mask, ~mask):
                half = list(domain)
                half[variable] &= part
                stack.append((half, live))
        return total

    def _split(self, domain: Domain, live: list[Covering]) -> list[tuple[int, int]] | None:
        """The open part of the least open box; empty if there is no box, None if one covers the domain."""
        least: list[tuple[int, int]] = []
        for item in live:
            open_ = [(variable, mask) for variable, mask in item.box if domain[variable] & ~mask]
            if not open_:
                return None
            if not least or len(open_) < len(least):
                least = open_
        return least

    def _size(self, domain: Domain) -> int:
        size = 1
        for variable in self.relevant - self._defined:
            size *= domain[variable].bit_count()
        return size

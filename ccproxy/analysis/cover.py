"""The boxes of many rules, in order, and how most of them are got out of the way at once.

For each variable, boxes with the same mask are one bit set, so a thousand rules are looked at in a few hundred steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ccproxy.analysis.solver import Box, Covering, Domain


class Cover:
    """Boxes of rules that were added in order; `number` of a rule is what a proof names it by."""

    def __init__(self) -> None:
        self.coverings: list[Covering] = []
        self.masks: dict[int, dict[int, int]] = {}
        """For each variable that boxes restrict, and each mask: which boxes restrict it to that, a bit each."""
        self._starts: list[int] = []

    def add(self, boxes: Iterable[Box], number: int) -> None:
        """The next rule."""
        self._starts.append(len(self.coverings))
        by = frozenset([number])
        for box in boxes:
            bit = 1 << len(self.coverings)
            self.coverings.append(Covering(box, by))
            for variable, mask in box:
                masks = self.masks.setdefault(variable, {})
                masks[mask] = masks.get(mask, 0) | bit

    def before(self, rule: int) -> int:
        """The boxes of the first `rule` rules, a bit each."""
        return (1 << self._start(rule)) - 1

    def of(self, rule: int) -> int:
        """The boxes of one rule, a bit each."""
        return self.before(rule + 1) & ~self.before(rule)

    def meeting(self, box: Box, boxes: int) -> int:
        """Those of the boxes that have something in common with this one."""
        for variable, wanted in box:
            for mask, bits in self.masks.get(variable, {}).items():
                if not mask & wanted:
                    boxes &= ~bits
        return boxes

    def listed(self, boxes: int) -> list[Covering]:
        """The boxes that the bits stand for."""
        result = []
        while boxes:
            low = boxes & -boxes
            result.append(self.coverings[low.bit_length() - 1])
            boxes ^= low
        return result

    def _start(self, rule: int) -> int:
        return self._starts[rule] if rule < len(self._starts) else len(self.coverings)


@dataclass(frozen=True, slots=True)
class First:
    """The first `rule` rules of a cover, but for those in `without`."""

    cover: Cover
    rule: int
    without: frozenset[int] = frozenset()

    def meeting(self, box: Box) -> int:
        """Their boxes that have something in common with this one, a bit each."""
        boxes = self.cover.before(self.rule)
        for number in self.without:
            boxes &= ~self.cover.of(number)
        return self.cover.meeting(box, boxes)

    def boxes(self, box: Box) -> list[Covering]:
        """Their boxes that have something in common with this one."""
        return self.cover.listed(self.meeting(box))


def narrow(domain: Domain, box: Box, firsts: Sequence[First], others: list[Covering]) -> list[Covering]:
    """Narrow the domain to classes that no box has, and return the boxes that may still reach it.

    The domain lies in the box. This is the first of `Search`'s steps, for all boxes at once: a class that no box contains rids us of
    all boxes that restrict its variable.
    """
    live = [first.meeting(box) for first in firsts]
    while True:
        taken: dict[int, int] = {}
        kept: list[Covering] = []
        for covering in others:
            open_ = [(variable, domain[variable] & mask) for variable, mask in covering.box if domain[variable] & ~mask]
            if all(mask for _, mask in open_):
                kept.append(covering)
                for variable, mask in open_:
                    taken[variable] = taken.get(variable, 0) | mask
        others = kept
        for index, first in enumerate(firsts):
            for variable, masks in first.cover.masks.items():
                left = domain[variable]
                used = 0
                gone = 0
                for mask, bits in masks.items():
                    if live[index] & bits:
                        common = left & mask
                        if not common:
                            gone |= bits
                        elif common != left:
                            used |= common
                live[index] &= ~gone
                if used:
                    taken[variable] = taken.get(variable, 0) | used
        free = False
        for variable, mask in taken.items():
            rest = domain[variable] & ~mask
            if rest:
                domain[variable] = rest
                free = True
        if not free:
            return [*others, *(covering for first, bits in zip(firsts, live, strict=True) for covering in first.cover.listed(bits))]

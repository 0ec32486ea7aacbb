"""The boxes of many rules, in order, and ways to rule out most of them at once.

For each variable, boxes with the same mask share one bit set, so a thousand rules are examined in a few hundred steps.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.space.axis import Axis
from ccproxy.analysis.space.masks import mask_of
from ccproxy.analysis.space.solver import Box, Covering
from ccproxy.frozen import frozen

_BITS = 500
"""Bits that are as cheap as one."""


class Cover:
    """The boxes of rules, added in order; a rule's `number` identifies it in proofs."""

    def __init__(self) -> None:
        self.coverings: list[Covering] = []
        self.axes: dict[int, Axis] = {}
        """The boxes by each variable that they restrict."""
        self._starts: list[int] = []
        self._without: tuple[frozenset[int], int] = frozenset(), 0

    def add(self, boxes: Iterable[Box], number: int) -> int:
        """Add the next rule. Returns the bytes that its boxes take, about."""
        self._starts.append(len(self.coverings))
        by = frozenset([number])
        return sum([self.append(Covering(box, by)) for box in boxes])

    def append(self, covering: Covering) -> int:
        """Add a box to the last rule, or to a cover without rules. Returns the bytes that its bits take, about."""
        bit = 1 << len(self.coverings)
        self.coverings.append(covering)
        grown = 1
        for variable, mask in covering.box:
            axis = self.axes.get(variable)
            if axis is None:
                axis = self.axes[variable] = Axis()
            grown += axis.add(mask, bit)
        return grown * (len(self.coverings) // 8)

    @property
    def room(self) -> int:
        """The steps that the next box costs for each variable: its bit stands behind those of all others."""
        return 1 + len(self.coverings) // _BITS

    @property
    def size(self) -> int:
        """The number of boxes."""
        return len(self.coverings)

    @property
    def all(self) -> int:
        """All boxes, as a bit set."""
        return (1 << len(self.coverings)) - 1

    def before(self, rule: int) -> int:
        """The boxes of the first `rule` rules, as a bit set."""
        return (1 << self._start(rule)) - 1

    def of(self, rules: frozenset[int]) -> int:
        """The boxes of some rules, as a bit set; the last answer is kept."""
        if not rules:
            return 0
        if self._without[0] is not rules and self._without[0] != rules:
            self._without = rules, mask_of(box for rule in rules for box in range(self._start(rule), self._start(rule + 1)))
        return self._without[1]

    def meeting(self, box: Box, boxes: int, fuel: Fuel | None = None) -> int:
        """Those of the boxes that intersect this one."""
        for variable, wanted in box:
            axis = self.axes.get(variable)
            if axis is None or not boxes:
                continue
            if fuel is not None:
                fuel.spend_of_all(self.steps(4 * axis.waiting))
                fuel.spend(self.steps(axis.cost))
            boxes &= ~(axis.boxes & ~axis.meeting(wanted))
        return boxes

    def steps(self, operations: int) -> int:
        """The steps of so many operations on sets of boxes."""
        return operations * (1 + len(self.coverings) // 5_000)

    def rules(self, boxes: int) -> Iterator[int]:
        """The rules of the boxes in a bit set, in order."""
        before = -1
        while boxes:
            low = boxes & -boxes
            number = bisect_right(self._starts, low.bit_length() - 1) - 1
            if number != before:
                yield number
            before = number
            boxes ^= low

    def listed(self, boxes: int) -> list[Covering]:
        """The boxes in a bit set."""
        result = []
        while boxes:
            low = boxes & -boxes
            result.append(self.coverings[low.bit_length() - 1])
            boxes ^= low
        return result

    def _start(self, rule: int) -> int:
        return self._starts[rule] if rule < len(self._starts) else len(self.coverings)


@frozen
class First:
    """The first `rule` rules of a cover, those in `without` excepted."""

    cover: Cover
    rule: int
    without: frozenset[int] = frozenset()

    def meeting(self, box: Box, fuel: Fuel | None = None) -> int:
        """Their boxes that intersect this one, as a bit set."""
        return self.cover.meeting(box, self.cover.before(self.rule) & ~self.cover.of(self.without), fuel)

    @property
    def cost(self) -> int:
        """The steps it takes to examine all masks of all variables."""
        return self.cover.size // 4 + sum(axis.size for axis in self.cover.axes.values()) * (2 + self.cover.size // 4_000)

    def boxes(self, box: Box) -> list[Covering]:
        """Their boxes that intersect this one."""
        return self.cover.listed(self.meeting(box))

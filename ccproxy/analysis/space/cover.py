"""The boxes of many rules, in order, and ways to rule out most of them at once.

For each variable, boxes with the same mask share one bit set, so a thousand rules are examined in a few hundred steps.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.space.solver import Box, Covering, Domain
from ccproxy.frozen import frozen

_FEW = 256
"""Boxes that are searched one by one; more are examined by the masks that they share."""


class Cover:
    """The boxes of rules, added in order; a rule's `number` identifies it in proofs."""

    def __init__(self) -> None:
        self.coverings: list[Covering] = []
        self.masks: dict[int, dict[int, int]] = {}
        """For each variable that boxes restrict, and each mask: which boxes restrict it to that, a bit each."""
        self.named: dict[int, int] = {}
        """For each of these variables, the classes that any box has."""
        self.restricting: dict[int, int] = {}
        """For each of these variables, which boxes restrict it, a bit each."""
        self._starts: list[int] = []
        self._classes: dict[int, _Classes] = {}

    def add(self, boxes: Iterable[Box], number: int) -> None:
        """Add the next rule."""
        self._starts.append(len(self.coverings))
        by = frozenset([number])
        for box in boxes:
            bit = 1 << len(self.coverings)
            self.coverings.append(Covering(box, by))
            for variable, mask in box:
                masks = self.masks.setdefault(variable, {})
                masks[mask] = masks.get(mask, 0) | bit
                self.named[variable] = self.named.get(variable, 0) | mask
                self.restricting[variable] = self.restricting.get(variable, 0) | bit
        self._classes.clear()

    @property
    def size(self) -> int:
        """The number of boxes."""
        return len(self.coverings)

    def before(self, rule: int) -> int:
        """The boxes of the first `rule` rules, as a bit set."""
        return (1 << self._start(rule)) - 1

    def of(self, rule: int) -> int:
        """The boxes of one rule, as a bit set."""
        return self.before(rule + 1) & ~self.before(rule)

    def meeting(self, box: Box, boxes: int, fuel: Fuel | None = None) -> int:
        """Those of the boxes that intersect this one."""
        for variable, wanted in box:
            masks = self.masks.get(variable)
            if not masks or not boxes:
                continue
            few = wanted.bit_count()
            if fuel is not None:
                fuel.spend(self._cost(min(few, len(masks))))
            if few < len(masks):
                boxes &= self._by_class(variable, fuel).meeting(wanted)
                continue
            for mask, bits in masks.items():
                if not mask & wanted:
                    boxes &= ~bits
        return boxes

    def rules_at(self, point: Sequence[int], start: int, fuel: Fuel) -> Iterator[int]:
        """The rules from `start` on that contain a point, which has one class of each variable."""
        boxes = ~self.before(start) & self.before(len(self._starts))
        for variable in self.masks:
            if not boxes:
                return
            fuel.spend_of_all(self._cost(1))
            boxes &= self._by_class(variable, fuel).meeting(point[variable])
        before = -1
        while boxes:
            low = boxes & -boxes
            number = bisect_right(self._starts, low.bit_length() - 1) - 1
            if number != before:
                yield number
            before = number
            boxes ^= low

    def _by_class(self, variable: int, fuel: Fuel | None) -> _Classes:
        found = self._classes.get(variable)
        if found is None:
            masks = self.masks[variable]
            if fuel is not None:
                fuel.spend_of_all(sum(self._cost(1) * min(mask.bit_count(), 1 + (~mask).bit_count()) for mask in masks))
            found = self._classes[variable] = _Classes(masks)
        return found

    def _cost(self, steps: int) -> int:
        """The steps of so many operations on sets of boxes."""
        return steps * (1 + len(self.coverings) // 5_000)

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


class _Classes:
    """The boxes that contain each class of one variable. A mask of most classes is stored by those that it lacks."""

    def __init__(self, masks: Mapping[int, int]) -> None:
        size = max(mask.bit_length() for mask in masks)
        everything = (1 << size) - 1
        self._size = size
        self._restricted = self._most = 0
        self._having: dict[int, int] = {}
        self._lacking: dict[int, int] = {}
        for mask, bits in masks.items():
            self._restricted |= bits
            rest = everything & ~mask
            most = rest.bit_count() < mask.bit_count()
            named = self._lacking if most else self._having
            if most:
                self._most |= bits
            for low in _classes_of(rest if most else mask):
                named[low] = named.get(low, 0) | bits

    def meeting(self, wanted: int) -> int:
        """The boxes that contain one of the classes, including those that don't restrict the variable."""
        boxes = ~self._restricted
        for low in _classes_of(wanted):
            boxes |= self._having.get(low, 0)
            if low <= self._size:
                boxes |= self._most & ~self._lacking.get(low, 0)
        return boxes


def _classes_of(mask: int) -> Iterator[int]:
    """The classes in a mask, by bit position."""
    while mask:
        low = mask & -mask
        yield low.bit_length()
        mask ^= low


@frozen
class First:
    """The first `rule` rules of a cover, those in `without` excepted."""

    cover: Cover
    rule: int
    without: frozenset[int] = frozenset()

    def meeting(self, box: Box, fuel: Fuel | None = None) -> int:
        """Their boxes that intersect this one, as a bit set."""
        boxes = self.cover.before(self.rule)
        for number in self.without:
            boxes &= ~self.cover.of(number)
        return self.cover.meeting(box, boxes, fuel)

    @property
    def cost(self) -> int:
        """The steps it takes to examine all masks of all variables."""
        return self.cover.size // 4 + sum(map(len, self.cover.masks.values())) * (2 + self.cover.size // 4_000)

    def boxes(self, box: Box) -> list[Covering]:
        """Their boxes that intersect this one."""
        return self.cover.listed(self.meeting(box))


def narrow(domain: Domain, box: Box, firsts: Sequence[First], others: list[Covering], fuel: Fuel | None = None) -> list[Covering]:
    """Narrow the domain to classes that no box contains, and return the boxes that may still reach it.

    The domain lies inside the box. This is the first of `Search`'s steps, for all boxes at once: a class that no box contains rules
    out all boxes that restrict its variable.
    """
    live = [first.meeting(box, fuel) for first in firsts]
    others = _leave_named(domain, firsts, live, others, fuel)
    while sum(map(int.bit_count, live)) > _FEW:
        if fuel is not None:
            fuel.spend(len(others) + sum(first.cost for first, bits in zip(firsts, live, strict=True) if bits))
        others, taken = _taken(domain, others)
        before = list(domain)
        for index, first in enumerate(firsts):
            if not live[index]:
                continue
            for variable, masks in first.cover.masks.items():
                if not live[index]:
                    break
                used = taken.get(variable, 0)
                for other, second in enumerate(firsts):
                    if other != index and live[other]:
                        used |= _used(second.cover.masks.get(variable, {}), live[other], domain[variable])
                live[index] = _narrow_one(domain, variable, masks, live[index], used)
        for variable, mask in taken.items():
            if not any(bits and variable in first.cover.masks for first, bits in zip(firsts, live, strict=True)):
                domain[variable] = domain[variable] & ~mask or domain[variable]
        if domain == before:
            break
    found = [*others, *(covering for first, bits in zip(firsts, live, strict=True) for covering in first.cover.listed(bits))]
    if fuel is not None:
        fuel.spend(len(found) - len(others))
    return found


def _leave_named(domain: Domain, firsts: Sequence[First], live: list[int], others: list[Covering], fuel: Fuel | None) -> list[Covering]:
    """Take values that no rule names wherever the domain has them; return the other boxes that may still reach it.

    Such a value rules out all rules that name one, in one step and not in one for each mask.
    """
    waiting = list(dict.fromkeys(variable for first in firsts for variable in first.cover.restricting))
    before = len(waiting) + 1
    while waiting and len(waiting) < before:
        if fuel is not None:
            fuel.spend(len(others) + len(waiting) // 4 * sum(1 + first.cover.size // 5_000 for first in firsts))
        before = len(waiting)
        others, taken = _taken(domain, others)
        waiting = _without_unnamed(domain, waiting, firsts, live, taken)
    return others


def _without_unnamed(domain: Domain, variables: list[int], firsts: Sequence[First], live: list[int], taken: Mapping[int, int]) -> list[int]:
    """Narrow variables to the classes that no box names, rule out the boxes that restrict them, and return those that have none.

    `taken` are the classes that the boxes outside of the covers name.
    """
    left = []
    for variable in variables:
        used = taken.get(variable, 0)
        reached = False
        for first, bits in zip(firsts, live, strict=True):
            if bits & first.cover.restricting.get(variable, 0):
                reached = True
            used |= first.cover.named.get(variable, 0)
        if not reached:
            continue
        rest = domain[variable] & ~used
        if not rest:
            left.append(variable)
            continue
        domain[variable] = rest
        for index, first in enumerate(firsts):
            live[index] &= ~first.cover.restricting.get(variable, 0)
    return left


def _taken(domain: Domain, boxes: list[Covering]) -> tuple[list[Covering], dict[int, int]]:
    """The boxes that reach the domain, and for each variable the classes contained in those of them that are open in it."""
    kept: list[Covering] = []
    taken: dict[int, int] = {}
    for covering in boxes:
        for variable, mask in covering.box:
            if not domain[variable] & mask:
                break
        else:
            kept.append(covering)
            for variable, mask in covering.box:
                if domain[variable] & ~mask:
                    taken[variable] = taken.get(variable, 0) | mask
    return kept, taken


def _used(masks: dict[int, int], live: int, left: int) -> int:
    """The classes of a variable that are contained in live boxes that are open in it."""
    used = 0
    for mask, bits in masks.items():
        if live & bits and left & ~mask:
            used |= mask
    return used


def _narrow_one(domain: Domain, variable: int, masks: dict[int, int], live: int, used: int) -> int:
    """Narrow one variable to its unused classes, if there are any, and return the remaining boxes."""
    left = domain[variable]
    open_ = 0
    for mask, bits in masks.items():
        if live & bits:
            common = left & mask
            if not common:
                live &= ~bits
            elif common != left:
                used |= common
                open_ |= bits
    rest = left & ~used
    if rest and open_:
        domain[variable] = rest
        live &= ~open_
    return live

"""The solver: finds a point outside of all given boxes, or proves that there is none.

A space has variables, each with finitely many classes. A domain has one bit mask of classes for each variable; a box restricts some
variables to masks. `Search.outside` narrows a domain until no box reaches it, or proves that the boxes cover it all, and says which
of them do. It repeats three steps: a class that no box contains is as good as any (it rules out all boxes that restrict its variable);
a box that is open in a single variable forces it; else one box is split, and what refutes one half is learned as a new box.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import field

from ccproxy.analysis.fuel import Fuel
from ccproxy.frozen import frozen, mutable

Box = tuple[tuple[int, int], ...]
"""Variables in order, each with the mask of the box's classes; a variable that is not listed is unrestricted."""

Domain = list[int]
"""For each variable the mask of the remaining classes, never 0."""


@frozen
class Covering:
    """A box that is covered, and the numbers of the boxes that together cover it."""

    box: Box
    by: frozenset[int]


def box_of(masks: dict[int, int]) -> Box:
    """The box with these masks."""
    return tuple(sorted(masks.items()))


def intersect(one: Box, two: Box) -> Box | None:
    """The intersection of two boxes, None if it is empty."""
    items = {item[0]: item for item in one}
    for item in two:
        before = items.get(item[0], item)
        common = before[1] & item[1]
        if not common:
            return None
        items[item[0]] = before if common == before[1] else (item[0], common)
    return tuple(sorted(items.values()))


_MANY = 64
"""Boxes among which a part of the domain is looked for that few of them reach."""


@mutable
class _Frame:
    """A domain being narrowed, the boxes that may reach it, and the trail: which box narrowed which variable from what."""

    domain: Domain
    boxes: list[Covering]
    trail: list[tuple[int, int, Covering]] = field(default_factory=list)


class Search:
    """Searches one space; `fulls` are the masks of all classes of each variable."""

    def __init__(self, fulls: list[int], fuel: Fuel) -> None:
        self._fulls = fulls
        self._work = fuel

    def domain(self, box: Box) -> Domain:
        """The domain that is the box."""
        domain = list(self._fulls)
        for variable, mask in box:
            domain[variable] = mask
        return domain

    def outside(self, domain: Domain, boxes: Iterable[Covering]) -> Domain | Covering:
        """A part of the domain that no box reaches, or the boxes that cover all of it.

        OutOfFuelError if the search takes too long.
        """
        frames = [_Frame(list(domain), list(boxes))]
        while True:
            answer = self._narrow(frames[-1])
            if isinstance(answer, list):
                return answer
            if isinstance(answer, _Frame):
                frames.append(answer)
                continue
            frames.pop()
            if not frames:
                return answer
            frames[-1].boxes = [*frames[-1].boxes, answer]

    def _narrow(self, frame: _Frame) -> Domain | Covering | _Frame:
        """Narrow the frame's domain until it is outside of all boxes, or covered; else return a frame for one half of what is left."""
        domain = frame.domain
        while True:
            self._work.spend(len(frame.boxes) + 1)
            live: list[Covering] = []
            forced: list[tuple[int, int, Covering]] = []
            taken: defaultdict[int, int] = defaultdict(int)
            smallest: list[tuple[int, int]] = []
            for covering in frame.boxes:
                open_: list[tuple[int, int]] = []
                for item in covering.box:
                    left = domain[item[0]]
                    common = left & item[1]
                    if common != left:
                        if not common:
                            break
                        open_.append(item)
                else:
                    if not open_:
                        return self._explain(covering, frame.trail)
                    live.append(covering)
                    for variable, mask in open_:
                        taken[variable] |= mask
                    if len(open_) == 1:
                        forced.append((*open_[0], covering))
                    elif not smallest or len(open_) < len(smallest):
                        smallest = open_
            if not live:
                return domain
            frame.boxes = live
            for variable, mask, covering in forced:
                before = domain[variable]
                if before & ~mask == before:
                    continue
                if not before & ~mask:
                    return self._explain(covering, frame.trail)
                frame.trail.append((variable, before, covering))
                domain[variable] = before & ~mask
            free = bool(forced)
            for variable, mask in taken.items():
                rest = domain[variable] & ~mask
                if rest:
                    domain[variable] = rest
                    free = True
            if not free:
                often = Counter(variable for covering in live for variable, mask in covering.box if domain[variable] & ~mask)
                variable, mask = max(smallest, key=lambda item: often[item[0]])
                if len(live) > _MANY:
                    variable, mask = _often_named(domain, live, max(often, key=lambda variable: often[variable])) or (variable, mask)
                half = list(domain)
                half[variable] &= ~mask
                return _Frame(half, live)

    def _explain(self, covering: Covering, trail: list[tuple[int, int, Covering]]) -> Covering:
        """What covers the domain as it was before the trail narrowed it: includes those boxes of the trail that were needed."""
        masks = dict(covering.box)
        by = covering.by
        for variable, before, forcing in reversed(trail):
            mask = masks.get(variable)
            if mask is None or mask & before == before:
                continue
            joined = 0
            for other, other_mask in forcing.box:
                if other == variable:
                    joined = other_mask | mask
                else:
                    masks[other] = masks.get(other, other_mask) & other_mask
            if joined == self._fulls[variable]:
                del masks[variable]
            else:
                masks[variable] = joined
            by |= forcing.by
        return Covering(box_of(masks), by)


def _often_named(domain: Domain, boxes: list[Covering], variable: int) -> tuple[int, int] | None:
    """A variable and those of its classes that more than one box has, or two; None if all are named as often."""
    left = domain[variable]
    once = twice = often = 0
    for covering in boxes:
        mask = dict(covering.box).get(variable, 0) & left
        if mask != left:
            often |= twice & mask
            twice |= once & mask
            once |= mask
    return next(((variable, more) for more in (twice, often) if more and more != left), None)

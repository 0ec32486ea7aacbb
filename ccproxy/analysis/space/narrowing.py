"""Narrows a domain by many boxes at once, so that only few are left to search among."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.space.cover import First
from ccproxy.analysis.space.solver import Box, Covering, Domain, Search
from ccproxy.analysis.space.unnamed import Unnamed

_FEW = 256
"""Boxes that are searched one by one; more are examined by the masks that they share."""


def search_box(
    search: Search, box: Box, firsts: Sequence[First], unnamed: Unnamed, *, refused: Sequence[Covering] = (), fuel: Fuel | None = None
) -> Domain | Covering:
    """See `Search.outside`: the domain is the box, the boxes are those of the rules, the forbidden ones and the refused."""
    domain = search.domain(box)
    learned: list[Covering] = []
    answer: Domain | Covering = domain
    for part, around in _parts(domain, box, firsts, unnamed, refused, fuel=fuel):
        answer = search.outside(part, [*around, *learned])
        if isinstance(answer, list):
            break
        learned.append(answer)
    return answer


def _parts(
    domain: Domain, box: Box, firsts: Sequence[First], unnamed: Unnamed, refused: Sequence[Covering], *, fuel: Fuel | None
) -> Iterator[tuple[Domain, list[Covering]]]:
    """Parts of a domain to search, each with the boxes that may reach it: a small part that few boxes reach, if there is one, then all.

    All of it is narrowed to classes that no box contains; the small part has of each variable only classes that no rule has. This is the
    first of `Search`'s steps, for all boxes at once: a class that no box contains rules out all boxes that restrict its variable.
    """
    live = [first.meeting(box, fuel) for first in firsts]
    forbidden = unnamed.forbidden
    reached = {first.cover: bits for first, bits in zip(firsts, live, strict=True)}
    reached[forbidden] = forbidden.meeting(box, forbidden.all, fuel)
    waiting = unnamed.leave(domain, (box, *(item.box for item in refused)), reached)
    live = [reached[first.cover] for first in firsts]
    others = [*forbidden.listed(reached[forbidden]), *refused]
    others, waiting = _leave_named(domain, waiting, firsts, live, others, fuel=fuel)
    part, fewer = list(domain), list(live)
    _without_unnamed(part, waiting, firsts, fewer, {})
    if fewer != live:
        yield part, _reaching(part, firsts, fewer, _taken(part, others)[0], fuel=fuel)
    yield domain, _reaching(domain, firsts, live, others, fuel=fuel)


def _reaching(domain: Domain, firsts: Sequence[First], live: list[int], others: list[Covering], *, fuel: Fuel | None) -> list[Covering]:
    """Narrow the domain to classes that no box contains, while there are many boxes, and return those that may still reach it."""
    while sum(map(int.bit_count, live)) > _FEW:
        if fuel is not None:
            fuel.spend(len(others) + sum(first.cost for first, bits in zip(firsts, live, strict=True) if bits))
        others, taken = _taken(domain, others)
        before = list(domain)
        for index, first in enumerate(firsts):
            if not live[index]:
                continue
            for variable, axis in first.cover.axes.items():
                if not live[index]:
                    break
                used = taken.get(variable, 0)
                for other, second in enumerate(firsts):
                    if other != index and live[other] and variable in second.cover.axes:
                        used |= _used(second.cover.axes[variable].masks(), live[other], domain[variable])
                live[index] = _narrow_one(domain, variable, axis.masks(), live[index], used)
        for variable, mask in taken.items():
            if not any(bits and variable in first.cover.axes for first, bits in zip(firsts, live, strict=True)):
                domain[variable] = domain[variable] & ~mask or domain[variable]
        if domain == before:
            break
    found = [*others, *(covering for first, bits in zip(firsts, live, strict=True) for covering in first.cover.listed(bits))]
    if fuel is not None:
        fuel.spend(len(found) - len(others))
    return found


def _leave_named(
    domain: Domain, waiting: list[int], firsts: Sequence[First], live: list[int], others: list[Covering], *, fuel: Fuel | None
) -> tuple[list[Covering], list[int]]:
    """Take values that no rule names wherever the domain has them; return the other boxes that may still reach it, and what has none.

    Such a value rules out all rules that name one, in one step and not in one for each mask.
    """
    before = len(waiting) + 1
    while waiting and len(waiting) < before:
        if fuel is not None:
            fuel.spend(len(others) + len(waiting) // 4 * sum(first.cover.steps(1) for first in firsts))
        before = len(waiting)
        others, taken = _taken(domain, others)
        waiting = _without_unnamed(domain, waiting, firsts, live, taken)
    return others, waiting


def _without_unnamed(domain: Domain, variables: list[int], firsts: Sequence[First], live: list[int], taken: Mapping[int, int]) -> list[int]:
    """Narrow variables to the classes that no box names, rule out the boxes that restrict them, and return those that have none.

    `taken` are the classes that the boxes outside of the covers name.
    """
    left = []
    for variable in variables:
        used = taken.get(variable, 0)
        reached = False
        for index, first in enumerate(firsts):
            axis = first.cover.axes.get(variable)
            if axis is not None:
                reached = reached or bool(live[index] & axis.boxes)
                used |= axis.named
        if not reached:
            continue
        rest = domain[variable] & ~used
        if not rest:
            left.append(variable)
            continue
        domain[variable] = rest
        for index, first in enumerate(firsts):
            axis = first.cover.axes.get(variable)
            if axis is not None:
                live[index] &= ~axis.boxes
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


def _used(masks: Iterable[tuple[int, int]], live: int, left: int) -> int:
    """The classes of a variable that are contained in live boxes that are open in it."""
    used = 0
    for mask, bits in masks:
        if live & bits and left & ~mask:
            used |= mask
    return used


def _narrow_one(domain: Domain, variable: int, masks: Iterable[tuple[int, int]], live: int, used: int) -> int:
    """Narrow one variable to its unused classes, if there are any, and return the remaining boxes."""
    left = domain[variable]
    open_ = 0
    for mask, bits in masks:
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

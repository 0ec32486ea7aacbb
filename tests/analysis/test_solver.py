"""The search for a point outside boxes, against counting all points."""

from __future__ import annotations

from itertools import product
from random import Random

from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.space.axis import Axis
from ccproxy.analysis.space.cover import Cover, First
from ccproxy.analysis.space.narrowing import search_box
from ccproxy.analysis.space.solver import Box, Covering, Search
from ccproxy.analysis.space.unnamed import Unnamed
from ccproxy.analysis.space.variables import Space
from tests.analysis.samples import scaled

Point = tuple[int, ...]


def _inside(point: Point, box: Box) -> bool:
    return all(mask >> point[variable] & 1 for variable, mask in box)


def _boxes(random: Random, fulls: list[int]) -> list[Covering]:
    boxes = []
    for number in range(random.randint(0, 14)):
        chosen = sorted(random.sample(range(len(fulls)), random.randint(1, len(fulls))))
        masks = [(variable, random.randint(1, fulls[variable])) for variable in chosen]
        boxes.append(Covering(tuple(item for item in masks if item[1] != fulls[item[0]]), frozenset([number])))
    return boxes


def test_search_finds_a_point_or_what_covers_all() -> None:
    random = Random(4)
    free = covered = 0
    for _ in range(scaled(3_000, 30_000)):
        sizes = [random.randint(1, 4) for _ in range(random.randint(1, 4))]
        fulls = [(1 << size) - 1 for size in sizes]
        boxes = _boxes(random, fulls)
        domain = [random.randint(1, full) for full in fulls]
        points = [point for point in product(*map(range, sizes)) if all(domain[at] >> value & 1 for at, value in enumerate(point))]
        outside = {point for point in points if not any(_inside(point, item.box) for item in boxes)}
        for answer in (Search(fulls, Fuel()).outside(domain, boxes), _in_bulk(fulls, domain, boxes)):
            if isinstance(answer, list):
                free += 1
                assert all(left and left & ~before == 0 for left, before in zip(answer, domain, strict=True))
                for point in points:
                    if all(answer[at] >> value & 1 for at, value in enumerate(point)):
                        assert point in outside
            else:
                covered += 1
                assert not outside
                chosen = [boxes[number] for number in answer.by]
                assert all(any(_inside(point, item.box) for item in chosen) for point in points)
    assert min(free, covered) > 500


def _in_bulk(fulls: list[int], domain: list[int], boxes: list[Covering]) -> list[int] | Covering:
    """The same, with half of the boxes as rules of a cover."""
    cover = Cover()
    for item in boxes[::2]:
        cover.add([item.box], next(iter(item.by)))
    box = tuple((variable, mask) for variable, mask in enumerate(domain) if mask != fulls[variable])
    space = Space(Fuel(), list(fulls))
    for item in boxes[1::4]:
        space.forbidden.append(item)
    if len(fulls) > 2:
        space.blocks.append(range(1, len(fulls)))
    unnamed = Unnamed(space, [cover])
    if len(boxes) > 6:
        space.forbidden.append(boxes[5])  # one that is found to be impossible later
    refused = [item for item in boxes[1::2] if item not in space.forbidden.coverings]
    return search_box(Search(fulls, Fuel()), box, (First(cover, len(boxes)),), unnamed, refused=refused)


class _Mask(int):
    """A mask that counts how often one is compared with another."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        _Mask.compared += 1
        return int(self) == other

    __hash__ = int.__hash__


def test_thousands_of_single_classes_are_told_apart_by_their_hashes() -> None:
    axis = Axis()
    for number in range(3_000):
        axis.add(_Mask(1 << number), 1 << number)
    assert [axis.meeting(1 << number) for number in range(3_000)] == [1 << number for number in range(3_000)]
    assert _Mask.compared < 3_000

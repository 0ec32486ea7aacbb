"""The boxes that restrict one variable, found by the classes that they have of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate, islice
from operator import or_

from ccproxy.analysis.space.masks import bits_in, key_of, runs_in

_FEW = 8
"""Masks that are examined one by one."""
_MAX_RUNS = 6
"""Runs of a mask that are looked up one by one."""
_MAX_CLASSES = 32
"""Classes of a mask that are looked up one by one."""


class Axis:
    """The boxes that restrict a variable, a bit each, by their masks."""

    def __init__(self) -> None:
        self._masks: list[int] = []
        self._bits: list[int] = []
        self._places: dict[tuple[int, int], int] = {}
        self.named = 0
        """The classes that any box has."""
        self.boxes = 0
        """All boxes that restrict the variable."""
        self._index: _Index | None = None

    def add(self, mask: int, bit: int) -> bool:
        """Add a box; whether that took more memory than its bit, which all axes share."""
        place, alone = self._places.setdefault(key_of(mask), len(self._masks)), not self.boxes
        if place == len(self._masks):
            self._masks.append(mask)
            self._bits.append(bit)
        else:
            self._bits[place] |= bit
        self.named |= mask
        self.boxes = bit if alone else self.boxes | bit
        self._index = None
        return not alone

    @property
    def size(self) -> int:
        """The number of masks."""
        return len(self._masks)

    def masks(self) -> Iterable[tuple[int, int]]:
        """Each mask, with the boxes that have it."""
        return zip(self._masks, self._bits, strict=True)

    def meeting(self, wanted: int) -> int:
        """The boxes that have one of the classes."""
        if len(self._masks) > _FEW:
            if self._index is None:
                self._index = _Index(self.masks())
            return self._index.meeting(wanted)
        return _met(self.masks(), wanted)

    @property
    def cost(self) -> int:
        """The steps of one look-up, about."""
        return min(len(self._masks), 2 * _MAX_RUNS)

    @property
    def waiting(self) -> int:
        """The masks that the next look-up has to put in order first."""
        return len(self._masks) if self._index is None and len(self._masks) > _FEW else 0


class _Index:
    """Many masks: those of few classes are found by these, the others by where their runs of classes begin and end."""

    def __init__(self, masks: Iterable[tuple[int, int]]) -> None:
        self._single: dict[int, int] = {}
        """By class, the boxes that have no other."""
        self._some: dict[int, int] = {}
        """By class, the boxes that have few others."""
        self._few: list[tuple[int, int]] = []
        self._many: list[tuple[int, int]] = []
        self._loose: list[tuple[int, int]] = []
        self._ones = self._of_one = 0
        runs: list[list[tuple[int, int, int]]] = [[] for _ in range(_MAX_RUNS)]
        for mask, bits in masks:
            number = mask.bit_count()
            if number == 1:
                self._single[mask.bit_length() - 1] = bits
                self._ones |= mask
                self._of_one |= bits
            elif number <= _MAX_CLASSES:
                self._few.append((mask, bits))
                for low in bits_in(mask):
                    self._some[low] = self._some.get(low, 0) | bits
            elif (found := _runs(mask)) is not None:
                self._many.append((mask, bits))
                for place, (first, last) in enumerate(found):
                    runs[place].append((first, last, bits))
            else:
                self._loose.append((mask, bits))
        self._runs = [_Runs(items) for items in runs if items]

    def meeting(self, wanted: int) -> int:
        """The boxes that have one of the classes."""
        inside = wanted & self._ones
        if 2 * inside.bit_count() <= len(self._single):
            found = _joined(self._single, inside)
        else:
            found = self._of_one & ~_joined(self._single, self._ones ^ inside)
        if self._few:
            found |= _joined(self._some, wanted) if wanted.bit_count() < len(self._few) else _met(self._few, wanted)
        found |= _met(self._loose, wanted)
        asked = _runs(wanted) if self._many else []
        if asked is None:
            return found | _met(self._many, wanted)
        for first, last in asked:
            for runs in self._runs:
                found |= runs.meeting(first, last)
        return found


class _Runs:
    """Runs of classes, one for each of some boxes."""

    def __init__(self, runs: list[tuple[int, int, int]]) -> None:
        firsts: dict[int, int] = {}
        lasts: dict[int, int] = {}
        for first, last, bits in runs:
            firsts[first] = firsts.get(first, 0) | bits
            lasts[last] = lasts.get(last, 0) | bits
        self._firsts = sorted(firsts)
        self._lasts = sorted(lasts)
        self._until: list[int] = [0, *accumulate((firsts[first] for first in self._firsts), or_)]
        self._from: list[int] = [0, *accumulate((lasts[last] for last in reversed(self._lasts)), or_)]
        self._from.reverse()

    def meeting(self, first: int, last: int) -> int:
        """The boxes whose run has one of the classes from `first` to `last`."""
        return self._until[bisect_right(self._firsts, last)] & self._from[bisect_left(self._lasts, first)]


def _runs(mask: int) -> list[tuple[int, int]] | None:
    """The first and last class of each run of classes, lowest first; None if there are many."""
    found = list(islice(runs_in(mask), _MAX_RUNS + 1))
    return found if len(found) <= _MAX_RUNS else None


def _met(masks: Iterable[tuple[int, int]], wanted: int) -> int:
    """The boxes of the masks that have one of the classes."""
    found = 0
    for mask, bits in masks:
        if mask & wanted:
            found |= bits
    return found


def _joined(by_class: Mapping[int, int], classes: int) -> int:
    """The boxes of these classes."""
    found = 0
    for number in bits_in(classes):
        found |= by_class.get(number, 0)
    return found

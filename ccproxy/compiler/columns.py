"""Looks up, by the value of a fact, which of many alternatives it leaves possible: a bit each, in one number.

A column holds every demand that alternatives make on one fact. A value meets the atoms of some of its *hits*: each allows
alternatives, and excludes others. The bits for a combination of hits are made when it first comes up, and kept; how many are kept is
bounded, so that requests can't make them grow.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from math import inf
from typing import Any

from ccproxy.compiler.demands import Column, Demand, Edge, End, There, Values, Within
from ccproxy.facts import Facts

CACHE_BYTES = 2**20
"""Maximum bytes of the bits that one column keeps."""
_MANY = 256
"""The bits of a hit with more alternatives are made once, and stay."""
_FEW = 8

Bits = int
Mask = Callable[[Facts], Bits]
"""The alternatives that the value of a fact leaves possible."""


def bits_of(places: Sequence[int]) -> Bits:
    """The number in which the bits at these places are set."""
    if len(places) <= _FEW:
        bits = 0
        for place in places:
            bits |= 1 << place
        return bits
    packed = bytearray(max(places) // 8 + 1)
    for place in places:
        packed[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(packed, "little")


class Hit:
    """What an atom that holds does to alternatives."""

    __slots__ = ("_made", "allowed", "excluded")

    def __init__(self) -> None:
        self.allowed: list[int] = []
        self.excluded: list[int] = []
        self._made: tuple[Bits, Bits] | None = None

    def add(self, place: int, holds: bool) -> None:
        """Notes the demand of an alternative that the atom holds, or doesn't."""
        (self.allowed if holds else self.excluded).append(place)

    def bits(self) -> tuple[Bits, Bits]:
        """The alternatives allowed, and those excluded."""
        if self._made is not None:
            return self._made
        made = bits_of(self.allowed), bits_of(self.excluded)
        if len(self.allowed) + len(self.excluded) > _MANY:
            self._made = made
        return made


class Kept:
    """The bits for combinations of hits, a bounded number of them. `free` are the alternatives that need no hit."""

    def __init__(self, free: Bits, size: int) -> None:
        self.free = free
        self.bits: dict[Hashable, Bits] = {}
        self._most = max(16, CACHE_BYTES // (size // 8 + 100))

    def make(self, key: Hashable, hits: Iterable[Hit]) -> Bits:
        """The bits for these hits, kept under a key."""
        allowed, excluded = self.free, 0
        for hit in hits:
            more, less = hit.bits()
            allowed |= more
            excluded |= less
        bits = allowed & ~excluded
        if len(self.bits) >= self._most:
            self.bits.clear()
        self.bits[key] = bits
        return bits


def mask_of(column: Column, demands: Sequence[tuple[int, Demand]], size: int) -> Mask:
    """The mask of a column, for the demands of the alternatives at these places of `size`."""
    bound = {place for place, demand in demands if demand.holds}
    kept = Kept(((1 << size) - 1) & ~bits_of([*bound]), size)
    match column.kind:
        case "number":
            return _number_mask(column.reader(), demands, kept)
        case "value":
            return _value_mask(column.reader(), _Texts(demands), kept)
        case "list":
            return _list_mask(column.reader(), _Texts(demands), kept)


# ── Texts, bools and lists ───────────────────────────────────────────────────────────────────────────────────────────


class _Texts:
    """The hits of a column whose values, or their elements, are compared as a whole or at their edges."""

    def __init__(self, demands: Sequence[tuple[int, Demand]]) -> None:
        self.whole: dict[Any, Hit] = {}
        self.there = Hit()
        self.starts: dict[int, dict[str, Hit]] = {}
        self.ends: dict[int, dict[str, Hit]] = {}
        for place, demand in demands:
            match demand.atom:
                case Values(values=values):
                    for value in values:
                        self.whole.setdefault(value, Hit()).add(place, demand.holds)
                case Edge(text=text, starts=starts):
                    by_length = self.starts if starts else self.ends
                    by_length.setdefault(len(text), {}).setdefault(text, Hit()).add(place, demand.holds)
                case There():
                    self.there.add(place, demand.holds)
                case Within():
                    raise TypeError("no text is within an interval")

    def of(self, text: Any) -> list[Hit]:
        """The hits of a text."""
        hit = self.whole.get(text)
        found = [] if hit is None else [hit]
        for length, hits in self.starts.items():
            if (hit := hits.get(text[:length])) is not None:
                found.append(hit)
        for length, hits in self.ends.items():
            if (hit := hits.get(text[max(0, len(text) - length) :])) is not None:
                found.append(hit)
        return found


def _value_mask(read: Callable[[Facts], Any], texts: _Texts, kept: Kept) -> Mask:
    whole, there, bits = texts.whole, texts.there, kept.bits
    missing, other = kept.free, kept.make(None, [there])

    def by_value(facts: Facts) -> Bits:
        value = read(facts)
        if value is None:
            return missing
        found = bits.get(value)
        if found is not None:
            return found
        hit = whole.get(value)
        return other if hit is None else kept.make(value, (there, hit))

    def by_edges(facts: Facts) -> Bits:
        value = read(facts)
        if value is None:
            return missing
        hits = texts.of(value)
        if not hits:
            return other
        key = tuple(hits)
        found = bits.get(key)
        return kept.make(key, (there, *hits)) if found is None else found

    def by_presence(facts: Facts) -> Bits:
        return missing if read(facts) is None else other

    return by_edges if texts.starts or texts.ends else by_value if whole else by_presence


def _list_mask(read: Callable[[Facts], Any], texts: _Texts, kept: Kept) -> Mask:
    whole, there, bits = texts.whole, texts.there, kept.bits
    missing, other, values = kept.free, kept.make(None, [there]), whole.keys()

    def by_elements(facts: Facts) -> Bits:
        value = read(facts)
        if value is None:
            return missing
        if values.isdisjoint(value):
            return other
        key = frozenset(values & value)
        found = bits.get(key)
        return kept.make(key, (there, *[whole[element] for element in key])) if found is None else found

    def by_edges(facts: Facts) -> Bits:
        value = read(facts)
        if value is None:
            return missing
        key = frozenset([hit for element in value for hit in texts.of(element)])
        found = bits.get(key)
        return kept.make(key, (there, *key)) if found is None else found

    return by_edges if texts.starts or texts.ends else by_elements


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _number_mask(read: Callable[[Facts], Any], demands: Sequence[tuple[int, Demand]], kept: Kept) -> Mask:
    """By class: between the bounds of all intervals, in order, those at a bound with an odd number.

    An interval of classes is the sum of the nodes that cover it in a binary tree over all classes; a class hits the nodes above it.
    """
    wanted = [(place, demand, demand.atom.intervals) for place, demand in demands if isinstance(demand.atom, Within)]
    bounds = sorted({end[0] for _, _, intervals in wanted for interval in intervals for end in interval if abs(end[0]) != inf})
    classes = 2 * len(bounds) + 1
    nodes: dict[int, Hit] = {}

    def class_at(end: End) -> int:
        number, after = end
        return 0 if number == -inf else classes if number == inf else 2 * bisect_left(bounds, number) + 1 + after

    for place, demand, intervals in wanted:
        for start, end in intervals:
            for node in _cover(class_at(start) + classes, class_at(end) + classes):
                nodes.setdefault(node, Hit()).add(place, demand.holds)
    missing, bits, ends = kept.free, kept.bits, [*bounds, inf]

    def by_class(facts: Facts) -> Bits:
        value = read(facts)
        if value is None:
            return missing
        place = bisect_left(bounds, value)
        number = 2 * place + (ends[place] == value)
        found = bits.get(number)
        return kept.make(number, [nodes[node] for node in _above(number + classes) if node in nodes]) if found is None else found

    return by_class


def _cover(start: int, end: int) -> Iterator[int]:
    """The nodes that cover the leaves from `start` up to, and without, `end`, in a binary tree kept in an array."""
    while start < end:
        if start & 1:
            yield start
            start += 1
        if end & 1:
            end -= 1
            yield end
        start >>= 1
        end >>= 1


def _above(leaf: int) -> Iterator[int]:
    """A leaf and all nodes above it."""
    while leaf:
        yield leaf
        leaf >>= 1

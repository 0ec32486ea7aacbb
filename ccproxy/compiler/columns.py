"""Looks up, by the value of a fact, which of many alternatives it leaves possible: a bit each, in one number.

A column holds every demand that alternatives make on one fact. The atoms that hold for a value are its *hits*: each allows alternatives,
and excludes others. The bits for a value are made when it first comes up, and kept; how many are kept is bounded, so that requests can't
make them grow.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from math import inf
from operator import and_
from typing import Any

from ccproxy.compiler.alternatives import Column, Demand, Edge, End, Inside, Kind, There, Values, Within
from ccproxy.facts import Facts
from ccproxy.language.matching import Matcher
from ccproxy.language.syntax import Exact

CACHE_BYTES = 2**20
"""Maximum bytes of the bits that one column keeps."""
_MANY = 256
"""The bits of a hit with more alternatives are made once, and stay."""
_FEW = 8
_LONG = 128
"""The bits for longer texts and lists are made each time."""
_PART = 4
"""Maximum characters by which a text is looked for inside of others."""
_FEW_PARTS = 100
"""Up to so many parts are each looked for in a text; for more the text is cut up, and each piece looked up."""

Bits = int
Lookup = tuple[Callable[[Facts], Any], Callable[[Any], Bits | None], Callable[[Any], Bits]]
"""Reads the value of a fact, tells the alternatives that a value leaves possible if they are known yet, and finds them out."""


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


Layer = tuple[Bits, Callable[[Any], Iterable[Hit]]]
"""Of at most one demand of an alternative that isn't negated: the alternatives that need no hit, and what finds the hits of a value."""


class Kept:
    """The bits for values, a bounded number of them. An alternative has to be left possible by all layers."""

    def __init__(self, layers: Sequence[Layer], size: int) -> None:
        self.free = reduce(and_, (free for free, _ in layers))
        self.bits: dict[Hashable, Bits] = {None: self.free}
        self._layers = layers
        self._most = max(16, CACHE_BYTES // (size // 8 + 100))

    def make(self, value: Any) -> Bits:
        """The bits for a value that is there; kept, if it is short."""
        if value is None:  # another thread is clearing what is kept
            return self.free
        bits = reduce(and_, (_left(layer, value) for layer in self._layers))
        if not (isinstance(value, str | tuple) and len(value) > _LONG):
            if len(self.bits) >= self._most:
                self.bits.clear()
                self.bits[None] = self.free
            self.bits[value] = bits
        return bits


def _left(layer: Layer, value: Any) -> Bits:
    """What a layer leaves possible."""
    allowed, hits_of = layer
    excluded = 0
    for hit in hits_of(value):
        more, less = hit.bits()
        allowed |= more
        excluded |= less
    return allowed & ~excluded if excluded else allowed


def _finder(kind: Kind, demands: Sequence[tuple[int, Demand]]) -> Callable[[Any], Iterable[Hit]]:
    match kind:
        case "number":
            return _Numbers(demands).of
        case "value":
            return _Texts(demands).of_text
        case "list":
            return _Texts(demands).of_list


def lookup_of(column: Column, layers: Sequence[Sequence[tuple[int, Demand]]], size: int) -> Lookup:
    """The lookup of a column, for the demands of the alternatives at these places of `size`; one that must hold is in each layer once."""
    read = column.reader()
    if all(isinstance(demand.atom, There) for layer in layers for _, demand in layer):
        # the value may be any JSON, which can't be looked up; that it is there, can
        value_of, read = read, lambda facts: None if value_of(facts) is None else ""
    every = (1 << size) - 1
    made = [(every & ~bits_of([*{place for place, demand in layer if demand.holds}]), _finder(column.kind, layer)) for layer in layers]
    kept = Kept(made, size)
    return read, kept.bits.get, kept.make


# ── Texts, bools and lists ───────────────────────────────────────────────────────────────────────────────────────────


class _Texts:
    """The hits of a column whose values, or their elements, are compared as a whole or at their edges."""

    def __init__(self, demands: Sequence[tuple[int, Demand]]) -> None:
        self.whole: dict[Any, Hit] = {}
        self.there = Hit()
        self.starts: dict[int, dict[str, Hit]] = {}
        self.ends: dict[int, dict[str, Hit]] = {}
        inside: dict[Inside, Hit] = {}
        for place, demand in demands:
            match demand.atom:
                case Values(values=values):
                    for value in values:
                        self.whole.setdefault(value, Hit()).add(place, demand.holds)
                case Edge(text=text, starts=starts):
                    by_length = self.starts if starts else self.ends
                    by_length.setdefault(len(text), {}).setdefault(text, Hit()).add(place, demand.holds)
                case Inside() as atom:
                    inside.setdefault(atom, Hit()).add(place, demand.holds)
                case There():
                    self.there.add(place, demand.holds)
                case Within():
                    raise TypeError("no text is within an interval")
        self.inside = _by_rarest_part(inside)

    def of_text(self, text: Any) -> list[Hit]:
        """The hits of a text, or of a bool."""
        return [self.there, *self._of(text)]

    def of_list(self, elements: Iterable[str]) -> list[Hit]:
        """The hits of all elements."""
        return [self.there, *{hit for element in elements for hit in self._of(element)}]

    def _of(self, text: Any) -> Iterator[Hit]:
        if (hit := self.whole.get(text)) is not None:
            yield hit
        for length, hits in self.starts.items():
            if (hit := hits.get(text[:length])) is not None:
                yield hit
        for length, hits in self.ends.items():
            if (hit := hits.get(text[max(0, len(text) - length) :])) is not None:
                yield hit
        for length, parts in self.inside.items():
            if len(parts) <= _FEW_PARTS:
                met = {part for part in parts if part in text}
            else:
                met = {part for at in range(len(text) - length + 1) if (part := text[at : at + length]) in parts}
            for part in met:
                yield from (hit for holds, hit in parts[part] if holds(text))


def _by_rarest_part(asked: Mapping[Inside, Hit]) -> dict[int, dict[str, list[tuple[Matcher, Hit]]]]:
    """What may hold of a text, by length and text of a part that it then contains: of all such parts the one that the fewest ask for."""
    parts: dict[Inside, list[str]] = {}
    for atom in asked:
        literal = atom.literal()
        length = min(len(literal), _PART)
        parts[atom] = [literal[at : at + length] for at in range(len(literal) - length + 1)]
    number = Counter(part for found in parts.values() for part in {*found})
    by_length: dict[int, dict[str, list[tuple[Matcher, Hit]]]] = {}
    for atom, hit in asked.items():
        part = min(parts[atom], key=number.__getitem__)
        by_length.setdefault(len(part), {}).setdefault(part, []).append((atom.matcher(), hit))
    return by_length


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Numbers:
    """The hits of a column of numbers, by class: between the bounds of all intervals, in order, those at a bound with an odd number.

    An interval of classes is the sum of the nodes that cover it in a binary tree over all classes; a class hits the nodes above it.
    """

    def __init__(self, demands: Sequence[tuple[int, Demand]]) -> None:
        wanted = [(place, demand, demand.atom.intervals) for place, demand in demands if isinstance(demand.atom, Within)]
        ends = {end[0] for _, _, intervals in wanted for interval in intervals for end in interval}
        self._bounds = sorted(ends - {inf, -inf})
        self._classes = 2 * len(self._bounds) + 1
        self._nodes: dict[int, Hit] = {}
        for place, demand, intervals in wanted:
            for start, end in intervals:
                for node in _cover(self._class_at(start) + self._classes, self._class_at(end) + self._classes):
                    self._nodes.setdefault(node, Hit()).add(place, demand.holds)

    def _class_at(self, end: End) -> int:
        number, after = end
        if number in (-inf, inf):
            return 0 if number < 0 else self._classes
        return 2 * bisect_left(self._bounds, number) + 1 + after

    def of(self, number: Exact) -> list[Hit]:
        """The hits of a number."""
        class_ = bisect_left(self._bounds, number) + bisect_right(self._bounds, number)
        return [self._nodes[node] for node in _above(class_ + self._classes) if node in self._nodes]


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

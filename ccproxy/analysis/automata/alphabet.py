"""Alphabets: characters that no given pattern can tell apart are one letter."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice

from ccproxy.analysis.automata import charset
from ccproxy.analysis.automata.charset import CharSet

_MAX_MEMBERS = 40


class Alphabet:
    """Letters 0 to `size` - 1, each a set of characters that every given set contains entirely or not at all."""

    def __init__(self, sets: Iterable[CharSet]) -> None:
        self._sets = sorted(set(sets))
        cuts = {0, 0xD800, 0xE000, 0x110000}
        for chars in self._sets:
            for low, high in chars:
                cuts.add(low)
                cuts.add(high + 1)
        bounds = sorted(cuts)
        self._starts: list[int] = []
        self._letters: list[int] = []
        ranges: dict[int, list[tuple[int, int]]] = {}
        memberships = self._memberships(bounds)
        for index, low in enumerate(bounds[:-1]):
            if low == 0xD800:
                self._starts.append(low)
                self._letters.append(-1)
                continue
            ranges.setdefault(memberships[index], []).append((low, bounds[index + 1] - 1))
        # letters in the order of their best examples, so that searches find legible texts first
        self.sets = sorted((charset.union(parts) for parts in ranges.values()), key=_legibility)
        for letter, chars in enumerate(self.sets):
            for low, _ in chars:
                self._starts.append(low)
                self._letters.append(letter)
        order = sorted(range(len(self._starts)), key=self._starts.__getitem__)
        self._starts = [self._starts[index] for index in order]
        self._letters = [self._letters[index] for index in order]
        self._masks: dict[CharSet, int] = {}
        self._members: dict[int, tuple[str, ...]] = {}

    def _memberships(self, bounds: list[int]) -> list[int]:
        """For each range between two bounds, a bit for each set that contains it."""
        index_of = {bound: index for index, bound in enumerate(bounds)}
        bits = [0] * len(bounds)
        for number, chars in enumerate(self._sets):
            for low, high in chars:
                for index in range(index_of[low], index_of[high + 1]):
                    bits[index] |= 1 << number
        return bits

    @property
    def size(self) -> int:
        """The number of letters."""
        return len(self.sets)

    @cached_property
    def _examples(self) -> list[str]:
        return [next(charset.members(chars)) for chars in self.sets]

    def example(self, letter: int) -> str:
        """The most legible character of the letter."""
        return self._examples[letter]

    def members(self, letter: int) -> Sequence[str]:
        """Some characters of the letter, the most legible first: all, if they are few."""
        if letter not in self._members:
            self._members[letter] = tuple(islice(charset.members(self.sets[letter]), _MAX_MEMBERS))
        return self._members[letter]

    def letters_of(self, chars: CharSet) -> int:
        """The letters of one of the given sets, as a bit mask."""
        mask = self._masks.get(chars)
        if mask is None:
            mask = 0
            for letter, members in enumerate(self.sets):
                if charset.contains(chars, members[0][0]):
                    mask |= 1 << letter
            self._masks[chars] = mask
        return mask

    def read(self, text: str) -> list[int] | None:
        """The letters of a text; None if it contains a surrogate."""
        letters = [self._letters[bisect_right(self._starts, ord(character)) - 1] for character in text]
        return None if -1 in letters else letters

    def write(self, letters: Iterable[int]) -> str:
        """A text with these letters."""
        return "".join(self._examples[letter] for letter in letters)


def _legibility(chars: CharSet) -> tuple[int, int]:
    character = next(charset.members(chars))
    rank = charset.LEGIBLE.find(character)
    return (rank if rank >= 0 else len(charset.LEGIBLE), ord(character))

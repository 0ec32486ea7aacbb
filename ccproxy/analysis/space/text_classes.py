"""All patterns tested on one kind of text: the combinations of them that a text can match, with an example of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence

from ccproxy.analysis.automata.product import Parents, Product, Search
from ccproxy.analysis.automata.regex import example
from ccproxy.analysis.formulas.text_tests import TextPattern
from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.space.masks import bits_in

_MAX_PRODUCTS = 20
"""Products that are kept: each may have thousands of states."""
_FILLERS = ("other", "x", "a b", "0")
"""Texts to try first if nothing in particular is wanted."""

Key = tuple[int, int]
"""Wanted and unwanted patterns, a bit each."""


def _bits(words: Sequence[str | None]) -> dict[str, int]:
    """The patterns of each word, a bit each by their places; those without a word have None there."""
    found: dict[str, int] = {}
    for index, word in enumerate(words):
        if word is not None:
            found[word] = found.get(word, 0) | 1 << index
    return found


class _Ends:
    """Words that texts begin with, or end with: those of a text are found by its own beginnings, however many there are."""

    def __init__(self, words: Sequence[str | None], first: bool) -> None:
        self._first = first
        self._words = _bits(words)
        self.lengths = sorted({len(word) for word in self._words})

    def found(self, text: str) -> int:
        """The patterns found in the text, a bit each."""
        found = 0
        for length in self.lengths:
            if length > len(text):
                break
            found |= self._words.get(text[:length] if self._first else text[len(text) - length :], 0)
        return found


class _Parts:
    """Words that are found anywhere: those of a short text by its own parts, however many there are, and else one by one."""

    def __init__(self, words: Sequence[str | None]) -> None:
        self._words = _bits(words)
        self._lengths = sorted({len(word) for word in self._words})

    def steps(self, text: str) -> int:
        """What it takes to look through the text."""
        return min(len(self._lengths) * (len(text) + 1), len(self._words))

    def found(self, text: str) -> int:
        """The patterns found in the text, a bit each."""
        words: Iterable[str] = self._words
        if len(self._lengths) * (len(text) + 1) < len(self._words):
            words = {text[start : start + length] for length in self._lengths for start in range(len(text) - length + 1)}
            words &= self._words.keys()
        found = 0
        for word in words:
            if word in text:
                found |= self._words[word]
        return found


class Language:
    """A set of patterns over one alphabet; patterns are numbers from 0."""

    def __init__(self, patterns: Sequence[TextPattern], fuel: Fuel) -> None:
        self._patterns = patterns
        self._ends = [_Ends([pattern.first for pattern in patterns], True), _Ends([pattern.last for pattern in patterns], False)]
        self._inside = _Parts([pattern.inside for pattern in patterns])
        known = [any(word is not None for word in (pattern.first, pattern.last, pattern.inside)) for pattern in patterns]
        self._others = [(1 << index, pattern.matches) for index, pattern in enumerate(patterns) if not known[index]]
        self._steps = 1 + len(self._others) + sum(len(ends.lengths) for ends in self._ends)
        self.fuel = fuel
        self._signatures: dict[str, int] = {}
        self._shortest: dict[int, str | None] = {}
        self._cores: dict[Key, Key] = {}
        self._products: dict[tuple[int, ...], Product] = {}

    def signature(self, text: str) -> int:
        """The patterns found in the text, as a bit mask."""
        known = self._signatures.get(text)
        if known is None:
            self.fuel.spend_of_all(self._steps + self._inside.steps(text))
            known = sum([bit for bit, matches in self._others if matches(text)]) | self._inside.found(text)
            for ends in self._ends:
                known |= ends.found(text)
            self._signatures[text] = known
        return known

    def signatures(self, limit: int, steps: int) -> dict[int, str] | None:
        """Every combination of patterns that a text can match, with a shortest text for each.

        None if there are more than `limit` of them, or if finding them takes more than `steps` steps.
        """
        product = Product([pattern.tree for pattern in self._patterns], self.fuel)
        parents: Parents = {product.start: None}
        queue = deque([product.start])
        found: dict[int, str] = {}
        while queue:
            state = queue.popleft()
            signature = product.accepted(state)
            if signature not in found:
                found[signature] = product.text_to(parents, state)
                if len(found) > limit:
                    return None
            for letter in range(product.alphabet.size):
                steps -= len(state[1]) + 1
                after = product.step(state, letter)
                if after not in parents:
                    parents[after] = state, letter
                    queue.append(after)
            if steps < 0:
                return None
        return found

    def find(self, wanted: int, unwanted: int, taken: Container[str] = ()) -> str | None:
        """A text with all wanted patterns and no unwanted ones that is not taken yet; legible is preferred to short.

        None if there is none; OutOfFuelError if the search takes too long.
        """
        lost = next((index for index in bits_in(wanted) if unwanted >> index & 1 or self._word(index) is None), None)
        if lost is not None:
            self._cores[wanted, unwanted] = 1 << lost, unwanted & 1 << lost
            return None
        for guess in self._guesses(list(bits_in(wanted))):
            if guess not in taken:
                signature = self.signature(guess)
                if not (wanted & ~signature or unwanted & signature):
                    return guess
        # Most unwanted patterns never turn up: only those that do are excluded.
        kept_out = 0
        while True:
            text = self._search(wanted, kept_out, taken)
            if text is None:
                self._cores[wanted, unwanted] = wanted, kept_out
                return None
            turned_up = unwanted & self.signature(text)
            if not turned_up:
                return text
            kept_out |= turned_up

    def core(self, wanted: int, unwanted: int) -> Key:
        """A subset of the patterns that is already impossible, given that `find` found all of them together to be."""
        return self._cores.get((wanted, unwanted), (wanted, unwanted))

    def _search(self, wanted: int, unwanted: int, taken: Container[str]) -> str | None:
        chosen = tuple(bits_in(wanted | unwanted))
        if chosen not in self._products:
            if len(self._products) >= _MAX_PRODUCTS:
                del self._products[next(iter(self._products))]
            self._products[chosen] = Product([self._patterns[index].tree for index in chosen], self.fuel)
        bits = {index: 1 << place for place, index in enumerate(chosen)}
        search = Search(
            self._products[chosen], sum(map(bits.__getitem__, bits_in(wanted))), sum(map(bits.__getitem__, bits_in(unwanted))), self.fuel
        )
        first = search.first()
        return first if first is None or first not in taken else search.outside(taken)

    def _word(self, index: int) -> str | None:
        """A short text in which the pattern is found."""
        if index not in self._shortest:
            pattern = self._patterns[index]
            text = example(pattern.tree)
            if text is None or not pattern.matches(text):
                text = Product([pattern.tree], self.fuel).shortest()
            self._shortest[index] = text
        return self._shortest[index]

    def _guesses(self, wanted: list[int]) -> Iterator[str]:
        words = [self._word(index) or "" for index in wanted]
        if not words:
            yield from _FILLERS
            return
        ordered = [word for _, word in sorted(zip(wanted, words, strict=True), key=self._place)]
        yield max(words, key=len)
        for separator in ("", " ", "-", "_ "):
            yield separator.join(ordered)
        joined = " ".join(ordered)
        yield f"x {joined} x"
        yield f"x{'x'.join(ordered)}x"
        yield joined.upper()

    def _place(self, item: tuple[int, str]) -> int:
        """Where a pattern's word has to be: first, anywhere, last."""
        index, word = item
        if not self.signature(f"- {word}") >> index & 1:
            return 0
        return 1 if self.signature(f"{word} -") >> index & 1 else 2

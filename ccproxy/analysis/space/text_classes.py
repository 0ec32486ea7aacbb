"""All patterns tested on one kind of text: the combinations of them that a text can match, with an example of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence

from ccproxy.analysis.automata.product import Parents, Product, Search
from ccproxy.analysis.automata.regex import example
from ccproxy.analysis.formulas.text_tests import TextPattern
from ccproxy.analysis.fuel import Fuel

_FILLERS = ("other", "x", "a b", "0")
"""Texts to try first if nothing in particular is wanted."""

Key = tuple[frozenset[int], frozenset[int]]
"""Wanted and unwanted patterns."""


class Language:
    """A set of patterns over one alphabet; patterns are numbers from 0."""

    def __init__(self, patterns: Sequence[TextPattern], fuel: Fuel) -> None:
        self._patterns = patterns
        self.fuel = fuel
        self._signatures: dict[str, int] = {}
        self._shortest: dict[int, str | None] = {}
        self._found: dict[tuple[frozenset[int], frozenset[int], frozenset[str]], str | None] = {}
        self._cores: dict[Key, Key] = {}
        self._products: dict[tuple[int, ...], Product] = {}

    def signature(self, text: str) -> int:
        """The patterns found in the text, as a bit mask."""
        known = self._signatures.get(text)
        if known is None:
            self.fuel.spend_of_all(len(self._patterns) + 1)
            known = sum(1 << index for index, pattern in enumerate(self._patterns) if pattern.matches(text))
            self._signatures[text] = known
        return known

    def matches(self, text: str, wanted: frozenset[int], unwanted: frozenset[int]) -> bool:
        """Whether all wanted patterns and no unwanted ones are found in the text."""
        signature = self.signature(text)
        return all(signature >> index & 1 for index in wanted) and not any(signature >> index & 1 for index in unwanted)

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

    def find(self, wanted: frozenset[int], unwanted: frozenset[int], taken: Collection[str] = ()) -> str | None:
        """A text with all wanted patterns and no unwanted ones that is not taken yet; legible is preferred to short.

        None if there is none; OutOfFuelError if the search takes too long.
        """
        key = wanted, unwanted, frozenset(taken)
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def core(self, wanted: frozenset[int], unwanted: frozenset[int]) -> Key:
        """A subset of the patterns that is already impossible, given that `find` found all of them together to be."""
        return self._cores.get((wanted, unwanted), (wanted, unwanted))

    def _find(self, wanted: frozenset[int], unwanted: frozenset[int], taken: frozenset[str]) -> str | None:
        lost = next((index for index in wanted if index in unwanted or self._word(index) is None), None)
        if lost is not None:
            self._cores[wanted, unwanted] = frozenset([lost]), unwanted & {lost}
            return None
        for guess in self._guesses(sorted(wanted)):
            if guess not in taken and self.matches(guess, wanted, unwanted):
                return guess
        # Most unwanted patterns never turn up: only those that do are excluded.
        kept_out: frozenset[int] = frozenset()
        while True:
            text = self._search(wanted, kept_out, taken)
            if text is None:
                self._cores[wanted, unwanted] = wanted, kept_out
                return None
            signature = self.signature(text)
            turned_up = frozenset(index for index in unwanted if signature >> index & 1)
            if not turned_up:
                return text
            kept_out |= turned_up

    def _search(self, wanted: frozenset[int], unwanted: frozenset[int], taken: frozenset[str]) -> str | None:
        chosen = tuple(sorted(wanted | unwanted))
        if chosen not in self._products:
            self._products[chosen] = Product([self._patterns[index].tree for index in chosen], self.fuel)
        bits = {index: 1 << place for place, index in enumerate(chosen)}
        search = Search(self._products[chosen], sum(bits[index] for index in wanted), sum(bits[index] for index in unwanted), self.fuel)
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

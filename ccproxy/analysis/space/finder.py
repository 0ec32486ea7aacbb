"""Finds a text that passes some tests and fails others."""

from __future__ import annotations

from collections.abc import Container, Iterable
from contextlib import suppress

from ccproxy.analysis.automata.automaton import TooLargeError
from ccproxy.analysis.automata.regex import UnsupportedPatternError
from ccproxy.analysis.formulas.atoms import Among, Found
from ccproxy.analysis.formulas.text_tests import TextPattern, pattern_of
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.space.masks import bits_in, mask_of
from ccproxy.analysis.space.possible_texts import PossibleTexts
from ccproxy.analysis.space.text_classes import Language

TextTest = Among | Found

_MAX_CORE = 300
"""Tests of which each is tried for one that is not needed."""


class Finder:
    """The tests of a policy on one kind of text, a bit each, so that thousands of them are passed and failed at once.

    Patterns without an automaton are assumed to be able to pass or fail.
    """

    def __init__(self, tests: Iterable[TextTest], shape: PossibleTexts, fuel: Fuel) -> None:
        self.shape = shape
        asked = list(dict.fromkeys(tests))
        read = {test: pattern for test in asked if isinstance(test, Found) and (pattern := _pattern(test)) is not None}
        self._fuel = fuel
        self._required = (1 << len(shape.required)) - 1
        self._refused = ((1 << len(shape.refused)) - 1) << len(shape.required)
        patterns = [*shape.required, *shape.refused, *read.values()]
        self._language = Language(patterns, fuel)
        among = [test for test in asked if isinstance(test, Among)]
        self.unknown = frozenset(test for test in asked if isinstance(test, Found) and test not in read)
        """The patterns without an automaton."""
        first = len(shape.required) + len(shape.refused)
        self._first = first
        self._tests: list[TextTest] = [*read, *among, *[test for test in asked if test in self.unknown]]
        self.numbers: dict[TextTest, int] = {test: first + place for place, test in enumerate(self._tests)}
        """The number of the bit of each test."""
        self._patterns = ((1 << len(read)) - 1) << first
        self._among = ((1 << len(among)) - 1) << first + len(read)
        self._among_of: dict[str, list[int]] = {}
        for test in among:
            for text in test.texts:
                self._among_of.setdefault(text, []).append(self.numbers[test])
        self._signatures: dict[str, int] = {}
        self._found: dict[tuple[int, int, frozenset[str]], str | None] = {}

    @property
    def all(self) -> int:
        """All tests."""
        return ((1 << len(self._tests)) - 1) << self._first

    def bit(self, test: TextTest) -> int:
        """The bit of a test."""
        return 1 << self.numbers[test]

    def signatures(self, limit: int, steps: int) -> dict[int, str] | None:
        """See `Language.signatures`: of texts of the shape, and of patterns only."""
        found = self._language.signatures(limit, steps)
        if found is None:
            return None
        return {
            signature & self._patterns: text
            for signature, text in found.items()
            if signature & self._required == self._required and not signature & self._refused
        }

    def fits(self, text: str) -> bool:
        """Whether the text has the shape."""
        if self.shape.only is not None:
            return text in self.shape.only
        shape = self.shape
        return all(pattern.matches(text) for pattern in shape.required) and not any(pattern.matches(text) for pattern in shape.refused)

    def signature(self, text: str) -> int:
        """The tests that the text passes; none of the unknown patterns."""
        among = self._among_of.get(text)
        if among is None:
            return self._language.signature(text) & self._patterns
        if text not in self._signatures:
            self._fuel.spend_of_all(len(among))
            self._signatures[text] = self._language.signature(text) & self._patterns | mask_of(among)
        return self._signatures[text]

    def find(self, passed: int, failed: int, taken: frozenset[str] = frozenset()) -> str | None:
        """A text of the shape, not taken, that passes some tests and fails others; None if there is none."""
        key = passed, failed, taken
        if key not in self._found:
            self._fuel.spend(10)
            self._found[key] = None if passed & failed else self._find(*key)
        return self._found[key]

    def _find(self, passed: int, failed: int, taken: frozenset[str]) -> str | None:
        candidates = self._candidates(passed)
        if candidates is None:
            wanted, unwanted = self._required | passed & self._patterns, self._refused | failed & self._patterns
            return self._language.find(wanted, unwanted, _Taken(taken, self._among_of, failed))
        for text in candidates:
            if text not in taken and self.accepts(text, passed, failed):
                return text
        return None

    def accepts(self, text: str, passed: int, failed: int) -> bool:
        """Whether the text has the shape, passes some tests and fails others."""
        return self.fits(text) and not self._refuting(text, passed, failed)

    def _candidates(self, passed: int) -> list[str] | None:
        """The texts among which one that passes has to be; None if there are no such."""
        tests = [self._tests[index - self._first] for index in bits_in(passed & self._among)]
        texts = [test.texts for test in tests if isinstance(test, Among)]
        if texts:
            self._fuel.spend(sum(map(len, texts)))
            return sorted(frozenset.intersection(*texts))
        return None if self.shape.only is None else list(self.shape.only)

    def _refuting(self, text: str, passed: int, failed: int) -> int:
        """The tests that the text has to pass and doesn't, or has to fail and doesn't."""
        self._fuel.spend(4)
        signature = self.signature(text)
        return failed & signature | passed & ~signature & (self._patterns | self._among)

    def core(self, passed: int, failed: int) -> tuple[int, int]:
        """A small subset of the tests that no text passes and fails together, given that none does so with all of them."""
        if passed & failed:
            low = passed & failed & -(passed & failed)
            return low, low
        core_passed, core_failed = self._core(passed, failed)
        if (core_passed | core_failed).bit_count() > _MAX_CORE:
            return core_passed, core_failed
        for index in bits_in(core_passed | core_failed):
            self._fuel.spend(10)
            rest = core_passed & ~(1 << index), core_failed & ~(1 << index)
            with suppress(OutOfFuelError):
                if self.find(*rest) is None:
                    core_passed, core_failed = rest
        return core_passed, core_failed

    def _core(self, passed: int, failed: int) -> tuple[int, int]:
        candidates = self._candidates(passed)
        if candidates is None:
            wanted, unwanted = self._language.core(self._required | passed & self._patterns, self._refused | failed & self._patterns)
            core = wanted & self._patterns, unwanted & self._patterns
            fuller = core[0], core[1] | failed & self._among
            return next((some for some in (core, fuller) if self.find(*some) is None), (passed, failed))
        refuting = 0
        for text in candidates:
            if self.fits(text):
                against = self._refuting(text, passed, failed)
                if not against:
                    return passed, failed  # it was taken
                refuting |= against & -against
        return passed & (self._among | refuting), failed & refuting


class _Taken:
    """The texts that are taken, and those that pass a test that has to fail."""

    def __init__(self, taken: Container[str], among_of: dict[str, list[int]], failed: int) -> None:
        self._taken = taken
        self._among_of = among_of
        self._failed = failed

    def __contains__(self, text: object) -> bool:
        if text in self._taken:
            return True
        return isinstance(text, str) and any(self._failed >> number & 1 for number in self._among_of.get(text, ()))


def _pattern(test: Found) -> TextPattern | None:
    try:
        return pattern_of(test)
    except (UnsupportedPatternError, TooLargeError):
        return None

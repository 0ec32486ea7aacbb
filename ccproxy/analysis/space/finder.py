"""Finds a text that passes some tests and fails others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from ccproxy.analysis.automata.automaton import TooLargeError
from ccproxy.analysis.automata.regex import UnsupportedPatternError
from ccproxy.analysis.formulas.atoms import Among, Found
from ccproxy.analysis.formulas.text_tests import TextPattern, pattern_of
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.space.possible_texts import PossibleTexts
from ccproxy.analysis.space.text_classes import Language

TextTest = Among | Found


class Finder:
    """The tests of a policy on one kind of text. Patterns without an automaton are assumed to be able to pass or fail."""

    def __init__(self, tests: Iterable[TextTest], shape: PossibleTexts, fuel: Fuel) -> None:
        self.shape = shape
        self.numbers: dict[Found, int] = {}
        patterns = [*shape.required, *shape.refused]
        for test in tests:
            if isinstance(test, Found) and test not in self.numbers:
                pattern = _pattern(test)
                if pattern is not None:
                    self.numbers[test] = len(patterns)
                    patterns.append(pattern)
        self.language = Language(patterns, fuel)
        self._required = frozenset(range(len(shape.required)))
        self._refused = frozenset(range(len(shape.required), len(shape.required) + len(shape.refused)))

    def fits(self, text: str) -> bool:
        """Whether the text has the shape."""
        if self.shape.only is not None:
            return text in self.shape.only
        shape = self.shape
        return all(pattern.matches(text) for pattern in shape.required) and not any(pattern.matches(text) for pattern in shape.refused)

    def passes(self, text: str, test: TextTest) -> bool:
        """Whether the text passes; False if unknown."""
        if isinstance(test, Among):
            return text in test.texts
        return test in self.numbers and bool(self.language.signature(text) >> self.numbers[test] & 1)

    def find(self, verdicts: Mapping[TextTest, bool], taken: Collection[str] = ()) -> str | None:
        """A text of the shape, not taken, that passes the tests with True and fails those with False; None if there is none."""
        self.language.fuel.spend(2 * len(verdicts))
        passed = [test.texts for test, verdict in verdicts.items() if verdict and isinstance(test, Among)]
        failed = {text for test, verdict in verdicts.items() if not verdict and isinstance(test, Among) for text in test.texts}
        patterns = {test: verdict for test, verdict in verdicts.items() if test in self.numbers}
        failed.update(taken)
        if passed or self.shape.only is not None:
            candidates = sorted(frozenset.intersection(*passed)) if passed else list(self.shape.only or ())
            for text in candidates:
                if text not in failed and self.fits(text) and all(self.passes(text, test) == verdict for test, verdict in patterns.items()):
                    return text
            return None
        wanted = self._required | {self.numbers[test] for test, verdict in patterns.items() if verdict and isinstance(test, Found)}
        unwanted = self._refused | {self.numbers[test] for test, verdict in patterns.items() if not verdict and isinstance(test, Found)}
        return self.language.find(wanted, unwanted, failed)

    def core(self, verdicts: Mapping[TextTest, bool]) -> dict[TextTest, bool]:
        """A small subset of the verdicts that no text has together, given that none has them all."""
        core = self._core_of_patterns(verdicts) or dict(verdicts)
        for test in list(core):
            self.language.fuel.spend(len(core))
            fewer = {other: verdict for other, verdict in core.items() if other != test}
            with suppress(OutOfFuelError):
                if self.find(fewer) is None:
                    core = fewer
        return core

    def _core_of_patterns(self, verdicts: Mapping[TextTest, bool]) -> dict[TextTest, bool] | None:
        numbered = {self.numbers[test]: test for test in verdicts if isinstance(test, Found) and test in self.numbers}
        wanted = frozenset(number for number, test in numbered.items() if verdicts[test])
        core = self.language.core(self._required | wanted, self._refused | (numbered.keys() - wanted))
        found: dict[TextTest, bool] = {numbered[number]: number in wanted for number in (*core[0], *core[1]) if number in numbered}
        return found if self.find(found) is None else None


def _pattern(test: Found) -> TextPattern | None:
    try:
        return pattern_of(test)
    except (UnsupportedPatternError, TooLargeError):
        return None

"""The lists of a request: their elements and lengths."""

from __future__ import annotations

from collections.abc import Iterable

from ccproxy.analysis.formulas.atoms import AnyElement, Atom, Compare, Count, Kind, Present, Source, Subject, Test
from ccproxy.analysis.fuel import OutOfFuelError
from ccproxy.analysis.space.finder import Finder
from ccproxy.analysis.space.masks import Block, bits_in, mask_of, unlike_false
from ccproxy.analysis.space.numbers import Number
from ccproxy.analysis.space.possible_texts import possible_texts
from ccproxy.analysis.space.solver import Box, Domain
from ccproxy.analysis.space.variables import MAX_KEPT, Choices, Literal, Preference, Space, fact_of, may_be_missing
from ccproxy.facts.values import Value

_MISSING, _THERE = 1, 2
_FALSE, _TRUE = 1, 2
_MAX_ELEMENTS = 300
_FEW_ELEMENTS = 8

Verdicts = tuple[int, int]
"""The tests that a text has to pass, and those that it has to fail."""


class ListPart:
    """One list: a variable for its presence, and one for each question whether some element passes a test.

    A list with given answers exists exactly if for each element that some question requires there is a text that no
    question forbids, and if that many elements fit the count.
    """

    def __init__(self, space: Space, source: Source, tests: Iterable[Test], count: Number) -> None:
        self._space = space
        self._source = source
        self._subject = Subject(Kind.LIST, source)
        fact = fact_of(source)
        self._distinct = fact is not None and fact.distinct
        self._questions: dict[AnyElement, int] = {}
        self._there = space.variable(2)
        self._count = Subject(Kind.NUMBER, Count(source))
        self._ranges = [(int(item.low or 0), None if item.high is None else int(item.high)) for item in count.intervals.items]
        self._some: Literal = space.literals[Atom(self._count, Compare(">", 0))]
        space.literals[Atom(self._subject, Present())] = self._there, _THERE
        space.forbid((self._there, _MISSING), self._some if may_be_missing(source) else (self._there, _MISSING))
        asked = [test for test in tests if isinstance(test, AnyElement)]
        self._block = range(len(space.fulls), len(space.fulls) + len(asked))
        self._answered = Block(self._block)
        space.blocks.append(self._block)
        self._chosen: dict[tuple[int, int, bytes, Value], tuple[Value, Value, Box | None]] = {}
        for test in asked:
            variable = space.variable(2)
            self._questions[test] = variable
            space.literals[Atom(self._subject, test)] = variable, _TRUE
        self._asked = asked
        self._finder = Finder([test.test for test in asked], possible_texts(source), space.fuel)
        self._plain = {self._finder.numbers[test.test]: test for test in asked if not test.negated}
        self._negated = {self._finder.numbers[test.test]: test for test in asked if test.negated}
        self._refusals: Verdicts = mask_of(self._negated), mask_of(self._plain)

    def choose(self, domain: Domain, choices: Choices, preference: Preference) -> Box | None:
        """See `Part`. The count has already been chosen, as small as its classes allow. What was chosen for some classes is so always."""
        key = domain[self._there], domain[self._some[0]], self._answered.of(domain), choices[self._count]
        if key not in self._chosen:
            if len(self._chosen) * len(self._block) > MAX_KEPT:
                self._chosen.clear()
            conflict = self._choose(domain, choices)
            self._chosen[key] = choices.get(self._subject), choices[self._count], conflict
        choices[self._subject], choices[self._count], conflict = self._chosen[key]
        return conflict

    def _choose(self, domain: Domain, choices: Choices) -> Box | None:
        self._space.fuel.spend(1 + len(self._asked) // 50)
        wanted, refused = self._answers(domain)
        if wanted and not domain[self._some[0]] & self._some[1]:
            return tuple(sorted(((self._questions[wanted[0]], _TRUE), self._space.negated(self._some))))
        if not domain[self._there] & _THERE:
            choices[self._subject] = None
            return tuple(sorted(((self._questions[wanted[0]], _TRUE), (self._there, _MISSING)))) if wanted else None
        elements: list[str] = []
        for test in wanted:
            text = self._element([test], refused)
            if text is None:
                return self._conflict([test], refused)
            if not any(self._passes(element, test) for element in elements):
                elements.append(text)
        count = choices[self._count]
        if not isinstance(count, int):
            raise TypeError(f"{self._source} has {count!r} elements")
        if len(elements) > count and not self._fits_count(domain, len(elements)):
            fewer = self._grouped(wanted, refused, self._most(domain))
            if fewer is None:
                masks = {self._questions[test]: _TRUE for test in wanted} | self._false(refused)
                masks[self._some[0]] = domain[self._some[0]]
                return tuple(sorted(masks.items()))
            elements = fewer
        if not domain[self._there] & _MISSING or elements or count:
            least = self._least(domain, len(elements))
            filled = self._filled(elements, refused, max(count, least))
            if len(filled) < least:
                return self._too_many(refused, len(filled)) if filled else self._conflict([], refused)
            choices[self._subject] = tuple(filled)
            choices[self._count] = len(filled)
        else:
            choices[self._subject] = None
        return None

    def _answers(self, domain: Domain) -> tuple[list[AnyElement], Verdicts]:
        """The questions to be answered with yes, and what those with no demand of all elements."""
        wanted: list[AnyElement] = []
        passed, failed = self._refusals
        for place in unlike_false(self._answered.of(domain)):
            test = self._asked[place]
            bit = self._finder.bit(test.test)
            passed, failed = (passed & ~bit, failed) if test.negated else (passed, failed & ~bit)
            if domain[self._block.start + place] == _TRUE:
                wanted.append(test)
        return wanted, (passed, failed)

    # ── Elements ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _element(self, wanted: list[AnyElement], refused: Verdicts, taken: Iterable[str] = ()) -> str | None:
        return self._finder.find(*self._demands(wanted, refused), frozenset(taken))

    def _demands(self, wanted: list[AnyElement], refused: Verdicts) -> Verdicts:
        """What an element has to pass and to fail that answers some questions with yes, and all that are refused with no."""
        passed, failed = refused
        for test in wanted:
            bit = self._finder.bit(test.test)
            passed, failed = (passed, failed | bit) if test.negated else (passed | bit, failed)
        return passed, failed

    def _passes(self, element: str, test: AnyElement) -> bool:
        return test.test not in self._finder.unknown and bool(self._finder.signature(element) & self._finder.bit(test.test)) != test.negated

    def _false(self, refused: Verdicts) -> dict[int, int]:
        """The literals of the questions that are answered with no."""
        negated = {self._questions[self._negated[number]]: _FALSE for number in bits_in(refused[0])}
        return negated | {self._questions[self._plain[number]]: _FALSE for number in bits_in(refused[1])}

    def _conflict(self, wanted: list[AnyElement], refused: Verdicts) -> Box:
        """The box of a question (or of any element at all) and a small set of refusals that together no text satisfies."""
        passed, failed = self._finder.core(*self._demands(wanted, refused))
        masks = {self._questions[test]: _TRUE for test in wanted} | self._false((passed & refused[0], failed & refused[1]))
        if not wanted:
            masks[self._some[0]] = self._some[1]
        return tuple(sorted(masks.items()))

    def _filled(self, elements: list[str], refused: Verdicts, size: int) -> list[str]:
        """The elements extended to `size`, all different if possible; fewer if there are no more."""
        filled = list(elements)
        if size > _MAX_ELEMENTS:
            raise OutOfFuelError(f"a list of {size:,} elements is too long to show")
        while len(filled) < size:
            text = self._numbered(filled, refused) or self._element([], refused, filled)
            if text is None and (not filled or self._distinct):
                break
            filled.append(filled[-1] if text is None else text)
        return filled

    def _numbered(self, filled: list[str], refused: Verdicts) -> str | None:
        """The first of many elements with a number, if such a one will do: it takes no search."""
        if len(filled) < _FEW_ELEMENTS:
            return None
        variants = (f"{filled[0]}{len(filled)}", f"{len(filled)}{filled[0]}")
        return next((text for text in variants if text not in filled and self._finder.accepts(text, *refused)), None)

    def _too_many(self, refused: Verdicts, most: int) -> Box:
        """The counts above `most`, which are impossible because no more distinct elements satisfy the refusals."""
        counts = sum(1 << index for index, (low, _) in enumerate(self._ranges) if low > most)
        return tuple(sorted({**self._false(refused), self._some[0]: counts}.items()))

    # ── How many ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _classes(self, domain: Domain) -> list[tuple[int, int | None]]:
        """The lowest and highest count of each remaining class."""
        return [ends for index, ends in enumerate(self._ranges) if domain[self._some[0]] >> index & 1]

    def _fits_count(self, domain: Domain, size: int) -> bool:
        return any(high is None or size <= high for _, high in self._classes(domain))

    def _least(self, domain: Domain, size: int) -> int:
        """The smallest remaining count that is at least `size`."""
        return min((max(low, size) for low, high in self._classes(domain) if high is None or high >= size), default=size)

    def _most(self, domain: Domain) -> int:
        return max(high or 0 for _, high in self._classes(domain))

    def _grouped(self, wanted: list[AnyElement], refused: Verdicts, most: int) -> list[str] | None:
        """At most so many texts that together pass all the questions; None if there are none."""
        stack: list[tuple[int, list[list[AnyElement]]]] = [(0, [])]
        while stack:
            at, groups = stack.pop()
            self._space.fuel.spend(20)
            if at == len(wanted):
                texts = [self._element(group, refused) for group in groups]
                return [text for text in texts if text is not None]
            if len(groups) < most:
                stack.append((at + 1, [*groups, [wanted[at]]]))
            for index, group in enumerate(groups):
                joined = [*group, wanted[at]]
                if self._element(joined, refused) is not None:
                    stack.append((at + 1, [*groups[:index], joined, *groups[index + 1 :]]))
        return None

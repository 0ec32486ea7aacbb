"""The classes of a request's text facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from ccproxy.analysis.formulas.atoms import Among, Atom, Found, Kind, Present, Source, Subject, Test
from ccproxy.analysis.formulas.text_tests import is_at_an_end
from ccproxy.analysis.fuel import OutOfFuelError
from ccproxy.analysis.space.finder import Finder, TextTest
from ccproxy.analysis.space.masks import Block, bits_in, key_of, mask_of, unlike_false
from ccproxy.analysis.space.possible_texts import possible_texts
from ccproxy.analysis.space.solver import Box, Domain
from ccproxy.analysis.space.variables import MAX_KEPT, Choices, Literal, Preference, Space, fact_of, is_usual, may_be_missing
from ccproxy.facts.values import Value
from ccproxy.frozen import frozen

_MAX_FLOATING = 5
_MAX_CLASSES = 200
_MORE = ("", "x", "0")
"""What may stand beside the beginning or the end of a text."""
_MAX_STEPS = 30_000
_MAX_PAIRS = 4_000_000
"""Maximum pairs of a written text and a pattern to look for in it; patterns beyond that are not followed."""

_FALSE, _TRUE = 1, 2


@frozen
class Conflict:
    """A box without requests."""

    box: Box


class TextPart:
    """One text: a class for each text that is written in the policy, more for the others, and last, if it can be missing, one for that.

    The others have a class for each combination of patterns if these are few. If not, the others are one class, each
    pattern is a variable of its own, and which of them are compatible is determined on demand.
    """

    def __init__(self, space: Space, source: Source, tests: Iterable[Test]) -> None:
        self._space = space
        self.source = source
        self.subject = Subject(Kind.TEXT, source)
        asked: list[TextTest] = [test for test in tests if isinstance(test, Among | Found)]
        self._patterns = [test for test in asked if isinstance(test, Found)]
        texts = {text for test in asked if isinstance(test, Among) for text in test.texts}
        self._finder = Finder(_followed(self._patterns, len(texts)), possible_texts(source), space.fuel)
        self._known = [test for test in self._patterns if test in self._finder.numbers and test not in self._finder.unknown]
        only = self._finder.shape.only
        self._written = list(only) if only is not None else sorted(text for text in texts if self._finder.fits(text))
        self._taken = frozenset(self._written)
        self._index = {text: index for index, text in enumerate(self._written)}
        self.texts: list[str] = list(self._written)
        self._separate: dict[Found, int] = {}
        self._chosen: dict[tuple[tuple[int, int], bytes], tuple[Value | Conflict]] = {}
        self._all = mask_of(self._finder.numbers[test] for test in self._known)
        others = self._combinations()
        self._other: int | None = None
        if others is None:
            self._other = len(self.texts)
            self.texts.append("")
        else:
            self.texts += others
        self.optional = may_be_missing(source)
        size = len(self.texts)
        self.variable = space.variable(size + self.optional)
        self.there: Literal = (self.variable, (1 << size) - 1)
        space.literals[Atom(self.subject, Present())] = self.there
        for test in asked:
            if isinstance(test, Among):
                mask = mask_of(self._index[text] for text in test.texts if text in self._index)
                space.literals[Atom(self.subject, test)] = self.variable, mask
        self._passing = self._texts_passing()
        for test in self._known:
            literal = self._own_variable(test) if others is None else (self.variable, self._passing[test])
            space.literals[Atom(self.subject, test)] = literal
        self._own = range(self.variable + 1, len(space.fulls))
        for test in self._patterns:
            if Atom(self.subject, test) not in space.literals:
                space.literals[Atom(self.subject, test)] = self._own_variable(test)
        self._block = range(self.variable + 1, len(space.fulls))
        self._classes = Block(self._block)
        space.blocks.append(self._block)

    def _combinations(self) -> list[str] | None:
        """A text for each combination of patterns that an unwritten text can match; None if there are many."""
        if self._finder.shape.only is not None:
            return []
        found = self._by_automaton() if len(self._known) <= _MAX_CLASSES else None
        return self._by_ends() if found is None else found

    def _by_automaton(self) -> list[str] | None:
        """The same, found in the product of all patterns."""
        floating = [
            test for test in self._known if test.how == "contains" or (test.how in ("glob", "regex") and test.pattern[:1] in "*.\\(")
        ]
        if len(floating) > _MAX_FLOATING:
            return None
        self._space.fuel.begin_question()
        try:
            found = self._finder.signatures(_MAX_CLASSES, _MAX_STEPS)
            return None if found is None else list(self._examples(found))
        except OutOfFuelError:
            return None

    def _by_ends(self) -> list[str] | None:
        """The same of patterns that all begin texts, or all end them: the longest of a text's is found in it with those within that one."""
        hows = {test.how for test in self._known}
        if len(hows) != 1 or not is_at_an_end(self._known[0]):
            return None
        first = hows == {"starts with"}
        examples: list[str] = []
        # those that begin alike stand together, so that the classes of each pattern are a single run
        words = sorted({"", *(test.pattern for test in self._known)}, key=lambda word: word if first else word[::-1])
        try:
            self._space.fuel.keep(len(words) * len(words) // 8)
            for word in words:
                wanted = self._finder.signature(word) & self._all
                guesses = (f"{word}{more}" if first else f"{more}{word}" for more in _MORE if word)
                text = next((guess for guess in guesses if self._is_example(guess, wanted)), None)
                if text is None:
                    text = self._finder.find(wanted, self._all & ~wanted, self._taken)
                if text is not None:
                    examples.append(text)
        except OutOfFuelError:
            return None
        return examples

    def _is_example(self, text: str, wanted: int) -> bool:
        """Whether an unwritten text of the shape has just these patterns."""
        self._space.fuel.spend_of_all(4)
        return text not in self._taken and self._finder.fits(text) and self._finder.signature(text) == wanted

    def _examples(self, found: dict[int, str]) -> Iterator[str]:
        """A text for each combination that an unwritten text of the shape can match."""
        for signature, shortest in found.items():
            untaken = shortest and shortest not in self._taken
            text = shortest if untaken else self._finder.find(signature, self._all & ~signature, self._taken)
            if text is not None:
                yield text

    def _texts_passing(self) -> dict[Found, int]:
        """The classes in whose text each pattern is found, but for that of the others."""
        passing: dict[int, list[int]] = {self._finder.numbers[test]: [] for test in self._known}
        for index, text in enumerate(self.texts):
            if index != self._other:
                found = list(bits_in(self._finder.signature(text)))
                self._space.fuel.spend_of_all(1 + len(found))
                for number in found:
                    passing[number].append(index)
        return {test: mask_of(passing[self._finder.numbers[test]]) for test in self._known}

    @cached_property
    def _by_signature(self) -> dict[tuple[int, int], int]:
        """The classes of unwritten texts by their patterns."""
        signatures = [self._finder.signature(text) for text in self.texts[len(self._written) :]]
        return {key_of(found): index for index, found in enumerate(signatures, len(self._written))}

    def _own_variable(self, test: Found) -> Literal:
        """A literal of a new variable for a pattern."""
        variable = self._space.variable(2)
        self._separate[test] = variable
        return variable, _TRUE

    def choose(self, domain: Domain, choices: Choices, preference: Preference) -> Box | None:
        """See `Part`. What was chosen for some classes is so always."""
        classes = domain[self.variable]
        key = key_of(classes), self._classes.of(domain)
        known = self._chosen.get(key)
        if known is None:
            if len(self._chosen) * len(self._block) > MAX_KEPT:
                self._chosen.clear()
            known = self._chosen[key] = (self._choose(domain),)
        chosen = known[0]
        if isinstance(chosen, Conflict):
            return chosen.box
        choices[self.subject] = chosen
        return None

    def _choose(self, domain: Domain) -> Value | Conflict:
        """A value in the domain's classes, None if it is missing; or a box without requests that meets all of the domain."""
        self._space.fuel.spend(1 + len(self._separate) // 50)
        classes = domain[self.variable]
        there = classes & self.there[1]
        found = self._found_in(domain)
        usual = is_usual(self.source)
        if found is None and (not there or (there != classes and not usual)):
            return None
        fact = fact_of(self.source)
        if fact is not None and fact.example is not None and self.accepts(domain, fact.example):
            return fact.example
        passed, failed = self._asked(domain)
        if self._other is not None and there >> self._other & 1:
            text = self._finder.find(passed, failed, self._taken)
            return Conflict(self._conflict(passed, failed)) if text is None else text
        if not there and found is not None:
            return Conflict(tuple(sorted(((found, _TRUE), (self.variable, classes)))))
        return self._choose_written(domain, there, passed, failed)

    def _found_in(self, domain: Domain) -> int | None:
        """The first variable of a pattern that has to be found."""
        place = self._classes.of(domain).find(_TRUE)
        return None if place < 0 else self._block[place]

    def _asked(self, domain: Domain) -> tuple[int, int]:
        """The patterns that have to be found, and those that must not be."""
        if not self._own:
            return 0, 0
        passed = open_ = 0
        first = self._all & -self._all
        classes = self._classes.of(domain)
        for place in unlike_false(classes[: len(self._own)]):
            open_ |= first << place
            if classes[place] == _TRUE:
                passed |= first << place
        return passed, self._all & ~open_

    def _choose_written(self, domain: Domain, there: int, passed: int, failed: int) -> str | Conflict:
        """One of the texts that are written or represent their class; or the box of a class and a pattern that are incompatible."""
        last = is_usual(self.source)
        clash = 0
        while there:
            at = there.bit_length() - 1 if last else (there & -there).bit_length() - 1
            there ^= 1 << at
            found = self._finder.signature(self.texts[at])
            clash = passed & ~found | failed & found
            if not clash:
                return self.texts[at]
        return Conflict(self._clash(domain, self._test(clash)))

    def _test(self, mask: int) -> Found:
        """The first of some known patterns."""
        return self._known[(mask & -mask).bit_length() - (self._all & -self._all).bit_length()]

    def _clash(self, domain: Domain, test: Found) -> Box:
        """The box of all classes that are incompatible with a pattern, as some class is."""
        variable = self._separate[test]
        others = 1 << self._other if self._other is not None else 0
        wrong = self._passing[test] if domain[variable] == _FALSE else self.there[1] & ~self._passing[test] & ~others
        return tuple(sorted(((self.variable, wrong), (variable, domain[variable]))))

    @property
    def variables(self) -> tuple[int, ...]:
        """Its variables in the space."""
        return self.variable, *self._separate.values()

    def written_in(self, domain: Domain) -> Iterator[str]:
        """The texts written in the policy, or all that the fact can be, in the domain's classes."""
        return (text for text in self._written if domain[self.variable] >> self._index[text] & 1)

    def value_in(self, domain: Domain, taken: Iterable[str]) -> str | None:
        """Another text in the domain's classes that is not taken."""
        avoided = frozenset(taken)
        for index, text in enumerate(self.texts):
            if domain[self.variable] >> index & 1 and index != self._other:
                if text not in avoided:
                    return text
                if text not in self._index:
                    found = self._finder.signature(text)
                    other = self._finder.find(found, self._all & ~found, avoided | self._taken)
                    if other is not None:
                        return other
        if self._other is not None and domain[self.variable] >> self._other & 1:
            return self._finder.find(*self._asked(domain), avoided | self._taken)
        return None

    def accepts(self, domain: Domain, text: str) -> bool:
        """Whether the text is in one of the domain's classes."""
        if not self._finder.fits(text):
            return False
        classes = domain[self.variable]
        if text in self._index:
            return bool(classes >> self._index[text] & 1)
        found = self._finder.signature(text)
        if self._other is None:
            index = self._by_signature.get(key_of(found))
            return index is not None and bool(classes >> index & 1)
        passed, failed = self._asked(domain)
        return bool(classes >> self._other & 1) and not (passed & ~found | failed & found)

    def _conflict(self, passed: int, failed: int) -> Box:
        core_passed, core_failed = self._finder.core(passed, failed)
        masks = {self._separate[self._test(1 << number)]: _TRUE for number in bits_in(core_passed)}
        masks |= {self._separate[self._test(1 << number)]: _FALSE for number in bits_in(core_failed)}
        if self._other is not None:
            masks[self.variable] = 1 << self._other
        return tuple(sorted(masks.items()))


def _followed(patterns: list[Found], texts: int) -> list[Found]:
    """The patterns of which it is known in which texts they are found: all that are cheap, and as many others as are not too many."""
    left = _MAX_PAIRS // (texts + 1)
    followed = []
    for test in patterns:
        if not is_at_an_end(test):
            left -= 1
            if left < 0:
                continue
        followed.append(test)
    return followed

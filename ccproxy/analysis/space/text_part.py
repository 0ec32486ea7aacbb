"""The classes of a request's text facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ccproxy.analysis.formulas.atoms import Among, Atom, Found, Kind, Present, Source, Subject, Test
from ccproxy.analysis.fuel import OutOfFuelError
from ccproxy.analysis.space.finder import Finder, TextTest
from ccproxy.analysis.space.possible_texts import possible_texts
from ccproxy.analysis.space.solver import Box, Domain
from ccproxy.analysis.space.variables import Choices, Literal, Preference, Space, fact_of, is_usual, may_be_missing
from ccproxy.facts.values import Value
from ccproxy.frozen import frozen

_MAX_FLOATING = 5
_MAX_CLASSES = 200
_MAX_STEPS = 30_000
_MAX_PAIRS = 1_000_000
"""Maximum pairs of a written text and a pattern; patterns beyond that are not followed."""

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
        followed = self._patterns[: _MAX_PAIRS // (len(texts) + 1)]
        self.finder = Finder(followed, possible_texts(source), space.fuel)
        self._unknown = {test for test in self._patterns if test not in self.finder.numbers}
        only = self.finder.shape.only
        self._written = list(only) if only is not None else sorted(text for text in texts if self.finder.fits(text))
        self._index = {text: index for index, text in enumerate(self._written)}
        self.texts: list[str] = list(self._written)
        self._places: dict[str, tuple[Literal, ...]] = {}
        self._separate: dict[Found, int] = {}
        self._passing: dict[Found, int] = {}
        self._chosen: dict[tuple[int, bytes], Value | Conflict] = {}
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
            space.literals[Atom(self.subject, test)] = self._literal(test, others is None)
        self._block = range(self.variable + 1, len(space.fulls))
        space.blocks.append(self._block)
        self._asked = [test for test in self._separate if test not in self._unknown]
        self._passed: dict[int, int] = {}

    def _combinations(self) -> list[str] | None:
        """A text for each combination of patterns that an unwritten text can match; None if there are many."""
        if self.finder.shape.only is not None:
            return []
        patterns = [test for test in self._patterns if test in self.finder.numbers]
        floating = [test for test in patterns if test.how == "contains" or (test.how in ("glob", "regex") and test.pattern[:1] in "*.\\(")]
        if len(floating) > _MAX_FLOATING:
            return None
        self._space.fuel.begin_question()
        try:
            found = self.finder.language.signatures(_MAX_CLASSES, _MAX_STEPS)
            return None if found is None else list(self._examples(found, patterns))
        except OutOfFuelError:
            return None

    def _examples(self, found: dict[int, str], patterns: list[Found]) -> Iterator[str]:
        """A text for each combination that an unwritten text of the shape can match."""
        for signature, shortest in found.items():
            verdicts: dict[TextTest, bool] = {test: bool(signature >> self.finder.numbers[test] & 1) for test in patterns}
            required = (1 << len(self.finder.shape.required)) - 1
            refused = ((1 << len(self.finder.shape.refused)) - 1) << len(self.finder.shape.required)
            if signature & required == required and not signature & refused:
                text = shortest if shortest and shortest not in self._written else self.finder.find(verdicts, self._written)
                if text is not None:
                    yield text

    def _literal(self, test: TextTest, separate: bool) -> Literal:
        if isinstance(test, Among):
            return self.variable, sum(1 << self._index[text] for text in test.texts if text in self._index)
        known = test not in self._unknown
        passing = 0
        self._space.fuel.spend_of_all(2 * len(self.texts))
        for index, text in enumerate(self.texts):
            if index != self._other and known and self.finder.passes(text, test):
                passing |= 1 << index
        if known and not separate:
            return self.variable, passing
        # a pattern with a variable of its own
        variable = self._space.variable(2)
        self._separate[test] = variable
        self._passing[test] = passing
        return variable, _TRUE

    def choose(self, domain: Domain, choices: Choices, preference: Preference) -> Box | None:
        """See `Part`. What was chosen for some classes is so always."""
        key = domain[self.variable], bytes(domain[self._block.start : self._block.stop])
        if key not in self._chosen:
            self._chosen[key] = self._choose(domain)
        chosen = self._chosen[key]
        if isinstance(chosen, Conflict):
            return chosen.box
        choices[self.subject] = chosen
        return None

    def _choose(self, domain: Domain) -> Value | Conflict:
        """A value in the domain's classes, None if it is missing; or a box without requests that meets all of the domain."""
        self._space.fuel.spend(len(self._separate))
        classes = domain[self.variable]
        there = classes & self.there[1]
        found = [(test, variable) for test, variable in self._separate.items() if domain[variable] == _TRUE]
        usual = is_usual(self.source)
        if not found and (not there or (there != classes and not usual)):
            return None
        fact = fact_of(self.source)
        if fact is not None and fact.example is not None and self.accepts(domain, fact.example):
            return fact.example
        if self._other is not None and there >> self._other & 1:
            self._space.fuel.spend(len(self._separate))
            verdicts = self._verdicts(domain)
            text = self.finder.find(verdicts, self._written)
            return Conflict(self._conflict(verdicts)) if text is None else text
        if not there:
            return Conflict(tuple(sorted(((found[0][1], _TRUE), (self.variable, classes)))))
        return self._choose_written(domain, there)

    def _choose_written(self, domain: Domain, there: int) -> str | Conflict:
        """One of the texts that are written or represent their class; or the box of a class and a pattern that are incompatible."""
        last = is_usual(self.source)
        passed = sum(1 << index for index, test in enumerate(self._asked) if domain[self._separate[test]] == _TRUE)
        failed = sum(1 << index for index, test in enumerate(self._asked) if domain[self._separate[test]] == _FALSE)
        clash = 0
        while there:
            at = there.bit_length() - 1 if last else (there & -there).bit_length() - 1
            there ^= 1 << at
            passes = self._passes(at)
            clash = passed & ~passes | failed & passes
            if not clash:
                return self.texts[at]
        return Conflict(self._clash(domain, self._asked[(clash & -clash).bit_length() - 1]))

    def _passes(self, at: int) -> int:
        """The patterns found in the text of a class, a bit each."""
        if at not in self._passed:
            self._space.fuel.spend(len(self._asked))
            self._passed[at] = sum(1 << index for index, test in enumerate(self._asked) if self._passing[test] >> at & 1)
        return self._passed[at]

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
        taken = set(taken)
        known = {test: bool(self._space.literals[Atom(self.subject, test)][1] & domain[self.variable]) for test in self._patterns}
        for index, text in enumerate(self.texts):
            if domain[self.variable] >> index & 1 and index != self._other:
                if text not in taken:
                    return text
                if text not in self._written:
                    verdicts: dict[TextTest, bool] = {test: self.finder.passes(text, test) for test in known}
                    other = self.finder.find(verdicts, {*taken, *self._written})
                    if other is not None:
                        return other
        if self._other is not None and domain[self.variable] >> self._other & 1:
            return self.finder.find(self._verdicts(domain), {*taken, *self._written})
        return None

    def accepts(self, domain: Domain, text: str) -> bool:
        """Whether the text is in one of the domain's classes."""
        return all(domain[variable] & mask for variable, mask in self.place(text))

    def place(self, text: str) -> tuple[Literal, ...]:
        """The classes of the text, as a literal for each variable; a mask of 0 if it doesn't have the shape."""
        if text not in self._places:
            self._places[text] = tuple(self._place(text))
        return self._places[text]

    def _place(self, text: str) -> Iterator[Literal]:
        if not self.finder.fits(text):
            yield self.variable, 0
        elif text in self._index:
            yield self.variable, 1 << self._index[text]
        elif self._other is None:
            known = [test for test in self._patterns if test not in self._unknown]
            verdicts = [self.finder.passes(text, test) for test in known]
            others = range(len(self._written), len(self.texts))
            same = [index for index in others if [self.finder.passes(self.texts[index], test) for test in known] == verdicts]
            yield self.variable, sum(1 << index for index in same)
        else:
            yield self.variable, 1 << self._other
            for test, variable in self._separate.items():
                if test not in self._unknown:
                    yield variable, _TRUE if self.finder.passes(text, test) else _FALSE

    def _verdicts(self, domain: Domain) -> dict[TextTest, bool]:
        return {
            test: domain[variable] == _TRUE
            for test, variable in self._separate.items()
            if domain[variable] != _FALSE | _TRUE and test not in self._unknown
        }

    def _conflict(self, verdicts: dict[TextTest, bool]) -> Box:
        core = self.finder.core(verdicts)
        masks = {self._separate[test]: _TRUE if verdict else _FALSE for test, verdict in core.items() if isinstance(test, Found)}
        if self._other is not None:
            masks[self.variable] = 1 << self._other
        return tuple(sorted(masks.items()))

"""The flags of a request: bools, values of which only the presence matters, and questions about which nothing is known."""

from __future__ import annotations

from ccproxy.analysis.formulas.atoms import Atom, IsTrue, Kind, Present, Source, Subject
from ccproxy.analysis.space.solver import Box, Domain
from ccproxy.analysis.space.variables import Choices, Preference, Space, is_usual, may_be_missing

_MISSING, _FALSE, _TRUE = 1, 2, 4


class Flag:
    """One bool of a request: missing, false, true."""

    def __init__(self, space: Space, subject: Subject) -> None:
        self._subject = subject
        self._space = space
        self.variable = space.variable(3)
        source = subject.of
        optional = isinstance(source, Source) and may_be_missing(source)
        self._usual = isinstance(source, Source) and is_usual(source)
        if not optional:
            space.forbid((self.variable, _MISSING))
        if subject.kind is Kind.ANY:
            space.forbid((self.variable, _FALSE))
        space.literals[Atom(subject, IsTrue())] = self.variable, _TRUE
        space.literals[Atom(subject, Present())] = self.there

    @property
    def there(self) -> tuple[int, int]:
        """The literal that the value is present."""
        return self.variable, _FALSE | _TRUE

    def choose(self, domain: Domain, choices: Choices, preference: Preference) -> Box | None:
        """See `Part`."""
        classes = domain[self.variable]
        order = (_FALSE, _TRUE, _MISSING) if self._usual else (_MISSING, _FALSE, _TRUE)
        first = next(value for value in order if classes & value)
        choices[self._subject] = {_MISSING: None, _FALSE: False, _TRUE: True}[first]
        return None

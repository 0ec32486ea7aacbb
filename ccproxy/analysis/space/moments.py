"""The time of day and the weekday of a request."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from ccproxy.analysis.formulas.atoms import Atom, Kind, Subject, Test, Within
from ccproxy.analysis.space.solver import Box, Domain
from ccproxy.analysis.space.variables import Choices, Preference, Space
from ccproxy.language.operators import DAYS, MINUTES

_NOON = 12 * 60


class Clock:
    """The time or weekday; its classes are the sets of minutes, or days, that no condition tells apart."""

    def __init__(self, space: Space, subject: Subject, tests: Iterable[Test]) -> None:
        self._subject = subject
        size = MINUTES if subject.kind is Kind.TIME else DAYS
        asked = [test for test in tests if isinstance(test, Within)]
        starts = {0}
        for test in asked:
            changes = (test.values ^ (test.values << 1)) & ((1 << size) - 1)
            while changes:
                low = changes & -changes
                starts.add(low.bit_length() - 1)
                changes ^= low
        classes: dict[tuple[int, ...], list[range]] = {}
        ordered = [*sorted(starts), size]
        for start, end in pairwise(ordered):
            signature = tuple(test.values >> start & 1 for test in asked)
            classes.setdefault(signature, []).append(range(start, end))
        self.classes = list(classes.values())
        self.variable = space.variable(len(self.classes))
        for number, test in enumerate(asked):
            mask = sum(1 << index for index, signature in enumerate(classes) if signature[number])
            space.literals[Atom(subject, test)] = self.variable, mask

    def choose(self, domain: Domain, choices: Choices, preference: Preference) -> Box | None:
        """See `Part`."""
        ranges = [part for index, parts in enumerate(self.classes) if domain[self.variable] >> index & 1 for part in parts]
        if self._subject in preference.high:
            choices[self._subject] = ranges[0][-1]
        elif self._subject.kind is Kind.TIME and any(_NOON in part for part in ranges):
            choices[self._subject] = _NOON
        else:
            choices[self._subject] = ranges[0][0]
        return None

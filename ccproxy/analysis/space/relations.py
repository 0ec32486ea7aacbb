"""Facts that a policy compares with each other: values are chosen again until they are in the required relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ccproxy.analysis.formulas.atoms import Kind, Relation, Source, Subject
from ccproxy.analysis.fuel import OutOfFuelError
from ccproxy.analysis.space.flags import Flag
from ccproxy.analysis.space.solver import Box, Domain
from ccproxy.analysis.space.text_part import TextPart
from ccproxy.analysis.space.variables import Choices, Preference, Space
from ccproxy.facts.values import Value
from ccproxy.language.operators import meaning

_REASON = "it compares facts of the request with each other"


class Relations:
    """All `left OP right` between facts. It runs after the facts' own parts, and changes their values."""

    def __init__(self, space: Space, subjects: Sequence[Subject], texts: dict[Source, TextPart], flags: dict[Subject, Flag]) -> None:
        self._space = space
        self._texts = texts
        self._flags = [(subject.of, flags[subject]) for subject in subjects if isinstance(subject.of, Relation)]

    def choose(self, domain: Domain, choices: Choices, preference: Preference) -> Box | None:
        """See `Part`. Never returns a box, because finding no values proves nothing."""
        wanted = [(relation, bool(domain[flag.variable] & 4)) for relation, flag in self._flags if domain[flag.variable] in (2, 4)]
        for _ in range(len(wanted) + 1):
            broken = next(((relation, verdict) for relation, verdict in wanted if _holds(relation, choices) != verdict), None)
            if broken is None:
                return None
            if not self._mend(*broken, domain, choices):
                break
        raise OutOfFuelError(_REASON)

    def _mend(self, relation: Relation, verdict: bool, domain: Domain, choices: Choices) -> bool:
        self._space.fuel.spend(100)
        for source, value in self._proposals(relation, verdict, domain, choices):
            subject = Subject(Kind.TEXT, source)
            before = choices.get(subject)
            choices[subject] = value
            if _holds(relation, choices) == verdict:
                return True
            choices[subject] = before
        return False

    def _proposals(self, relation: Relation, verdict: bool, domain: Domain, choices: Choices) -> Iterator[tuple[Source, Value]]:
        left, right = choices.get(Subject(Kind.TEXT, relation.left)), _value(choices, relation.right)
        sides = ((relation.left, left, right), (relation.right, right, left))
        for source, mine, theirs in sides:
            part = self._texts.get(source)
            if part is None:
                continue
            if not verdict:
                taken = [text for text in (mine, theirs) if isinstance(text, str)]
                other = part.value_in(domain, taken + (list(theirs) if isinstance(theirs, tuple) else []))
                if other is not None:
                    yield source, other
                continue
            options = list(theirs) if isinstance(theirs, tuple) else [theirs] if isinstance(theirs, str) else []
            if isinstance(mine, str) and isinstance(theirs, str) and source == relation.left:
                options += [theirs + mine, mine + theirs, f"{theirs} {mine}", f"{mine} {theirs}"]
            for option in options:
                if part.accepts(domain, option):
                    yield source, option


def _value(choices: Choices, source: Source) -> Value:
    return choices.get(Subject(Kind.TEXT, source), choices.get(Subject(Kind.LIST, source)))


def _holds(relation: Relation, choices: Choices) -> bool:
    left, right = choices.get(Subject(Kind.TEXT, relation.left)), _value(choices, relation.right)
    if not isinstance(left, str) or not isinstance(right, tuple if relation.operator == "in" else str):
        return False
    return meaning(relation.operator)(left, right)

"""The space of requests that a policy can tell apart: variables with classes, and boxes that contain no request."""

from __future__ import annotations

from dataclasses import field
from typing import Protocol

from ccproxy.analysis.formulas.atoms import Atom, Kind, Source, Subject
from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.space.cover import Cover
from ccproxy.analysis.space.solver import Box, Covering, Domain, box_of
from ccproxy.facts.definitions import BY_NAME
from ccproxy.facts.readers import FUNCTION_BY_NAME, Function, asked_of_label
from ccproxy.facts.schema import ANY_NUMBER, Bounds, Cost, Fact, InHeader, Made, Presence
from ccproxy.facts.values import Value
from ccproxy.frozen import frozen, mutable
from ccproxy.language.types import Type

_KINDS = {
    Type.NUMBER: Kind.NUMBER,
    Type.TEXT: Kind.TEXT,
    Type.BOOL: Kind.BOOL,
    Type.LIST: Kind.LIST,
    Type.TIME: Kind.TIME,
    Type.WEEKDAY: Kind.WEEKDAY,
}

Choices = dict[Subject, Value]
"""An assignment: a value for each subject, None for missing."""

Literal = tuple[int, int]
"""A literal: a variable and the mask of its classes in which an atom holds."""


MAX_KEPT = 20_000_000
"""Classes of variables by which a part may keep what it chose for them."""


class Part(Protocol):
    """Some subjects and their variables."""

    def choose(self, domain: Domain, choices: Choices, preference: Preference) -> Box | None:
        """Put values from the domain into `choices`, if no forbidden box reaches the domain.

        Or return a box without requests that meets all of the domain. OutOfFuelError if that takes too long.
        """
        ...


@frozen
class Preference:
    """The preference among equally valid values: for subjects in `high`, the highest number of its class."""

    high: frozenset[Subject] = frozenset()


@mutable
class Space:
    """A space. Variables are numbers; `fulls` are the masks of all their classes, `names` their names in messages."""

    fuel: Fuel
    fulls: list[int] = field(default_factory=list)
    forbidden: Cover = field(default_factory=Cover)
    literals: dict[Atom, Literal] = field(default_factory=dict)
    blocks: list[range] = field(default_factory=list)
    """Variables that stand for one text's patterns, or one list's questions: there may be many."""
    defined: set[int] = field(default_factory=set)
    """Variables that are defined by others: they stand for formulas and belong to no fact."""

    def variable(self, size: int) -> int:
        """Add a variable with this many classes."""
        self.fuel.spend_of_all(4 + size // 64)
        self.fulls.append((1 << size) - 1)
        return len(self.fulls) - 1

    def forbid(self, *literals: Literal) -> None:
        """Rule out requests that satisfy all of these literals."""
        self.fuel.spend_of_all((len(literals) + 2) * self.forbidden.room)
        masks: dict[int, int] = {}
        for variable, mask in literals:
            masks[variable] = masks.get(variable, self.fulls[variable]) & mask
        if all(masks.values()):
            self.fuel.keep(self.forbidden.append(Covering(box_of(masks), frozenset())))

    def negated(self, literal: Literal) -> Literal:
        """The negated literal."""
        return literal[0], self.fulls[literal[0]] & ~literal[1]


def fact_of(source: Source) -> Fact | None:
    """The row of a fact, None for a reader with an argument. KeyError for an unknown name."""
    return BY_NAME[source.name] if source.reader == "fact" else None


def function_of(source: Source) -> Function:
    """The row of a reader with an argument. KeyError for a fact."""
    asked = asked_of_label(source.name) if source.reader == "label" else None
    return FUNCTION_BY_NAME[source.reader] if asked is None else asked[0]


def is_calculated(subject: Subject) -> bool:
    """Whether nothing but the request and the models says its value, so that nobody can change it alone."""
    return isinstance(subject.of, Source) and subject.of.reader == "label" and function_of(subject.of).cost is Cost.TOKENS


def subject_of(name: str) -> Subject:
    """A fact as a subject. KeyError for an unknown name."""
    return Subject(_KINDS[BY_NAME[name].type], Source("fact", name))


def may_be_missing(source: Source) -> bool:
    """Whether a request can lack it. The time is assumed to be known."""
    if source.reader == "cache":
        return False
    fact = fact_of(source)
    presence = function_of(source).presence if fact is None else fact.presence
    return presence is not Presence.ALWAYS and (fact is None or fact.place is not Made.CLOCK)


def is_usual(source: Source) -> bool:
    """Whether an ordinary request has it. Headers are added only if asked for."""
    fact = fact_of(source)
    return fact is not None and fact.presence is not Presence.SOMETIMES and not isinstance(fact.place, InHeader)


def bounds_of(source: Source) -> Bounds:
    """The bounds of its number."""
    fact = fact_of(source)
    if fact is None:
        return function_of(source).bounds if source.reader == "label" else ANY_NUMBER
    return fact.bounds

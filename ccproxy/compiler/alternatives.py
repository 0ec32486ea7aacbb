"""Alternatives: conjunctions of demands on one fact each, which an index can look up by the fact's value; and how they are joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import inf
from operator import attrgetter, methodcaller
from typing import Any, Literal, NamedTuple

from ccproxy.facts import Facts
from ccproxy.facts.facts import ATTRIBUTES
from ccproxy.frozen import frozen
from ccproxy.language.matching import Matcher, compile_glob, longest_literal
from ccproxy.language.operators import Relational
from ccproxy.language.paths import parts_of
from ccproxy.language.syntax import Exact
from ccproxy.language.types import Type

MAX_ALTERNATIVES = 32
"""Maximum alternatives of a rule; a condition with more is not split further."""

Kind = Literal["value", "list", "number"]
"""What a column holds: a text, bool or JSON value, compared as a whole; a list, by its elements; a number, time or weekday, in order."""


class Column(NamedTuple):
    """What demands are made on: a fact, or a reader with its argument."""

    kind: Kind
    asked: tuple[str, ...]

    def reader(self) -> Callable[[Facts], Any]:
        """A function that reads the value, None if missing."""
        match self.asked:
            case "fact", name:
                return attrgetter(ATTRIBUTES[name])
            case "body", path, method:
                return methodcaller(method, parts_of(path))
            case "count", *inner:
                read = Column("list", tuple(inner)).reader()
                return lambda facts: len(read(facts) or ())
            case "header", name:
                return lambda facts: value if type(value := facts.headers.get(name)) is str else facts.header(name)
            case "metadata", key:
                return methodcaller("metadata", key)
            case _:
                raise ValueError(f"nothing reads {self.asked}")


End = tuple[Exact | float, int]
"""A place between numbers: just before one (0) or just after (1)."""
Interval = tuple[End, End]


@frozen
class Values:
    """The value, or some element, is one of these."""

    values: frozenset[Any]


@frozen
class Edge:
    """The value, or some element, starts (else ends) with this text."""

    text: str
    starts: bool


@frozen
class Inside:
    """The value, or some element, contains this text, or as a glob matches it."""

    text: str
    glob: bool

    def literal(self) -> str:
        """What each text for which this holds contains."""
        return longest_literal(self.text) if self.glob else self.text

    def matcher(self) -> Matcher:
        """A function that tells whether this holds for a text."""
        return compile_glob(self.text) if self.glob else lambda text: self.text in text


@frozen
class Within:
    """The number is in one of these intervals."""

    intervals: tuple[Interval, ...]


@frozen
class There:
    """The value is not missing."""


Atom = Values | Edge | Inside | Within | There
ANY_NUMBER = Within((((-inf, 0), (inf, 0)),))
NEVER = Within(())


class Demand(NamedTuple):
    """That an atom holds for a column, or with `holds` false, that it doesn't. No atom holds for a missing value."""

    column: Column
    atom: Atom
    holds: bool = True


@frozen
class Alternative:
    """Demands that must all be met; with `exact`, nothing else is needed."""

    demands: tuple[Demand, ...] = ()
    exact: bool = True


Alternatives = tuple[Alternative, ...]
ALWAYS: Alternatives = (Alternative(),)
UNKNOWN: Alternatives = (Alternative(exact=False),)


# ── Joining ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def one_demand(demand: Demand | None, holds: bool) -> Alternatives:
    found = negated(demand, not holds)
    return UNKNOWN if found is None else (Alternative((found,)),)


def negated(demand: Demand | None, negated: bool) -> Demand | None:
    return Demand(demand.column, demand.atom, not demand.holds) if demand and negated else demand


def all_of(parts: Sequence[Alternatives]) -> Alternatives:
    """The alternatives of a conjunction; parts that would make them too many are left out."""
    if len(parts) == 1:
        return parts[0]
    if () in parts:
        return ()
    if all(len(part) == 1 for part in parts):
        return (_joined([one for (one,) in parts]),)
    kept: list[Alternatives] = []
    number, exact = 1, True
    for part in parts:
        if number * len(part) > MAX_ALTERNATIVES:
            exact = False
        else:
            number *= len(part)
            kept.append(part)
    return tuple([_joined(chosen, exact) for chosen in product(*kept)])


def _joined(parts: Sequence[Alternative], exact: bool = True) -> Alternative:
    """The alternative that makes the demands of all these."""
    return Alternative(tuple([demand for one in parts for demand in one.demands]), exact and all(one.exact for one in parts))


def some_of(parts: Sequence[Alternatives]) -> Alternatives:
    """The alternatives of a disjunction; those that ask for values of one fact become a single one."""
    found: list[Alternative] = []
    places: dict[Column, int] = {}
    for one in (one for part in parts for one in part):
        column = one.demands[0].column if one.exact and len(one.demands) == 1 else None
        place = places.get(column, -1) if column else -1
        joined = _either(found[place].demands[0], one.demands[0]) if place >= 0 else None
        if joined is not None:
            found[place] = Alternative((joined,))
            continue
        if column is not None:
            places[column] = len(found)
        found.append(one)
    return tuple(found) if len(found) <= MAX_ALTERNATIVES else UNKNOWN


def _either(one: Demand, other: Demand) -> Demand | None:
    """What both demands together leave open, as one demand."""
    match one, other:
        case Demand(atom=Values(values=some), holds=True), Demand(atom=Values(values=more), holds=True):
            return Demand(one.column, Values(some | more))
        case Demand(atom=Within(intervals=some), holds=True), Demand(atom=Within(intervals=more), holds=True):
            return Demand(one.column, Within(some + more))
        case _:
            return None


def merged(alternative: Alternative) -> Alternative | None:
    """The alternative with each demand once, and at most one on a number that is not negated; None if no value meets them all."""
    demands = alternative.demands
    if any(holds and atom == NEVER for _, atom, holds in demands):
        return None
    if len({column for column, _, _ in demands}) == len(demands):
        return alternative
    found: dict[Column | Demand, Demand] = {}
    for demand in demands:
        column, atom, holds = demand
        key = column if holds and column.kind == "number" else demand
        before = found.get(key)
        found[key] = demand if before is None else Demand(column, _both(before.atom, atom), holds)
    if any(holds and atom == NEVER for _, atom, holds in found.values()):
        return None
    return Alternative(tuple(found.values()), alternative.exact)


def _both(one: Atom, other: Atom) -> Atom:
    """The atom that holds where both do, of intervals or of two that are the same."""
    match one, other:
        case Within(intervals=some), Within(intervals=more):
            pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a, b in product(some, more))
            return Within(tuple((start, end) for start, end in pairs if start < end))
        case _:
            return one


# ── Intervals ────────────────────────────────────────────────────────────────────────────────────────────────────────


def points(values: frozenset[Any]) -> Within:
    return Within(tuple(((value, 0), (value, 1)) for value in sorted(values)))


def compared(relation: Relational, value: Exact) -> Within:
    match relation:
        case "==":
            return points(frozenset([value]))
        case "<" | "<=":
            return Within((((-inf, 0), (value, int(relation == "<="))),))
        case ">" | ">=":
            return Within((((value, int(relation == ">")), (inf, 0)),))


def ranged(low: Exact, high: Exact, type_: Type) -> Within:
    """What `in low..high` asks of a number, a time or a weekday."""
    last = int(type_ is Type.WEEKDAY)
    if type_ is Type.NUMBER or low <= high:
        return Within((((low, 0), (high, last)),) if (low, 0) < (high, last) else ())
    return Within((((low, 0), (inf, 0)), ((-inf, 0), (high, last))))

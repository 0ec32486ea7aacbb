"""Atoms: the single questions that a condition asks of a request.

An atom is a test of one subject: a part of a request that has values of its own. All tests are false if the subject is missing.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from ccproxy.frozen import frozen
from ccproxy.language.operators import Positive, Relational
from ccproxy.language.syntax import Exact


class Kind(Enum):
    """The kind of a subject's values."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    TIME = "time"
    WEEKDAY = "weekday"
    LIST = "list"
    ANY = "any"
    """A JSON value of which only the presence is asked for."""
    UNKNOWN = "unknown"
    """True or false, with nothing else known: a Python predicate, two texts compared with each other."""

    __hash__ = object.__hash__  # subjects are keys everywhere, and an enum's own is slow


@frozen
class Source:
    """Where the value comes from in a request: a fact of the table, or `header`, `metadata`, `body` with their argument.

    The reader of a function of a label is `label`, its name the canonical text: `cost(think)`.

    `policy` distinguishes the `time` of two policies with different time zones.
    """

    reader: str
    name: str
    policy: str = ""

    def __str__(self) -> str:
        return self.name if self.reader in ("fact", "label", "cache") else f'{self.reader}("{self.name}")'


CACHED, CACHED_AN_HOUR = Source("cache", "asked for"), Source("cache", "for an hour")
"""Whether the body asks its provider to cache it, and for an hour: bools that no policy can ask for, but on which a cost depends."""


@frozen
class Count:
    """The number of elements of a list: 0 if it is missing."""

    source: Source


@frozen
class Product:
    """A product of quantities, about whose value nothing is known."""

    factors: tuple[Quantity, ...]


@frozen
class Combination:
    """A sum of at least two quantities, each with its coefficient (the first positive, all whole and without a common factor)."""

    terms: tuple[tuple[Quantity, int], ...]


Quantity = Source | Count | Product | Combination
"""Everything that has a numeric value."""


@frozen(hash_once=True)
class Subject:
    """Something that has values, with their kind."""

    kind: Kind
    of: Quantity | Question


@frozen
class Present:
    """The subject is present."""


@frozen
class IsTrue:
    """The bool is true."""


@frozen
class Among:
    """The text is one of these."""

    texts: frozenset[str]


@frozen
class Found:
    """The pattern is found in the text: `how` is `regex`, `glob`, `contains`, `starts with` or `ends with`; flags only for a regex."""

    how: Literal["regex", "glob", "contains", "starts with", "ends with"]
    pattern: str
    flags: str = ""


@frozen
class Compare:
    """The number is in this relation to the bound."""

    relation: Relational
    bound: Exact


@frozen
class Within:
    """The time (minutes) or weekday is one of these, given as a bit mask."""

    values: int


@frozen
class AnyElement:
    """Some element of the list passes the test; with `negated`, some element fails it."""

    test: Among | Found
    negated: bool


Test = Present | IsTrue | Among | Found | Compare | Within | AnyElement


@frozen
class Relation:
    """Two facts compared with each other: `left OP right`."""

    operator: Positive
    left: Source
    right: Source


@frozen
class Call:
    """A Python predicate with its arguments, as written."""

    name: str
    text: str


@frozen
class Opaque:
    """A question that the analysis treats as unknown, as written; `about` are the facts it asks for."""

    text: str
    about: tuple[Source, ...]


Question = Relation | Call | Opaque
"""What is true or false for reasons that the analysis doesn't know."""


@frozen
class Atom:
    """The subject passes the test."""

    subject: Subject
    test: Test

"""What an expression is before its place has asked it a question."""

from __future__ import annotations

from dataclasses import dataclass

from ccproxy.analysis.formulas.atoms import Kind, Source
from ccproxy.analysis.formulas.formula import Formula
from ccproxy.analysis.formulas.linear import Linear


@dataclass(frozen=True, slots=True)
class TextOf:
    """A text of the request."""

    source: Source


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of the request."""

    source: Source


@dataclass(frozen=True, slots=True)
class MomentOf:
    """A time or weekday of the request."""

    source: Source
    kind: Kind


@dataclass(frozen=True, slots=True)
class Moment:
    """A time or weekday that was written: minutes, or the day's number."""

    value: int
    kind: Kind


MomentTerm = Moment | MomentOf


@dataclass(frozen=True, slots=True)
class BodyOf:
    """A JSON value whose type its place has yet to ask for."""

    source: Source


@dataclass(frozen=True, slots=True)
class Literals:
    """`[a, b]`."""

    items: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """A condition."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern that was written."""

    pattern: str
    flags: str


Term = str | TextOf | ListOf | MomentOf | Moment | BodyOf | Literals | Holds | Linear | Regex


def is_text(term: Term) -> bool:
    """Whether the term says by itself that it is a text."""
    return isinstance(term, str | TextOf)


def text_source(term: Term) -> Source:
    """Where the request has the text."""
    if isinstance(term, TextOf | BodyOf):
        return term.source
    raise ValueError(f"an unchecked policy: {term} is no text")


def list_source(term: Term) -> Source:
    """Where the request has the list."""
    if isinstance(term, ListOf | BodyOf):
        return term.source
    raise ValueError(f"an unchecked policy: {term} is no list")


def sources_of(term: Term) -> tuple[Source, ...]:
    """What of the request the term reads, as far as it is one value."""
    return (term.source,) if isinstance(term, TextOf | BodyOf | ListOf) else ()

"""Terms: what expressions stand for until their context asks a question about them."""

from __future__ import annotations

from ccproxy.analysis.formulas.atoms import Kind, Source
from ccproxy.analysis.formulas.formula import Formula
from ccproxy.analysis.formulas.linear import Linear
from ccproxy.frozen import frozen


@frozen
class TextOf:
    """A text in the request."""

    source: Source


@frozen
class ListOf:
    """A list in the request."""

    source: Source


@frozen
class MomentOf:
    """The time or weekday of the request."""

    source: Source
    kind: Kind


@frozen
class Moment:
    """A literal time or weekday: minutes, or the number of the day."""

    value: int
    kind: Kind


MomentTerm = Moment | MomentOf


@frozen
class BodyOf:
    """A JSON value whose type is yet to be determined by its context."""

    source: Source


@frozen
class Literals:
    """`[a, b]`."""

    items: tuple[Term, ...]


@frozen
class Holds:
    """A condition."""

    formula: Formula


@frozen
class Regex:
    """A literal pattern."""

    pattern: str
    flags: str


Term = str | TextOf | ListOf | MomentOf | Moment | BodyOf | Literals | Holds | Linear | Regex


def is_text(term: Term) -> bool:
    """Whether the term is certainly a text, whatever its context."""
    return isinstance(term, str | TextOf)


def text_source(term: Term) -> Source:
    """The source of the text in the request."""
    if isinstance(term, TextOf | BodyOf):
        return term.source
    raise ValueError(f"an unchecked policy: {term} is no text")


def list_source(term: Term) -> Source:
    """The source of the list in the request."""
    if isinstance(term, ListOf | BodyOf):
        return term.source
    raise ValueError(f"an unchecked policy: {term} is no list")


def sources_of(term: Term) -> tuple[Source, ...]:
    """The sources of the request's values that the term is, if it is a single value."""
    return (term.source,) if isinstance(term, TextOf | BodyOf | ListOf) else ()

"""The texts that a fact can have at all, by its definition."""

from __future__ import annotations

from functools import cache

from ccproxy.analysis.automata import charset
from ccproxy.analysis.automata.regex import Chars, Look, Repeat, Sequence, literal
from ccproxy.analysis.formulas.atoms import Source
from ccproxy.analysis.formulas.text_tests import TextPattern
from ccproxy.analysis.space.variables import fact_of
from ccproxy.facts.schema import Texts
from ccproxy.frozen import frozen


@frozen
class PossibleTexts:
    """The texts in which all of `required` and none of `refused` are found; if `only` is given, only those."""

    required: tuple[TextPattern, ...] = ()
    refused: tuple[TextPattern, ...] = ()
    only: tuple[str, ...] | None = None


def possible_texts(source: Source) -> PossibleTexts:
    """The texts that a fact can be, or the elements of a list."""
    fact = fact_of(source)
    return PossibleTexts() if fact is None else _possible(fact.texts)


@cache
def _possible(texts: Texts) -> PossibleTexts:
    required = (_trimmed(),) if texts.trimmed else (_filled(),) if texts.filled else ()
    return PossibleTexts(required, tuple(map(_exactly, texts.never)), texts.values if texts.closed else None)


@cache
def _filled() -> TextPattern:
    return TextPattern(Chars(charset.ANY), bool)


def _exactly(text: str) -> TextPattern:
    return TextPattern(Sequence((Look.BEGIN_TEXT, literal(text), Look.END_TEXT)), text.__eq__)


@cache
def _trimmed() -> TextPattern:
    """Texts that neither begin nor end with white space, as `str.strip` defines it."""
    space = charset.union((point, point) for point in range(0x3001) if chr(point).isspace())
    solid = Chars(charset.complement(space))
    rest = Sequence((Repeat(Chars(charset.ANY), 0, None), solid))
    tree = Sequence((Look.BEGIN_TEXT, solid, Repeat(rest, 0, 1), Look.END_TEXT))
    return TextPattern(tree, lambda text: text != "" and text == text.strip())

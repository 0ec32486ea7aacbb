"""What texts a fact can hold at all, by its definition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ccproxy.analysis.automata import charset
from ccproxy.analysis.automata.regex import Chars, Look, Repeat, Sequence, literal
from ccproxy.analysis.formulas.atoms import Source
from ccproxy.analysis.formulas.text_tests import TextPattern

ENDPOINTS = ("messages", "count_tokens", "chat", "completions", "responses", "embeddings")


@dataclass(frozen=True, slots=True)
class Shape:
    """The texts in which all of `required` and none of `refused` is found; where `only` is given, just these."""

    required: tuple[TextPattern, ...] = ()
    refused: tuple[TextPattern, ...] = ()
    only: tuple[str, ...] | None = None


def shape_of(source: Source) -> Shape:
    """The shape of a text fact."""
    if source.reader != "fact":
        return Shape()
    match source.name:
        case "endpoint":
            return Shape(only=ENDPOINTS)
        case "prompt":
            return Shape(required=(_trimmed(),))  # a reminder that is not closed, or closed in another block, stays in it
        case "session":
            return Shape(required=(_filled(),))
        case "tool_choice":
            return Shape(required=(_filled(),), refused=(_exactly("required"),))
        case _:
            return Shape()


def element_shape_of(source: Source) -> Shape:
    """The shape of the elements of a list fact."""
    if source.reader == "fact" and source.name == "betas":
        return Shape(required=(_trimmed(),))
    if source.reader == "fact" and source.name == "tools.types":
        return Shape(refused=(_exactly("function"), _exactly("custom")))
    return Shape()


@cache
def _filled() -> TextPattern:
    return TextPattern(Chars(charset.ANY), bool)


def _exactly(text: str) -> TextPattern:
    return TextPattern(Sequence((Look.BEGIN_TEXT, literal(text), Look.END_TEXT)), text.__eq__)


@cache
def _trimmed() -> TextPattern:
    """Texts that begin and end with something else than white space, as `str.strip` has it."""
    space = charset.union((point, point) for point in range(0x3001) if chr(point).isspace())
    solid = Chars(charset.complement(space))
    rest = Sequence((Repeat(Chars(charset.ANY), 0, None), solid))
    tree = Sequence((Look.BEGIN_TEXT, solid, Repeat(rest, 0, 1), Look.END_TEXT))
    return TextPattern(tree, lambda text: text != "" and text == text.strip())

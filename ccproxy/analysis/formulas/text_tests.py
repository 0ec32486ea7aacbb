"""Turns operators on text into tests, and tests into pattern trees."""

from __future__ import annotations

import re
from functools import cache

from ccproxy.analysis.automata.automaton import build_nfa
from ccproxy.analysis.automata.regex import Look, Regex, Sequence, literal, needed, read_glob, read_regex
from ccproxy.analysis.formulas.atoms import Among, Found, Present
from ccproxy.frozen import frozen
from ccproxy.language.matching import Matcher, compile_glob, compile_pattern, plain_glob
from ccproxy.language.operators import Positive, meaning

_MAX_PARTS = 64


def glob_test(glob: str) -> Among | Found | Present:
    """The test that the glob matches the whole text; simple globs become simpler tests."""
    plain = plain_glob(glob)
    if plain is None:
        return Found("glob", glob)
    operator, text = plain
    if operator == "==":
        return Among(frozenset([text]))
    return Found(operator, text) if text else Present()


def regex_test(pattern: str, flags: str) -> Found | Present:
    """The test that the pattern is found in the text; a pattern without special characters becomes a `contains` test."""
    if not flags and re.fullmatch(r"[A-Za-z0-9 _,:;@%&=<>!'\"~#-]+", pattern):
        return Found("contains", pattern)
    return Found("regex", pattern, flags)


@frozen
class TextPattern:
    """A pattern as a tree to be found anywhere, and as a function that tells whether it is found."""

    tree: Regex
    matches: Matcher
    first: str | None = None
    """The text that it is found at the beginning of, if that is all of the pattern."""
    last: str | None = None
    """The same at the end."""
    inside: str | None = None
    """The same anywhere."""


@cache
def pattern_of(found: Found) -> TextPattern:
    """The pattern of a test; UnsupportedPatternError if there is no automaton for it, TooLargeError if that would be too large."""
    tree = _tree_of(found)
    build_nfa(tree)
    matches = _matcher(found)
    if is_at_an_end(found):
        return TextPattern(tree, matches, **{"first" if found.how == "starts with" else "last": found.pattern})
    if found.how == "contains":
        return TextPattern(tree, matches, inside=found.pattern)
    word = needed(tree) if found.how == "regex" else ""
    return TextPattern(tree, (lambda text: word in text.lower() and matches(text)) if word else matches)


def is_at_an_end(found: Found) -> bool:
    """Whether the text is only looked at where it begins or ends."""
    return found.how in ("starts with", "ends with")


def _tree_of(found: Found) -> Regex:
    match found.how:
        case "regex":
            return read_regex(found.pattern, found.flags)
        case "glob":
            return read_glob(found.pattern)
        case "starts with":
            return Sequence((Look.BEGIN_TEXT, literal(found.pattern)))
        case "ends with":
            return Sequence((literal(found.pattern), Look.END_TEXT))
        case "contains":
            return literal(found.pattern)


def constant_holds(test: Among | Found, text: str) -> bool:
    """Whether a constant text passes."""
    if isinstance(test, Among):
        return text in test.texts
    return _matcher(test)(text)


@cache
def _matcher(found: Found) -> Matcher:
    match found.how:
        case "regex":
            return compile_pattern(found.pattern, found.flags)
        case "glob":
            return compile_glob(found.pattern)
        case operator:
            holds = meaning(operator)
            return lambda text: holds(text, found.pattern)


def parts_of(text: str, operator: Positive) -> frozenset[str] | None:
    """All texts `y` for which `text OP y` holds; None if there are too many."""
    ends = range(len(text) + 1)
    match operator:
        case "==":
            return frozenset([text])
        case "starts with":
            return frozenset(text[:end] for end in ends)
        case "ends with":
            return frozenset(text[end:] for end in ends)
        case "contains" if len(text) <= _MAX_PARTS:
            return frozenset(text[start:end] for end in ends for start in range(end + 1))
        case _:
            return None

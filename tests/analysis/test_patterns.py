"""Patterns as automata against RE2 and the evaluator's globs."""

from __future__ import annotations

from random import Random

import pytest
import re2  # type: ignore[import-untyped]

from ccproxy.analysis.automata import charset
from ccproxy.analysis.automata.automaton import TooLargeError, build_nfa
from ccproxy.analysis.automata.product import Product, Search
from ccproxy.analysis.automata.regex import UnsupportedPatternError, example, read_glob, read_regex
from ccproxy.analysis.formulas.atoms import Found
from ccproxy.analysis.formulas.text_tests import pattern_of
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.space.text_classes import Language
from ccproxy.language.matching import GlobError, compile_glob, compile_pattern
from tests.analysis.samples import scaled

_LETTERS = "aabbkK\u212a\n -1A\u00e9_"
_ATOMS = ("a", "b", "ab", r"\b", "^", "$", ".", "[ab]", "[^a]", r"\w", r"\A", r"\z", "\n", r"\d", "(?i)k", r"\W", "\u00e9", "[[:upper:]]")
_MORE = ("(?m)", "-", r"\s", r"\x{e9}", r"[\d_]", r"\pL", r"[^\pL]", r"\Qa.b\E", "(?P<n>a)", "[[:^alpha:]]", "[a-k]", r"[\-k]", r"\141")
_SUFFIXES = ("*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}", "*?", "{0}", "{,2}")


def _pattern(random: Random, depth: int = 0) -> str:
    choice = random.random()
    if depth > 3 or choice < 0.35:
        return random.choice(_ATOMS + _MORE)
    if choice < 0.6:
        return _pattern(random, depth + 1) + _pattern(random, depth + 1)
    if choice < 0.75:
        return f"(?:{_pattern(random, depth + 1)}|{_pattern(random, depth + 1)})"
    if choice < 0.85:
        return f"(?{random.choice(('i', 'm', 's', 'ms', '-m', 'i-s'))}:{_pattern(random, depth + 1)})"
    return f"(?:{_pattern(random, depth + 1)}){random.choice(_SUFFIXES)}"


def _texts(random: Random, count: int) -> list[str]:
    return ["".join(random.choice(_LETTERS) for _ in range(random.randint(0, 6))) for _ in range(count)]


def _found(product: Product, text: str) -> bool:
    letters = product.alphabet.read(text)
    assert letters is not None
    state = product.start
    for letter in letters:
        state = product.step(state, letter)
    return product.accepted(state) == 1


def test_automata_find_what_re2_finds() -> None:
    random = Random(1)
    tried = positive = 0
    while tried < scaled(700, 20_000):
        pattern, flags = _pattern(random), random.choice(("", "i", "m", "s", "im"))
        try:
            matcher = compile_pattern(pattern, flags)
        except ValueError:
            continue
        tried += 1
        product = Product([read_regex(pattern, flags)], Fuel(10**9, 10**9))
        for text in _texts(random, 20):
            expected = matcher(text)
            positive += expected
            assert _found(product, text) == expected, (pattern, flags, text)
        shortest = product.shortest()
        assert shortest is None or matcher(shortest), (pattern, flags, shortest)
        if shortest is None:
            assert not any(matcher(text) for text in _texts(random, 50)), (pattern, flags)
    assert positive > 3_000


def test_globs_match_what_the_evaluator_matches() -> None:
    random = Random(2)
    pieces = ("a", "b", "*", "*", "?", "[ab]", "[!a]", "[*]", "[a-c]", "\\", "^", "$", ".", "[^a]", "[a-]")
    for _ in range(scaled(1_500, 20_000)):
        glob = "".join(random.choice(pieces) for _ in range(random.randint(0, 6)))
        try:
            matcher = compile_glob(glob)
        except GlobError:
            continue
        product = Product([read_glob(glob)], Fuel(10**9, 10**9))
        for text in ["".join(random.choice("abc*\\^$.-\n") for _ in range(random.randint(0, 6))) for _ in range(20)]:
            assert _found(product, text) == matcher(text), (glob, text)


def test_folding_is_re2s() -> None:
    options = re2.Options()
    options.log_errors = False
    cased = "".join(sorted(charset._orbits()))
    others = "".join(chr(point) for point in range(0x3000) if chr(point) not in charset._orbits())
    for character, orbit in charset._orbits().items():
        pattern = re2.compile(f"(?i)\\x{{{ord(character):x}}}", options)
        assert set(pattern.findall(cased)) == set(orbit), character
        assert pattern.search(others) is None, character
    assert charset.folded(charset.single("k")) == charset.union([(75, 75), (107, 107), (0x212A, 0x212A)])


def test_combinations_are_all_there_is_and_have_what_they_say() -> None:
    random = Random(3)
    for _ in range(scaled(150, 2_000)):
        tests = [Found("regex", random.choice(("a", "^a", "b$", "ab", "^.b", "^[ab]*$", "aa", "^..$", r"\ba\b"))) for _ in range(3)]
        language = Language([pattern_of(test) for test in tests], Fuel(10**9, 10**9))
        found = language.signatures(100, 10**6)
        assert found is not None
        for signature, text in found.items():
            assert language.signature(text) == signature
        for text in _texts(random, 60):
            signature = language.signature(text)
            assert signature in found, (tests, text)
            assert len(found[signature]) <= len(text)
        for signature in range(8):
            example = language.find(signature, 7 & ~signature)
            assert (example is not None) == (signature in found)
            assert example is None or language.signature(example) == signature


def test_texts_that_are_taken_are_not_found_again() -> None:
    product = Product([read_regex("^(a|b|cc)$", "")], Fuel())
    taken: set[str] = set()
    for _ in range(3):
        text = Search(product, 1, 0, Fuel()).outside(frozenset(taken))
        assert text is not None
        taken.add(text)
    assert taken == {"a", "b", "cc"}
    assert Search(product, 1, 0, Fuel()).outside(frozenset(taken)) is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("ab", "ab"), ("a*b", "b"), ("a+b", "ab"), ("(?:ab){3}", "ababab"), ("abc|d", "d"), ("^a$", "a"), ("[^\\x00-\\x{10FFFF}]", None)],
)
def test_an_example_is_as_short_as_what_is_asked_for(pattern: str, text: str | None) -> None:
    assert example(read_regex(pattern, "")) == text


def test_unknown_constructs_are_refused() -> None:
    for pattern in (r"\C", r"a\B", "(" * 120 + ")" * 120):
        with pytest.raises(UnsupportedPatternError):
            read_regex(pattern, "")
    with pytest.raises(TooLargeError):
        build_nfa(read_regex("(?:(?:a{30}){30}){30}", ""))


def test_walks_are_bounded() -> None:
    product = Product([read_regex("a.{40}b.{40}c", "s"), read_regex("b.{43}a", "s")], Fuel(10**9, 50_000))
    with pytest.raises(OutOfFuelError):
        Search(product, 1, 2, Fuel(10**9, 50_000)).first()

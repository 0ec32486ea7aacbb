"""The suite is whole: it has enough cases, and every construct, fact and code of the language appears in it."""

from __future__ import annotations

import functools
import re

import pytest

import ccproxy
from ccproxy.diagnostics import Code
from ccproxy.facts.definitions import BY_NAME, FACTS
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.facts.schema import Fact
from ccproxy.language.literals import RESERVED
from ccproxy.language.tokens import WORD_TYPES, tokens

from .made import MADE
from .suite_files import ROOT, cases, expectations

ELSEWHERE = frozenset(
    {
        Code.UNREADABLE_FILE,
        Code.PREDICATE_NOT_FOUND,
        Code.PREDICATE_UNTOLD,
        Code.UNKNOWN_LABEL,
        Code.WILDCARD_LABEL,
        Code.BAD_CONFIG,
        Code.FOREIGN_API_BASE,
        Code.CONFIGURED_FALLBACK,
        Code.NOTHING_ACKNOWLEDGED,
        Code.SHELL_VARIABLE,
        Code.UNSEEN_ENDPOINT,
        Code.SPLIT_WITHOUT_FACT,
        Code.CANNOT_SERVE,
        Code.PRICE_CLIFF,
        Code.RETIRING_MODEL,
        Code.UNKNOWN_MODEL,
        Code.UNKNOWN_PRICE,
    }
)
"""Codes of the command line, of LiteLLM's config, and advice of the analyses."""

MADE_BY_HAND = frozenset({Code.INCLUDE_TOO_DEEP})
"""Codes that a test function of `test_limits` covers, not a row of its table."""

READERS = (*FUNCTION_BY_NAME, "count")

CONSTRUCTS = {
    "version": r"^version 1",
    "when": r"^when ",
    "default": r"^default ->",
    "let": r"^let ",
    "include": r'^include "',
    "timezone": r'^timezone "',
    "predicate without arguments": r'^predicate \w+ = "[\w.]+"$',
    "predicate with positional arguments": r'^predicate .*"\("',
    "predicate with keyword arguments": r'^predicate .*"\(\w+=',
    "assert never": r"^assert .*-> never",
    "assert only": r"^assert .*-> only",
    "because": r' because "',
    "route": r"-> \w+$",
    "quoted label": r'-> "',
    "fallback": r" fallback ",
    "two fallbacks": r" fallback .* fallback ",
    "split": r"-> [\d.]+% ",
    "split by": r" by ",
    "keep": r"-> keep",
    "reject": r'-> reject "',
    "==": r" == ",
    "!=": r" != ",
    "<": r" < ",
    "<=": r" <= ",
    ">": r" > ",
    ">=": r" >= ",
    "chain": r"\w <=? \w+ <=? \w",
    "in list": r" in \[",
    "in range": r" in \S+\.\.",
    "in list fact": r" in tools",
    "not in": r" not in ",
    "matches glob": r' matches "',
    "matches pattern": r" matches /",
    "contains": r" contains ",
    "starts with": r" starts with ",
    "ends with": r" ends with ",
    "any": r"\bany \w",
    "all": r"\ball \w",
    "none": r"\bnone \w",
    "count": r"\bcount\(",
    "has": r"\bhas \w",
    "not": r"\bnot \w",
    "and": r" and ",
    "or": r" or ",
    "plus": r"\w \+ \w",
    "minus": r"\w - \w",
    "times": r"\w \* \w",
    "true": r"\btrue\b",
    "false": r"\bfalse\b",
    "parentheses": r"\(\w+ or ",
    "time": r"\d\d:\d\d",
    "24:00": r"\.\.24:00",
    "weekday": r"\bmon\.\.fri\b",
    "k": r"\d+k\b",
    "M": r"\dM\b",
    "underscore": r"\d_\d",
    "flags": r"/ism\b",
    "unicode escape": r"\\u\{",
    "comment": r"^#",
}


@functools.cache
def written() -> str:
    """All policies that have cases, comments kept."""
    return "\n".join(sorted({case.policy.read_text(encoding="utf-8") for case in cases()}))


def test_there_are_enough_cases() -> None:
    assert sum(1 for _ in cases()) + sum(1 for _ in expectations()) + len(MADE) >= 350


def test_no_two_cases_have_the_same_name() -> None:
    names = [case.id for case in cases()]
    assert len(set(names)) == len(names)


def words(text: str) -> frozenset[str]:
    """The names and reserved words in the text of a policy: no comment, text or label has them."""
    return frozenset(token.text for token in tokens(text) if token.type == "NAME" or token.type in WORD_TYPES)


@functools.cache
def deciding_words() -> frozenset[str]:
    """Those of the rules that decide a case."""
    load = functools.cache(ccproxy.load)
    decisions = (load(case.policy).decide(ccproxy.Request.from_envelope(case.request), facts=case.facts) for case in cases())
    return words("\n".join({decision.rule.text for decision in decisions if decision.rule is not None}))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_every_fact_decides_something(fact: Fact) -> None:
    assert fact.name in deciding_words()


@pytest.mark.parametrize("endpoint", BY_NAME["endpoint"].texts.values)
def test_every_endpoint_decides_something(endpoint: str) -> None:
    assert f'endpoint == "{endpoint}"' in written()


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_every_word_is_in_a_policy(word: str) -> None:
    assert word in words(written())


@pytest.mark.parametrize("function", READERS)
def test_every_function_decides_something(function: str) -> None:
    assert f"{function}(" in written()


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_every_construct_decides_something(name: str) -> None:
    assert re.search(CONSTRUCTS[name], written(), re.MULTILINE)


def test_every_code_is_expected_somewhere() -> None:
    expected = {name for _, items in expectations() for item in items if len(item.names) == 1 for name in item.names}
    covered = {code for code in Code if code.slug in expected} | {made.error for made in MADE} | MADE_BY_HAND
    analysed = {code for code in Code if "CCP400" <= code.number < "CCP500"}
    assert set(Code) - ELSEWHERE - analysed - covered == set()


def test_every_policy_of_the_suite_is_used() -> None:
    used = {case.policy for case in cases()} | {policy for policy, _ in expectations()}
    included = {path for path in ROOT.rglob("*.ccp") if path.parent.name in {"parts", "rules", "deep"} and path.parent.parent != ROOT}
    assert set(ROOT.rglob("*.ccp")) - used - included == set()

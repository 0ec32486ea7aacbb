"""The columns of the table of facts, each held to what the facts of requests do."""

from datetime import datetime
from pathlib import Path

import pytest

from ccproxy.facts import FACTS, FUNCTIONS, REFUSED_BODY_PARTS, REFUSED_HEADERS, Fact, Facts, Presence, fact_named, observe
from ccproxy.facts.definitions import ADDED_LATER, BY_NAME, TOKEN_COUNTS
from ccproxy.facts.lazy import Lazy
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.facts.schema import ANY_NUMBER, ANY_TEXT, Cost, InHeader, Made
from ccproxy.language.types import Type

NOON = datetime(2026, 11, 24, 12)
FIRST_RELEASE = (Path(__file__).parent / "first_release.txt").read_text().split()
"""Facts, functions and first parts of dotted facts that policies could never define: a fixed list, to which nothing is added."""
each = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)


def test_names_are_unique_and_found() -> None:
    assert len(BY_NAME) == len(FACTS)
    assert all(fact_named(fact.name) is fact for fact in FACTS)
    assert fact_named("token") is None
    with pytest.raises(KeyError):
        BY_NAME["token"]


def test_policies_of_the_first_release_may_have_later_names() -> None:
    names = {fact.name.partition(".")[0] for fact in FACTS} | {function.name for function in FUNCTIONS} | {"count"}
    assert names - ADDED_LATER == set(FIRST_RELEASE)
    assert names >= ADDED_LATER


@each
def test_every_fact_is_an_attribute_of_facts(fact: Fact) -> None:
    assert isinstance(vars(Facts)[fact.name.replace(".", "_")], Lazy)
    observe({}).read(fact.name)


@each
def test_presence_is_what_requests_have(fact: Fact) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    ordinary = observe(body, headers={"user-agent": "curl"}, path="/v1/messages", at=NOON)
    nothing = observe([])
    assert (ordinary.read(fact.name) is not None) is (fact.presence is not Presence.SOMETIMES)
    assert (nothing.read(fact.name) is not None) is (fact.presence is Presence.ALWAYS)
    assert fact.in_every_body is (observe({}).read(fact.name) is not None and fact.is_of_the_body)


@each
def test_columns_go_with_the_type(fact: Fact) -> None:
    assert bool(fact.unit) is (fact.type is Type.NUMBER)
    assert fact.type is Type.NUMBER or (fact.bounds == ANY_NUMBER and not fact.parts)
    assert fact.type in (Type.TEXT, Type.LIST) or fact.texts == ANY_TEXT
    assert fact.type is Type.LIST or not fact.distinct
    assert fact.type is Type.TEXT or (fact.example is None and not fact.recorded)
    assert (fact.type in (Type.TIME, Type.WEEKDAY)) is (fact.place is Made.CLOCK)


@each
def test_other_facts_are_named_rightly(fact: Fact) -> None:
    assert {*fact.parts, *fact.needs} <= set(BY_NAME) - {fact.name}
    assert fact.bounds.most is None or BY_NAME[fact.bounds.most].bounds.whole is fact.bounds.whole


@each
def test_every_fact_says_what_it_is(fact: Fact) -> None:
    assert fact.source
    assert fact.meaning


@each
def test_the_meaning_tells_the_values(fact: Fact) -> None:
    assert not [value for value in fact.texts.values if f"`{value}`" not in fact.meaning]
    assert not set(fact.texts.never) & set(fact.texts.values)


@each
def test_a_fact_that_is_a_header_is_that_header_as_it_stands(fact: Fact) -> None:
    if isinstance(fact.place, InHeader):
        for text in ("", " a, b ", "claude-cli/2.1.330"):
            facts = observe({}, headers={fact.place.name: text})
            assert facts.read(fact.name) == text or not fact.place.alone


def test_token_counts_are_those_that_can_be_compared_before_all_is_counted() -> None:
    facts = observe({"model": "m", "messages": [{"role": "user", "content": "hi"}], "system": "be brief", "tools": [{"name": "Bash"}]})
    for name in TOKEN_COUNTS:
        count = facts.read(name)
        assert isinstance(count, int)
        for bound in (count - 1, count):
            assert observe(facts.body).tokens_above(((name, 1),), -bound) is (count > bound)
    with pytest.raises(KeyError):
        facts.tokens_above((("tokens.other", 1),), 0)
    assert {fact.name for fact in FACTS if fact.cost is Cost.TOKENS} == set(TOKEN_COUNTS)


def test_a_sum_is_the_sum_of_its_parts() -> None:
    facts = observe({"messages": [{"role": "user", "content": "hi"}], "system": "be brief", "tools": [{"name": "Bash"}]})
    for fact in FACTS:
        parts = [facts.read(part) for part in fact.parts]
        assert not parts or facts.read(fact.name) == sum(part for part in parts if isinstance(part, int))


def test_readers_and_what_they_refuse() -> None:
    assert list(FUNCTION_BY_NAME) == [function.name for function in FUNCTIONS]
    assert "authorization" in REFUSED_HEADERS & REFUSED_BODY_PARTS
    assert all(name == name.lower() for name in REFUSED_HEADERS | REFUSED_BODY_PARTS)

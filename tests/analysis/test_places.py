"""Each fact has the place in a request that its row says: what a witness puts there is read from there."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from ccproxy.analysis.findings import analyse
from ccproxy.analysis.space.variables import subject_of
from ccproxy.analysis.witness.candidates import as_file, attempts
from ccproxy.diagnostics import Code
from ccproxy.facts import FACTS, Fact, Presence, Request
from ccproxy.facts.schema import Made
from ccproxy.facts.shapes import BY_ENDPOINT
from ccproxy.facts.values import Value
from ccproxy.language.types import Type
from ccproxy.policy import Policy, loads


def values(fact: Fact) -> Iterator[Value]:
    """Values that the row lets the fact have."""
    match fact.type:
        case Type.NUMBER:
            yield from (fact.bounds.least or 0, 2, 7)
            if not fact.bounds.whole:
                yield Fraction(11, 2)
        case Type.TEXT:
            yield from fact.texts.values
            if not fact.texts.closed:
                yield "abc"
        case Type.LIST:
            yield from (("abc",), ("b", "a"))
        case Type.BOOL:
            yield from (True, False)
        case Type.TIME:
            yield from (0, 1439)
        case Type.WEEKDAY:
            yield from (0, 6)
    if fact.presence is not Presence.ALWAYS and fact.place is not Made.CLOCK and not fact.in_every_body:
        yield None


CASES = [pytest.param(fact, value, id=f"{fact.name}={value}") for fact in FACTS for value in values(fact)]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return loads("default -> default\n")


@pytest.mark.parametrize(("fact", "value"), CASES)
def test_a_request_can_be_made_that_has_the_value(fact: Fact, value: Value, policy: Policy) -> None:
    without = {} if value is not None else {subject_of(other.name): None for other in FACTS if fact.name in other.needs}
    made = list(attempts({**without, subject_of(fact.name): value}, strict=True, exact=False))
    read = [policy.observe(Request.from_envelope(as_file(request))).read(fact.name) for request in made]
    assert value in read
    assert fact.place in (Made.MEMORY, Made.OUTRIGHT) or not any(fact.name in request.get("facts", {}) for request in made)


OF_APIS = [
    pytest.param(fact, value, endpoint, id=f"{fact.name}={value}-{endpoint}")
    for fact in FACTS
    if fact.name != "endpoint" and fact.place not in (Made.MEMORY, Made.OUTRIGHT)
    for value in values(fact)
    for endpoint, shape in BY_ENDPOINT.items()
    if value is not None and shape.has(fact.name) and (shape.conversations or not (fact.in_every_body and value))
]


@pytest.mark.parametrize(("fact", "value", "endpoint"), OF_APIS)
def test_a_request_of_an_api_has_the_value_where_that_api_has_it(fact: Fact, value: Value, endpoint: str, policy: Policy) -> None:
    made = list(attempts({subject_of("endpoint"): endpoint, subject_of(fact.name): value}, strict=True, exact=False))
    seen = [policy.observe(Request.from_envelope(as_file(request))) for request in made]
    assert (endpoint, value) in [(facts.endpoint, facts.read(fact.name)) for facts in seen]


TESTS = {
    Type.NUMBER: "{} >= 1",
    Type.TEXT: '{} contains "e"',
    Type.LIST: 'any {} == "abc"',
    Type.BOOL: "{}",
    Type.TIME: "{} > 10:00",
    Type.WEEKDAY: "{} == mon",
}


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in BY_ENDPOINT if endpoint])
def test_what_an_api_can_have_is_always_decided(endpoint: str) -> None:
    asked = [TESTS[fact.type].format(fact.name) for fact in FACTS]
    asked += [f"has {fact.name}" for fact in FACTS if fact.place is not Made.CLOCK] + [
        f"count({fact.name}) >= 1" for fact in FACTS if fact.type is Type.LIST
    ]
    asked += ["max_tokens + thinking.budget > 5", "has thinking and not has effort", 'thinking and effort == "none"']
    asked += ["has effort and not has thinking", 'not thinking and has thinking and effort == "high"', "has prompt and not has messages"]
    asked += ["has tools.called and messages == 0", "images > 1 and messages == 0", "has system and messages == 0"]
    asked += ["has system and has prompt and messages == 1", "has system and messages == 1", "has system and turns == 1 and messages == 2"]
    undecided = []
    for condition in asked:
        checked = loads(f'when endpoint == "{endpoint}" and ({condition}) -> a\ndefault -> default\n').checked
        undecided += [condition for found in analyse(checked) if found.code is Code.UNDECIDED]
    assert undecided == []


def refused(fact: Fact) -> Iterator[str]:
    """Texts that the row says it never is, or no element of it."""
    yield from fact.texts.never
    if fact.texts.closed:
        yield "abc"
    if fact.texts.filled or fact.texts.trimmed:
        yield ""
    if fact.texts.trimmed:
        yield " abc "


REFUSED = [pytest.param(fact, text, id=f"{fact.name}={text}") for fact in FACTS for text in refused(fact)]


@pytest.mark.parametrize(("fact", "text"), REFUSED)
def test_no_request_has_a_text_that_the_row_refuses(fact: Fact, text: str, policy: Policy) -> None:
    value = text if fact.type is Type.TEXT else ("a", text)
    for request in attempts({subject_of(fact.name): value}, strict=True, exact=False):
        read = policy.observe(as_file(request)).read(fact.name)
        assert read != text
        assert not isinstance(read, tuple) or text not in read

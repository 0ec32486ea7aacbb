"""The index of many rules: the same decisions as rules tried one after the other, and no fact read that those do not read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ccproxy
from ccproxy.compiler import router
from ccproxy.facts import observe
from tests.conformance.suite_files import Case, cases

CASES = tuple(case for case in cases() if "predicates" not in case.policy.parts)

OPERANDS = st.one_of(
    st.builds('model == "{}"'.format, st.sampled_from("abc")),
    st.builds('"{}" == effort'.format, st.sampled_from("abc")),
    st.builds('effort in ["{}", "{}"]'.format, st.sampled_from("abc"), st.sampled_from("abc")),
    st.builds("max_tokens in {}..{}".format, st.integers(0, 6), st.integers(0, 6)),
    st.builds("max_tokens == {}".format, st.integers(0, 6)),
    st.builds("max_tokens > {}".format, st.integers(0, 6)),
    st.builds("time in {:02}:00..{:02}:00".format, st.integers(0, 23), st.integers(0, 23)),
    st.builds("weekday in [{}]".format, st.sampled_from(["mon", "mon, tue", "sun"])),
    st.sampled_from(["stream", "not stream", "true", "has effort", "tokens > 3", 'model != "a"']),
)
CONDITIONS = st.one_of(
    OPERANDS,
    st.lists(OPERANDS, min_size=2, max_size=3).map(" and ".join),
    st.lists(st.lists(OPERANDS, min_size=1, max_size=2).map(" and ".join).map("({})".format), min_size=2, max_size=3).map(" or ".join),
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["a", "b", "c", None]),
        "effort": st.sampled_from(["a", "b", "c", None]),
        "max_tokens": st.one_of(st.none(), st.integers(0, 7)),
        "stream": st.sampled_from([True, False, None]),
        "time": st.integers(0, 1439),
        "weekday": st.integers(0, 6),
        "tokens": st.integers(0, 6),
    },
)


@pytest.fixture
def always_indexed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "FEW_RULES", 0)


def both(text: str) -> tuple[ccproxy.Policy, ccproxy.Policy]:
    """The policy with its rules tried in order, and with an index."""
    plain = ccproxy.loads(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(router, "FEW_RULES", 0)
        return plain, ccproxy.loads(text)


@given(st.lists(CONDITIONS, min_size=1, max_size=12), st.lists(FACTS, min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_an_index_decides_alike(conditions: list[str], requests: list[dict[str, Any]]) -> None:
    plain, indexed = both("\n".join(f"when {condition} -> label{number}" for number, condition in enumerate(conditions)))
    for request in requests:
        assert indexed.decide({}, facts=request) == plain.decide({}, facts=request)


@pytest.mark.usefixtures("always_indexed")
@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_the_conformance_suite_with_an_index(case: Case) -> None:
    decision = ccproxy.load(case.policy).decide(ccproxy.Request.from_envelope(case.request), facts=case.facts)
    got = {"action": decision.action, "label": decision.label, "fallbacks": list(decision.fallbacks), "message": decision.message}
    expect = {"action": "route", **case.expect}
    assert {name: got[name] for name in expect if name in got} == {name: value for name, value in expect.items() if name in got}


def test_facts_are_read_where_the_rules_ask_for_them() -> None:
    rules = ['when model == "a" -> one', 'when stream and effort == "x" -> two', 'when max_tokens == 1 or user == "u" -> three']
    _, indexed = both("\n".join(rules))
    first, second = observe({"model": "a", "max_tokens": 1}), observe({"model": "b", "max_tokens": 1, "stream": False})
    assert indexed.router.decide(first).label == "one"
    assert set(first.values_read()) == {"model"}
    assert indexed.router.decide(second).label == "three"
    assert "user" not in second.values_read()


def test_many_rules_cost_what_few_read() -> None:
    text = "\n".join(f'when model == "m{number}" and effort == "e{number}" -> l{number}' for number in range(2_000))
    policy = ccproxy.loads(text)
    facts = observe({"model": "m1999", "output_config": {"effort": "e1999"}})
    assert policy.router.decide(facts).label == "l1999"
    assert set(facts.values_read()) <= {"model", "effort"}

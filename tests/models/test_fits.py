"""`fits` and `cost` as the language has them: against a reading of their own, and the reference interpreter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import Any

import pytest

import ccproxy
from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.nearest import nearest
from ccproxy.analysis.serving import serving_findings
from ccproxy.checks import with_models
from ccproxy.compiler import compile_policy
from ccproxy.compiler.explain import explain
from ccproxy.decision import Decision
from ccproxy.diagnostics import Code
from ccproxy.facts import FACTS, Facts, Request, observe, observe_request
from ccproxy.language.parser import parse
from ccproxy.source import Source
from tests.analysis.samples import MODELS, checked_policy, sampled_request, scaled
from tests.analysis.small_policies import SmallPolicies
from tests.language import reference

BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
DEPLOYMENTS = {"a": [(3, False)], "b": [(5, False), (2, True)]}
"""Window and sight of the models behind the labels, as models.yaml has them."""
TYPES = {fact.name: str(fact.type) for fact in FACTS}


def takes(label: str, facts: Facts) -> bool:
    """What `fits` says, read from labels' deployments alone."""
    long = any(beta.startswith("context-1m-") for beta in facts.betas or ())
    return any((facts.tokens <= window or long) and (sees or not facts.images) for window, sees in DEPLOYMENTS[label])


def values(facts: Facts) -> Mapping[str, Any]:
    """Every fact, and the functions of labels."""
    known = {fact.name: facts.read(fact.name) for fact in FACTS}
    fits = {f"fits({label})": takes(label, facts) for label in DEPLOYMENTS}
    rate, of_read = (3, Fraction(1)) if facts.tokens > 2 else (1, Fraction(1, 2))
    rate = 2 if "cache_control" in facts.body else rate
    read = min(facts.tokens, facts.cache_tokens or 0) if facts.session_label == "a" else 0
    others = {name: facts.read(name) for name in ("fits(c)", "healthy(b)", "quota(a)")}
    return known | fits | others | {"cost(a)": rate * (facts.tokens - read) + of_read * read, "cost(b)": None}


def test_decisions_are_those_of_the_reference_interpreter() -> None:
    random, asked = Random(3), 0
    for seed in range(scaled(150, 2_000)):
        text = SmallPolicies(90_000 + seed).policy()
        if "fits(" not in text:
            continue
        router = compile_policy(with_models(checked_policy(text), MODELS), {})
        statements = parse(Source(text)).file.statements
        judge = reference.reference(statements, TYPES)
        for _ in range(20):
            facts = observe(**sampled_request(random))
            expected = judge.decide(reference.Request(values(facts), facts.headers, facts.body, {}))
            decided = router.decide(facts)
            assert (decided.label, decided.rule and decided.rule.number) == (expected.label, expected.rule), text
            assert explain(router, facts).decision == decided
            asked += 1
    assert asked > 500


def test_findings_are_shown_and_complete() -> None:
    """Every finding has a request that shows it, and no sampled request shows what wasn't found."""
    random, found = Random(4), 0
    for seed in range(scaled(60, 600)):
        text = SmallPolicies(95_000 + seed).policy()
        checked = with_models(checked_policy(text), MODELS)
        router = compile_policy(checked, {})
        findings = [item for item in serving_findings(checked, Fuel()) if item.code is not Code.PRICE_CLIFF]
        assert {item.code for item in findings} <= {Code.CANNOT_SERVE}, text
        told = {(item.span.line, item.span.text) for item in findings}
        for item in findings:
            assert item.witness is not None
            facts = observe_request(Request.from_envelope(item.witness))
            assert item.span.text in named(router.decide(facts)), (text, item.witness)
            assert wanting(item.span.text, facts, text), (text, item.witness)
            found += 1
        for _ in range(50):
            facts = observe(**sampled_request(random))
            decided = router.decide(facts)
            for label in named(decided):
                if wanting(label, facts, text):
                    assert (decided.rule and decided.rule.line, label) in told, (text, facts.overridden)
    assert found > 20


def named(decision: Decision) -> tuple[str | None, ...]:
    """The label that is decided, and those that it falls back to."""
    return decision.label, *decision.fallbacks


def wanting(label: str | None, facts: Facts, text: str) -> bool:
    """Whether the label can't take the request, and another of the policy can."""
    others = [other for other in DEPLOYMENTS if other != label and re.search(rf"(->|fallback) {other}$", text, re.MULTILINE)]
    return label in DEPLOYMENTS and not takes(label, facts) and any(takes(other, facts) for other in others)


def test_a_cost_is_what_the_input_costs() -> None:
    policy = ccproxy.loads("when cost(a) > 2.5 -> a\nwhen cost(b) >= 0 -> b\nwhen has cost(c) -> c\ndefault -> d\n", models=MODELS)
    for tokens, label in ((0, "d"), (1, "d"), (2, "d"), (3, "a")):
        assert policy.decide(BODY, facts={"tokens": tokens}).label == label
    explanation = policy.explain(BODY, facts={"tokens": 2})
    assert explanation.facts == {"cost(a)": 2, "cost(b)": None, "cost(c)": None}
    assert policy.decide(BODY, facts={"tokens": 9, "cost(a)": 1}).label == "d"
    assert policy.decide(BODY, facts={"tokens": 9, "cost(a)": None}).label == "d"


def test_costs_are_exact_and_are_recorded() -> None:
    policy = ccproxy.loads("when cost(a) * 0.1 == 0.9 -> a\ndefault -> d\n", models=MODELS)
    facts = policy.observe(BODY, facts={"tokens": 3})
    assert policy.decide_facts(facts).label == "a"
    assert facts.values_read()["cost(a)"] == Fraction(9)


@pytest.mark.parametrize(("fact", "label"), [({"fits(a)": False}, "d"), ({"fits(a)": True, "tokens": 100}, "a"), ({"tokens": 4}, "d")])
def test_fits_set_outright_wins(fact: Mapping[str, Any], label: str) -> None:
    policy = ccproxy.loads('let roomy = fits("a")\nwhen roomy -> a\ndefault -> d\n', models=MODELS)
    assert policy.decide(BODY, facts=fact).label == label
    assert policy.explain(BODY, facts=fact).decision.label == label


@pytest.mark.parametrize(
    ("facts", "near"),
    [
        ({"tokens": 2}, ["cost(a) > 6 needs 1 more token"]),
        ({"tokens": 2, "cost(a)": 9, "fits(b)": False}, []),
        ({"tokens": 2, "cost(a)": 5}, []),
    ],
)
def test_what_is_set_outright_does_not_follow_from_tokens(facts: Mapping[str, Any], near: list[str]) -> None:
    policy = ccproxy.loads("when cost(a) > 6 and fits(b) -> a\ndefault -> d\n", models=MODELS)
    observed = policy.observe(BODY, facts=facts)
    assert [item.change for item in nearest(policy.router.checked, observed)] == near


def test_what_a_decision_does_not_ask_costs_nothing() -> None:
    policy = ccproxy.loads('when effort == "max" -> b\nwhen fits(a) -> a\ndefault -> d\n', models=MODELS)
    facts = policy.observe({**BODY, "output_config": {"effort": "max"}})
    policy.decide_facts(facts)
    assert set(facts.values_read()) == {"effort"}


def test_the_hash_is_over_what_is_known_of_the_labels_asked_for() -> None:
    asks, same, other, none, stays, all_of_it = (
        ccproxy.loads(text, models=MODELS).models_hash
        for text in (
            "when fits(a) -> a\ndefault -> d\n",
            "when cost(a) > 1 -> c\ndefault -> d\n",
            "when fits(b) -> a\ndefault -> d\n",
            "when healthy(a) -> a\ndefault -> d\n",
            'when effort == "max" -> stay\nwhen stream -> a\ndefault -> b\n',
            "when fits(a) and fits(b) -> a\ndefault -> b\n",
        )
    )
    assert len(asks or "") == 12
    assert asks == same != other
    assert none is None
    assert stays == all_of_it

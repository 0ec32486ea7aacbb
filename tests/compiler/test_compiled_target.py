"""What a target does with a request, as a value that is compared whole."""

from __future__ import annotations

import pytest

import ccproxy
from ccproxy.checks import check
from ccproxy.compiler.compiled_target import CompiledTarget, compile_target
from ccproxy.language.loader import load_text


def compiled(target: str) -> CompiledTarget:
    _, checked = check(load_text(f"when stream -> {target}"))
    assert checked is not None
    return compile_target(checked.rules[0].target)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", '"a"'),
        ("a fallback b", "100% a fallback b"),
        ("50% a, 50% b", "50.0% a, 50% b by session"),
        ("keep", "keep"),
        ('reject "no"', 'reject "n\\u{6f}"'),
    ],
)
def test_targets_that_do_the_same(one: str, other: str) -> None:
    assert compiled(one) == compiled(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "b"),
        ("a fallback b", "a"),
        ("a fallback b fallback c", "a fallback c fallback b"),
        ("50% a, 50% b", "40% a, 60% b"),
        ("50% a, 50% b", "50% b, 50% a"),
        ("50% a, 50% b", "50% a, 50% b by user"),
        ("50% a, 50% b", "50% a, 50% b fallback c"),
        ('50% a, 50% b by header("x-a")', '50% a, 50% b by header("X-A")'),  # the name as written is hashed
        ("keep", "default"),
        ('reject "no"', 'reject "yes"'),
    ],
)
def test_targets_that_do_not(one: str, other: str) -> None:
    assert compiled(one) != compiled(other)


def test_the_implied_default_is_a_route_to_default() -> None:
    assert compile_target(None) == compiled("default")


@pytest.mark.parametrize(
    ("target", "labels"),
    [
        ("a fallback b", frozenset("ab")),
        ("90% a, 10% b by user fallback c", frozenset("abc")),
        ("keep", None),
        ('reject "no"', frozenset()),
    ],
)
def test_the_labels_that_a_request_can_end_at(target: str, labels: frozenset[str] | None) -> None:
    assert compiled(target).labels == labels


def test_the_outcome_of_a_decision_is_all_of_it_but_the_rule() -> None:
    policy = ccproxy.loads('when stream -> a fallback b\nwhen thinking -> a fallback b\ndefault -> reject "no"')
    first, second, third = (policy.decide({}, facts=facts) for facts in ({"stream": True}, {"thinking": True}, {}))
    assert first != second
    assert first.outcome == second.outcome != third.outcome
    assert first.outcome.rule is None


def test_the_labels_of_a_policy_stand_in_order() -> None:
    policy = ccproxy.loads("when stream -> 50% b, 50% a fallback d\nwhen thinking -> c fallback a\nwhen has user -> keep")
    assert policy.labels == ("b", "a", "d", "c", "default")


def test_a_rule_that_would_also_hold_is_told_with_its_own_decision() -> None:
    policy = ccproxy.loads("when stream -> x\nwhen stream -> 1% a, 99% b by user")
    also = policy.explain({"stream": True}).also
    assert [(decision.label, decision.rule and decision.rule.number) for decision in also] == [("b", 2), ("default", None)]


@pytest.mark.parametrize(
    ("default", "action", "label"),
    [
        ("", "route", "default"),
        ("default -> a fallback b", "route", "a"),
        ("default -> 20% a, 70% b, 10% c", "route", "b"),
        ("default -> keep", "keep", "default"),
        ('default -> reject "no"', "reject", "default"),
    ],
)
def test_what_no_rule_takes(default: str, action: str, label: str) -> None:
    policy = ccproxy.loads(f"when stream -> x\n{default}\n")
    assert (policy.default_decision.action, policy.default_label) == (action, label)

"""Splits by a fact that only some requests have."""

from __future__ import annotations

import re
from random import Random

import pytest

from ccproxy.analysis.findings import analyse
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.splits import split_finding
from ccproxy.diagnostics import Code
from ccproxy.facts import observe

from .samples import checked_policy, sampled_request, scaled
from .small_policies import SmallPolicies


def told(policy: str) -> list[str]:
    return [item.message for item in analyse(checked_policy(policy)) if item.code is Code.SPLIT_WITHOUT_FACT]


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("default -> 50% a, 50% b", "requests without `session` all go to `a`, the first of the largest shares"),
        ("default -> 40% a, 60% b by user", "requests without `user` all go to `b`, the largest share"),
        ('when stream -> 40% a, 60% b by header("X-A")', 'requests without `header("X-A")` all go to `b`, the largest share'),
        ('when stream -> 40% a, 60% b by metadata("x")', 'requests without `metadata("x")` all go to `b`, the largest share'),
        ('when stream -> 40% a, 60% b by body("a.b")', 'requests without `body("a.b")` all go to `b`, the largest share'),
        ("when has session or stream -> 40% a, 60% b", "requests without `session` all go to `b`, the largest share"),
        ('when session != "x" -> 40% a, 60% b', "requests without `session` all go to `b`, the largest share"),
        ("when has user -> 40% a, 60% b", "requests without `session` all go to `b`, the largest share"),
        ("when not has session and stream -> c\ndefault -> 40% a, 60% b", "requests without `session` all go to `b`, the largest share"),
    ],
)
def test_where_requests_without_the_fact_go(policy: str, message: str) -> None:
    assert told(policy) == [message]


@pytest.mark.parametrize(
    "policy",
    [
        "default -> a",
        "default -> 100% a",
        "when has session -> 50% a, 50% b",
        "when stream and has session -> 50% a, 50% b by session",
        'let known = has session and stream\nwhen known or session == "x" -> 50% a, 50% b',
        'when session starts with "a" -> 50% a, 50% b',
        'when user in ["x", "y"] -> 50% a, 50% b by user',
        'when has header("x-a") -> 50% a, 50% b by header("X-A")',
        'when body("a.b") contains "x" -> 50% a, 50% b by body("a.b")',
        "when not has session -> c\ndefault -> 50% a, 50% b",
        "when not has user and stream -> c\nwhen not has user -> d\nwhen thinking -> 50% a, 50% b by user",
        "default -> 50% a, 50% b by model",
        "when stream -> c\nwhen stream and tokens > 5 -> 50% a, 50% b",
    ],
)
def test_nothing_is_said(policy: str) -> None:
    assert told(policy) == []


def test_where_nothing_is_said_no_sampled_request_lacks_the_fact() -> None:
    random, drawn = Random(5), SmallPolicies(71)
    lacking = silent = 0
    for _ in range(scaled(150, 2_000)):
        text = drawn.policy()
        by = random.choice(("effort", 'header("x-a")', 'body("t.x")'))
        target = random.choice(list(re.finditer(r"-> ([a-d]|stay)( fallback [a-d])?$", text, re.MULTILINE)))
        text = f"{text[: target.start()]}-> 60% a, 40% b by {by}{text[target.end() :]}"
        reach = Reach(checked_policy(text))
        ((number, splitter),) = [(number, view.target.splitter) for number, view in enumerate(reach.rules) if view.target.splitter]
        told = split_finding(reach, number)
        silent += told is None
        for _ in range(60):
            facts = observe(**sampled_request(random))
            decided = reach.replay._router.decide(facts).rule
            if splitter.read(facts) is None and decided is not None and decided.number - 1 == number:
                lacking += 1
                assert told is not None, text
    assert lacking > 100
    assert silent > 10

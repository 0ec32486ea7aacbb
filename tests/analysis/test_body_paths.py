"""Requests for the selectors of body paths: what they are shown to do, they do."""

from __future__ import annotations

import pytest

from ccproxy.analysis.cases import cases
from ccproxy.facts import Request
from ccproxy.policy import loads

CONDITIONS = (
    'body("input.last.type") == "x"',
    'body("input.last") > 5',
    'any body("messages.*.role") == "tool"',
    'any body("messages.*.role") == "tool" and none body("messages.*.role") == "user"',
    '"x" in body("a.*.b.*.c")',
    'count(body("a.*.b.*")) == 3',
    'has body("h.*.i") and count(body("h.*.i")) == 0',
    'body("a.last.k") == "x" and any body("a.*.k") == "y"',
    'messages == 3 and body("messages.last.role") == "assistant"',
    'model in body("names.*")',
)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_request_shows_both_that_the_rule_holds_and_that_it_does_not(condition: str) -> None:
    policy = loads(f"when {condition} -> a\ndefault -> b\n")
    made = cases(policy.checked)
    for case in made:
        assert policy.decide(Request.from_envelope(case.request), facts=case.facts) == case.decision, case
    assert {case.decision.label for case in made} == {"a", "b"}


def test_a_rule_for_the_last_element_and_one_for_all_are_both_reached() -> None:
    policy = loads('when body("a.last.k") == "x" -> a\nwhen any body("a.*.k") == "x" -> b\ndefault -> c\n')
    assert {case.decision.label for case in cases(policy.checked)} == {"a", "b", "c"}

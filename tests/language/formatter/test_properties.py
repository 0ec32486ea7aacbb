"""Whatever a policy looks like, its canonical layout says the same, with the same comments, and is its own canonical layout."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import ccproxy
from ccproxy.language.formatter.verified import format_source
from ccproxy.language.parser import parse
from ccproxy.source import Source
from tests.language.policies import Asked, policies, requests
from tests.language.profile import examples

from .loosening import comments_of, untidy


def formatted(text: str) -> str:
    result = format_source(Source(text))
    assert result.diagnostics == ()
    assert result.problem is None
    assert result.text is not None
    return result.text


@examples(120)
@given(st.data())
def test_layout_changes_nothing_but_the_layout(data: st.DataObject) -> None:
    statements = data.draw(policies()).statements
    text = data.draw(untidy(statements))
    assert parse(Source(text)).file.statements == statements
    tidy = formatted(text)
    assert parse(Source(tidy)).file.statements == statements
    assert comments_of(tidy) == comments_of(text)
    assert formatted(tidy) == tidy
    assert all(line == line.rstrip() for line in tidy.split("\n"))
    assert "\n\n\n" not in tidy
    assert not tidy.startswith("\n")
    assert not tidy.endswith("\n\n")


@examples(40)
@given(st.data(), st.lists(requests(), min_size=3, max_size=3))
def test_decisions_stay(data: st.DataObject, asked: list[Asked]) -> None:
    statements = tuple(item for item in data.draw(policies()).statements if type(item).__name__ != "Predicate")
    before = data.draw(untidy(statements))
    if "asks" in before:
        return
    old, new = ccproxy.loads(before), ccproxy.loads(formatted(before))
    for request in asked:
        decided = [policy.decide(request.body, headers=request.headers, facts=request.facts) for policy in (old, new)]
        rules = [decision.rule and (decision.rule.number, decision.rule.text) for decision in decided]
        assert rules[0] == rules[1]
        assert decided[0].label == decided[1].label


@examples(120)
@given(st.text(st.sampled_from('when -> default let a b = tokens > 1 and or not ( ) [ ] , "x" # \n % 9 by fallback'), max_size=120))
def test_any_text_is_formatted_or_refused(text: str) -> None:
    result = format_source(Source(text))
    assert result.problem is None
    assert (result.text is None) == bool(result.diagnostics)

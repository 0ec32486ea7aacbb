"""Comparisons of token counts in policies: as the exact counts say, whatever the operator, negated or not, also at the threshold."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ccproxy
from ccproxy.facts import Facts, TokenCounter, observe
from tests.language.profile import examples

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
SUMS: dict[str, Callable[[Facts], int | Fraction]] = {
    "tokens": lambda facts: facts.tokens,
    "tokens.system": lambda facts: facts.tokens_system,
    "tokens.tools": lambda facts: facts.tokens_tools,
    "tokens.messages": lambda facts: facts.tokens_messages,
    "tokens.latest": lambda facts: facts.tokens_latest,
    "tokens.system + tokens.tools": lambda facts: facts.tokens_system + facts.tokens_tools,
    "tokens + tokens.latest": lambda facts: facts.tokens + facts.tokens_latest,
    "tokens - tokens.latest": lambda facts: facts.tokens - facts.tokens_latest,
    "tokens - (tokens.system + tokens.tools) + 7": lambda facts: facts.tokens_messages + 7,
    "2 * tokens.latest - tokens.system": lambda facts: 2 * facts.tokens_latest - facts.tokens_system,
    "0.5 * (tokens + 3 * tokens.tools)": lambda facts: Fraction(facts.tokens + 3 * facts.tokens_tools, 2),
    "tokens.messages - tokens.messages": lambda facts: 0,
}
TEXTS = st.text(st.sampled_from("abc é中😀 \n{}"), max_size=60) | st.sampled_from(["x" * 300, "word " * 50, "<|endoftext|>", "\ud800"])
BODIES = st.fixed_dictionaries(
    {"model": st.sampled_from(["a", "b"])},
    optional={
        "system": TEXTS,
        "tools": st.lists(st.builds(lambda text: {"name": text}, TEXTS), max_size=2),
        "messages": st.lists(
            st.builds(lambda role, text: {"role": role, "content": text}, st.sampled_from(["user", "assistant"]), TEXTS), max_size=4
        ),
    },
)
SHARED = TokenCounter(cache_bytes=30_000, scale={"a": "1.35"})


def holds(condition: str, body: Any, counter: TokenCounter, let: str = "") -> bool:
    """Whether a compiled policy takes the condition for true; its explanation has to say the same."""
    policy = ccproxy.loads(f"{let}\nwhen {condition} -> yes\ndefault -> no", counter=counter)
    label = policy.decide(body).label
    assert policy.explain(body).decision.label == label
    return label == "yes"


def exactly(expression: str, body: Any) -> int | Fraction:
    """A sum of token facts, everything counted."""
    return SUMS[expression](observe(body, counter=TokenCounter(scale={"a": "1.35"})))


def written(value: int | Fraction) -> str:
    """A number as policies write it: these have at most halves."""
    return f"{float(value):.1f}" if value.denominator > 1 else str(value)


@examples(300)
@given(
    BODIES,
    st.sampled_from(sorted(SUMS)),
    st.sampled_from(sorted(OPERATORS)),
    st.sampled_from([Fraction(offset, 2) for offset in (-4, -2, -1, 0, 1, 2, 4)]) | st.integers(-500, 500).map(Fraction),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_comparisons(body: Any, expression: str, sign: str, offset: Fraction, negated: bool, swapped: bool, named: bool) -> None:
    total = exactly(expression, body)
    threshold = max(Fraction(0), total + offset)
    left, let = ("size", f"let size = {expression}") if named else (expression, "")
    condition = f"{written(threshold)} {sign} {left}" if swapped else f"{left} {sign} {written(threshold)}"
    expected = OPERATORS[sign](threshold, total) if swapped else OPERATORS[sign](total, threshold)
    for counter in (SHARED, TokenCounter(scale={"a": "1.35"})):
        assert holds(f"not ({condition})" if negated else condition, body, counter, let) is (expected is not negated)


@examples(150)
@given(BODIES, st.sampled_from(sorted(SUMS)), st.sampled_from(sorted(SUMS)), st.sampled_from(sorted(OPERATORS)), st.integers(-1, 1))
def test_two_sums(body: Any, left: str, right: str, sign: str, offset: int) -> None:
    one = Fraction(exactly(left, body))
    distance = one - exactly(right, body) + offset  # so that the sides are equal, or one apart
    near = written(abs(distance))
    condition = f"{left} {sign} {right} + {near}" if distance >= 0 else f"{left} + {near} {sign} {right}"
    expected = OPERATORS[sign](one, one + offset)
    for counter in (SHARED, TokenCounter(scale={"a": "1.35"})):
        assert holds(condition, body, counter) is expected


@examples(150)
@given(BODIES, st.sampled_from(sorted(SUMS)), st.integers(-3, 3), st.integers(1, 300), st.booleans())
def test_ranges(body: Any, expression: str, offset: int, width: int, negated: bool) -> None:
    total = exactly(expression, body)
    for start in (max(Fraction(0), total + offset), max(Fraction(0), total - width + offset)):
        inside = start <= total < start + width
        condition = f"{expression} {'not in' if negated else 'in'} {written(start)}..{written(start + width)}"
        assert holds(condition, body, SHARED) is (inside is not negated)
        assert holds(f"not ({condition})", body, TokenCounter(scale={"a": "1.35"})) is (inside is negated)


@pytest.mark.parametrize("sign", OPERATORS)
@pytest.mark.parametrize("offset", [-1, 0, 1])
@pytest.mark.parametrize("negated", [False, True])
def test_at_the_threshold_of_a_long_request(sign: str, offset: int, negated: bool) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": f"{number}: " + "many words " * 50} for number in range(30)]}
    total = observe(body).tokens
    condition = f"tokens {sign} {total + offset}"
    expected = OPERATORS[sign](total, total + offset) is not negated
    assert holds(f"not ({condition})" if negated else condition, body, TokenCounter()) is expected


def test_several_thresholds_share_the_work() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": f"{number}: " + "many words " * 50} for number in range(30)]}
    counter = TokenCounter()
    total = observe(body).tokens
    rules = [f"when tokens > {total + extra} -> over" for extra in (30, 20, 10, 5, 0)] + [f"when tokens > {total - 1} -> exact"]
    assert ccproxy.loads("\n".join(rules), counter=counter).decide(body).label == "exact"
    assert counter.stats.misses <= 30
    assert counter.stats.hits == 0

"""The size of numbers: what sums and products of constants come to."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ccproxy.checks.arithmetic import extent_of
from ccproxy.language import syntax
from ccproxy.language.parser import parse
from ccproxy.source import Source
from tests.language.profile import examples

Written = tuple[str, Fraction]
"""An expression, and its value."""


def _sum(terms: list[tuple[str, Written]]) -> Written:
    value = sum((number if sign == "+" else -number for sign, (_, number) in terms[1:]), terms[0][1][1])
    return "(" + terms[0][1][0] + "".join(f" {sign} {text}" for sign, (text, _) in terms[1:]) + ")", value


def _product(factors: list[Written]) -> Written:
    value = Fraction(1)
    for _, number in factors:
        value *= number
    return "(" + " * ".join(text for text, _ in factors) + ")", value


NUMBERS = st.sampled_from(["0", "1", "2", "3", "0.5", "0.25", "10", "7k", "99.75"]).map(
    lambda text: (text, Fraction(text.replace("k", "000")))
)
WRITTEN = st.recursive(
    NUMBERS,
    lambda inner: (
        st.lists(st.tuples(st.sampled_from("+-"), inner), min_size=2, max_size=3).map(_sum)
        | st.lists(inner, min_size=2, max_size=3).map(_product)
    ),
    max_leaves=6,
)


@examples(200)
@given(WRITTEN)
def test_constants_come_to_their_value(written: Written) -> None:
    text, value = written
    (let,) = parse(Source(f"let x = {text}\n")).file.statements
    assert isinstance(let, syntax.Let)
    assert extent_of(let.value, {}).value == value

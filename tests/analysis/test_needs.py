"""What a request would need to go elsewhere, in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ccproxy.analysis.formulas.atoms import Kind, Source, Subject
from ccproxy.analysis.needs import need_of
from ccproxy.facts.values import Value

TOOLS = Subject(Kind.LIST, Source("fact", "tools"))
TOKENS = Subject(Kind.NUMBER, Source("fact", "tokens"))
SPENT = Subject(Kind.NUMBER, Source("fact", "key.budget_used"))


@pytest.mark.parametrize(
    ("subject", "now", "changed", "need"),
    [
        (TOOLS, ("a", "b"), (), "tools empty"),
        (TOOLS, ("a",), ("a", "b"), '"b" in tools'),
        (TOOLS, ("a",), ("a", "b", "c"), "3 tools, not 1"),
        (TOOLS, None, ("b",), '"b" in tools'),
        (TOOLS, ("a", "b", "c"), ("b",), 'tools without "a", "c"'),
        (TOOLS, ("a", "b", "c", "d", "e"), ("e",), "1 tools, not 5"),
        (TOOLS, ("a", "b"), ("b", "c"), '"c" in tools instead of "a"'),
        (TOOLS, ("a", "b"), ("c",), "1 tools, not 2"),
        (TOKENS, 1, 2_001, "2,000 more tokens"),
        (TOKENS, 2, 1, "1 fewer token"),
        (TOKENS, None, 1_000, "tokens 1,000"),
        (SPENT, 10, Fraction(21, 2), "0.5 more percent of the budget"),
    ],
)
def test_need(subject: Subject, now: Value, changed: Value, need: str) -> None:
    assert need_of(subject, now, changed) == need

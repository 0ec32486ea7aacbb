"""Tells which fact an expression of the language asks for."""

from __future__ import annotations

from collections.abc import Iterable

from ccproxy.facts.definitions import fact_named
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.facts.schema import Fact
from ccproxy.language.printer import format_expression
from ccproxy.language.syntax import Call, Name, Node, walk

COST_READS = frozenset({"tokens", "session.label", "cache.tokens"})
"""What `cost(label)` is calculated from, besides the body and prices."""


def fact_read(expression: Node) -> Fact | None:
    """The fact that an expression is; None for any other, and where the policy has taken the fact's name."""
    return fact_named(expression.name) if isinstance(expression, Name) and not expression.own else None


def facts_asked(nodes: Iterable[Node]) -> frozenset[str]:
    """The names of all facts in these nodes; functions of labels by their canonical texts."""
    found = set()
    for node in nodes:
        for item in (node, *walk(node)):
            fact = fact_read(item)
            if fact is not None:
                found.add(fact.name)
            elif isinstance(item, Call) and FUNCTION_BY_NAME[item.function].of_label:
                found.add(format_expression(item))
    return frozenset(found)

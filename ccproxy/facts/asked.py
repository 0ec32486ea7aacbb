"""Tells which fact an expression of the language asks for."""

from __future__ import annotations

from ccproxy.facts.definitions import fact_named
from ccproxy.facts.schema import Fact
from ccproxy.language.syntax import Name, Node


def fact_read(expression: Node) -> Fact | None:
    """The fact that an expression is; None for any other, and where the policy has taken the fact's name."""
    return fact_named(expression.name) if isinstance(expression, Name) and not expression.own else None

"""A policy whose names and types have been checked: the input of the compiler and the analyses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ccproxy.language import syntax
from ccproxy.language.types import Type


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """A policy without errors, its statements grouped by kind.

    `rules` are in the order they are tried, a written default last: rule n is `rules[n - 1]`. `let_types` has every let; lists
    of anything but text are `Type.LIST` there too, and occur only right of `in`.
    """

    policy: syntax.Policy
    rules: tuple[syntax.Rule, ...]
    lets: Mapping[str, syntax.Let]
    let_types: Mapping[str, Type]
    predicates: Mapping[str, syntax.Predicate]
    assertions: tuple[syntax.Assertion, ...]
    timezone: str

    def list_literal(self, expression: syntax.Expression) -> syntax.ListLiteral | None:
        """The list literal that an expression is, or that the let it names is; None for anything else."""
        return list_literal(expression, self.lets)


def list_literal(expression: syntax.Expression, lets: Mapping[str, syntax.Let]) -> syntax.ListLiteral | None:
    """The list literal that an expression is, or that the let it names is; None for anything else."""
    expression = syntax.bare(expression)
    seen = 0
    while isinstance(expression, syntax.Name) and expression.name in lets and seen <= len(lets):
        expression = syntax.bare(lets[expression.name].value)
        seen += 1
    return expression if isinstance(expression, syntax.ListLiteral) else None

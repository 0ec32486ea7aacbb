"""Estimates the cost of evaluating expressions, and how deeply lets depend on one another."""

from __future__ import annotations

from ccproxy.checks import CheckedPolicy
from ccproxy.checks.typing import LITERALS
from ccproxy.facts.asked import fact_read
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.facts.schema import Cost
from ccproxy.language import syntax

PREDICATE_COST = max(Cost) + 1
"""A Python predicate costs more than any fact."""


class Costs:
    """Costs on the scale of the table of facts; an expression costs as much as its most expensive part."""

    def __init__(self, checked: CheckedPolicy) -> None:
        self._cost: dict[str, int] = dict.fromkeys(checked.predicates, PREDICATE_COST)
        self._height: dict[str, int] = dict.fromkeys(checked.predicates, 1)
        self._number = {written: number for number, written in enumerate((*checked.predicates, *checked.all_lets))}
        self._checked = checked
        for written, let in checked.all_lets.items():
            self._cost[written] = self.of(let)
            self._height[written] = 1 + max((self._height.get(inner, 0) for inner in self._names(let)), default=0)

    def of(self, node: syntax.Node) -> int:
        """The cost of an expression."""
        if type(node) in LITERALS:
            return Cost.LOOK_UP
        if below := syntax.children_of(node):
            return max(map(self.of, below))
        match node:
            case syntax.Name(name=name):
                fact = fact_read(node)
                return fact.cost if fact is not None else self._cost.get(name, Cost.LOOK_UP)
            case syntax.Call(function=function):
                implied = self._checked.let_named(node)
                return FUNCTION_BY_NAME[function].cost if implied is None else self._cost[implied]
            case _:  # a pattern
                return Cost.TEXT

    def height_of(self, written: str) -> int:
        """The length of the longest chain of lets that ends at this one; 1 if it needs no other."""
        return self._height[written]

    def number_of(self, written: str) -> int:
        """The number of a let or predicate in the memo."""
        return self._number[written]

    def _names(self, node: syntax.Node) -> set[str]:
        """The names in an expression, and the lets that functions of labels stand for."""
        items = [*syntax.walk(node)]
        named = {item.name for item in items if isinstance(item, syntax.Name)}
        return named | {key for item in items if isinstance(item, syntax.Call) and (key := self._checked.let_named(item))}

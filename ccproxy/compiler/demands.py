"""Splits conditions into alternatives: conjunctions of demands on one fact each, which an index can look up by the fact's value.

What is no demand on a single cheap fact (a sum, a pattern, a token count, a predicate) is left out of its alternative, which then is not
`exact`: a necessary condition only, and the rule's own code has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from operator import itemgetter
from typing import Any

from ccproxy.checks import CheckedPolicy
from ccproxy.checks.typing import LITERALS
from ccproxy.compiler.alternatives import (
    ALWAYS,
    ANY_NUMBER,
    Alternatives,
    Atom,
    Column,
    Demand,
    Edge,
    Inside,
    Kind,
    There,
    Values,
    all_of,
    compared,
    merged,
    negated,
    one_demand,
    points,
    ranged,
    some_of,
)
from ccproxy.compiler.costs import Costs
from ccproxy.compiler.emitter import BODY_READERS, constant_value
from ccproxy.facts.asked import fact_read
from ccproxy.facts.schema import Cost
from ccproxy.language import syntax
from ccproxy.language.matching import plain_glob
from ccproxy.language.operators import MIRRORED, Positive, Relational, positive, some_element
from ccproxy.language.paths import is_list
from ccproxy.language.types import Type

_KINDS: Mapping[Type, Kind] = {
    Type.TEXT: "value",
    Type.BOOL: "value",
    Type.LIST: "list",
    Type.NUMBER: "number",
    Type.TIME: "number",
    Type.WEEKDAY: "number",
}
_Split = tuple[Alternatives, int]
"""The alternatives of a condition, and what it costs."""


class Demands:
    """Finds the alternatives of conditions."""

    def __init__(self, checked: CheckedPolicy, costs: Costs) -> None:
        self._checked = checked
        self._costs = costs
        self._facts: dict[str, Column | None] = {}
        self._column_costs: dict[Column, int] = {}
        self._lets: dict[tuple[str, bool], _Split] = {}
        for name, let in checked.lets.items():  # each after those it needs, so that a long chain is no deep recursion
            if checked.let_types[name] is Type.BOOL:
                self._lets |= {(name, holds): self._of(let.value, holds) for holds in (True, False)}

    def alternatives(self, condition: syntax.Expression) -> Alternatives:
        """The alternatives of which one has to hold, and whose facts are read, in the order of the rule's own code."""
        return tuple(one for one in map(merged, self._of(condition, True)[0]) if one is not None)

    def _of(self, condition: syntax.Expression, holds: bool) -> _Split:
        """The alternatives of a condition, or with `holds` false, of its negation; and what it costs."""
        match syntax.bare(condition):
            case syntax.And(operands=operands) | syntax.Or(operands=operands) as junction:
                found = sorted([self._of(operand, holds) for operand in operands], key=itemgetter(1))
                join = all_of if isinstance(junction, syntax.And) is holds else some_of
                return join([part for part, _ in found]), found[-1][1]
            case syntax.Comparison(operands=operands, relations=(_, _, *_) as relations) as chain:
                pairs = zip(pairwise(operands), relations, strict=True)
                parts = [one_demand(self._comparison(left, relation, right), holds) for (left, right), relation in pairs]
                return all_of(parts) if holds else some_of(parts), self._costs.of(chain)
            case syntax.Not(operand=operand):
                return self._of(operand, not holds)
            case syntax.Bool(value=value) as constant:
                return ALWAYS if value is holds else (), self._costs.of(constant)
            case syntax.Name(name=name) as named if name in self._checked.lets:
                return self._lets[name, holds][0], self._costs.of(named)
            case other:
                demand = self._demand(other)
                return one_demand(demand, holds), self._cost_of(other, demand)

    def _cost_of(self, condition: syntax.Expression, demand: Demand | None) -> int:
        """What a condition costs; one that is a demand has only literals beside its column."""
        if demand is None:
            return self._costs.of(condition)
        cost = self._column_costs.get(demand.column)
        if cost is None:
            cost = self._column_costs[demand.column] = self._costs.of(condition)
        return cost

    # ── Demands ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _demand(self, condition: syntax.Expression) -> Demand | None:
        match condition:
            case syntax.Comparison(operands=(left, right), relations=(relation,)):
                return self._comparison(left, relation, right)
            case syntax.Test(left=left, operator=operator, right=right):
                found, denied = positive(operator)
                return negated(self._test(left, found, right), denied)
            case syntax.Quantified(quantifier=quantifier, operand=operand, operator=operator, right=right):
                found, fails, none = some_element(quantifier, operator)
                atom = None if fails else self._text_atom(found, right)
                column = self._column(operand, Type.LIST)
                return Demand(column, atom, not none) if column and atom else None
            case syntax.Has(operand=operand):
                column = self._column(syntax.bare(operand), None)
                return Demand(column, ANY_NUMBER if column.kind == "number" else There()) if column else None
            case syntax.Name() | syntax.Call():
                column = self._column(condition, Type.BOOL)
                return Demand(column, Values(frozenset([True]))) if column else None
            case _:
                return None

    def _comparison(self, left: syntax.Expression, relation: syntax.Relation, right: syntax.Expression) -> Demand | None:
        operator: Relational = "==" if relation == "!=" else relation
        literal = self._literal(right)
        if literal is None:
            left, operator, literal = right, MIRRORED[operator], self._literal(left)
        if literal is None:
            return None
        value, type_ = literal
        column = self._column(left, type_)
        if column is None:
            return None
        atom = compared(operator, value) if column.kind == "number" else Values(frozenset([value])) if operator == "==" else None
        return negated(Demand(column, atom) if atom else None, relation == "!=")

    def _test(self, left: syntax.Expression, operator: Positive, right: syntax.Expression) -> Demand | None:
        if operator != "in":
            column, atom = self._column(left, Type.TEXT), self._text_atom(operator, right)
            return Demand(column, atom) if column and atom else None
        literals = self._checked.list_literal(right)
        if literals is not None:
            column = self._column(left, LITERALS[type(literals.items[0])])
            values = frozenset(constant_value(item) for item in literals.items)
            return Demand(column, points(values) if column.kind == "number" else Values(values)) if column else None
        if isinstance(right, syntax.Range):
            low, high = self._literal(right.low), self._literal(right.high)
            column = self._column(left, low[1]) if low and high else None
            return Demand(column, ranged(low[0], high[0], low[1])) if column and low and high else None
        element, column = self._literal(left), self._column(right, Type.LIST)
        return Demand(column, Values(frozenset([element[0]]))) if element and column else None

    def _text_atom(self, operator: Positive, right: syntax.Expression) -> Atom | None:
        """What an operator asks of a text; None for what is not looked up."""
        if operator == "in":
            literals = self._checked.list_literal(right)
            return Values(frozenset(constant_value(item) for item in literals.items)) if literals else None
        if isinstance(right, syntax.Pattern) or (literal := self._literal(right)) is None:
            return None
        text: str = literal[0]
        if operator == "matches" and (plain := plain_glob(text)) is not None:
            operator, text = plain
        match operator:
            case "==":
                return Values(frozenset([text]))
            case "starts with" | "ends with":
                return Edge(text, operator == "starts with")
            case "contains" | "matches":
                return Inside(text, operator == "matches")
            case _:
                return None

    # ── Columns and literals ─────────────────────────────────────────────────────────────────────────────────────────

    def _column(self, expression: syntax.Expression, type_: Type | None) -> Column | None:
        """What an expression reads, if that is cheap; `type_` is the type of a `body(…)` here, None where only its presence counts."""
        expression = syntax.bare(expression)
        named = self._meant(expression)
        match named:
            case syntax.Name(name=name):
                if name not in self._facts:
                    fact = fact_read(named)
                    cheap = fact is not None and fact.cost <= Cost.WALK
                    self._facts[name] = Column(_KINDS[fact.type], ("fact", fact.name)) if fact and cheap else None
                return self._facts[name]
            case syntax.Call(function="header", argument=argument):
                return Column("value", ("header", argument.value.lower()))
            case syntax.Call(function="metadata", argument=argument):
                return Column("value", ("metadata", argument.value))
            case syntax.Call(function="body", argument=argument) if named is expression:
                if type_ is None:
                    return Column("value", ("body", argument.value, "at_path"))
                read = Type.LIST if is_list(argument.value) else type_
                method = BODY_READERS.get(read)
                return Column(_KINDS[read], ("body", argument.value, method)) if method else None
            case syntax.Count(operand=operand):
                column = self._column(operand, Type.LIST)
                return Column("number", ("count", *column.asked)) if column is not None and column.kind == "list" else None
            case _:
                return None

    def _literal(self, expression: syntax.Expression) -> tuple[Any, Type] | None:
        """The value and type of a literal, or of a let that is one; None for anything else."""
        meant = self._meant(syntax.bare(expression))
        type_ = LITERALS.get(type(meant))
        return None if type_ is None else (constant_value(meant), type_)

    def _meant(self, expression: syntax.Expression) -> syntax.Expression:
        """The expression that a let names; any other as it is."""
        for _ in range(len(self._checked.lets)):
            if not (isinstance(expression, syntax.Name) and expression.name in self._checked.lets):
                break
            expression = syntax.bare(self._checked.lets[expression.name].value)
        return expression

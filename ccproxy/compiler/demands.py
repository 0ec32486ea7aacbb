"""Splits conditions into alternatives: conjunctions of demands on one fact each, which an index can look up by the fact's value.

What is no demand on a single cheap fact (a sum, a pattern, a token count, a predicate) is left out of its alternative, which then is not
`exact`: a necessary condition only, and the rule's own code has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, product
from math import inf
from operator import attrgetter, itemgetter, methodcaller
from typing import Any, Literal, NamedTuple

from ccproxy.checks import CheckedPolicy
from ccproxy.checks.typing import LITERALS
from ccproxy.compiler.costs import Costs
from ccproxy.compiler.emitter import BODY_READERS, constant_value
from ccproxy.facts import Facts
from ccproxy.facts.asked import fact_read
from ccproxy.facts.facts import ATTRIBUTES
from ccproxy.facts.schema import Cost
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.matching import plain_glob
from ccproxy.language.operators import MIRRORED, Positive, Relational, positive, some_element
from ccproxy.language.paths import is_list, parts_of
from ccproxy.language.syntax import Exact
from ccproxy.language.types import Type

MAX_ALTERNATIVES = 32
"""Maximum alternatives of a rule; a condition with more is not split further."""

Kind = Literal["value", "list", "number"]
"""What a column holds: a text, bool or JSON value, compared as a whole; a list, by its elements; a number, time or weekday, in order."""


class Column(NamedTuple):
    """What demands are made on: a fact, or a reader with its argument."""

    kind: Kind
    asked: tuple[str, ...]

    def reader(self) -> Callable[[Facts], Any]:
        """A function that reads the value, None if missing."""
        match self.asked:
            case "fact", name:
                return attrgetter(ATTRIBUTES[name])
            case "body", path, method:
                return methodcaller(method, parts_of(path))
            case "count", *inner:
                read = Column("list", tuple(inner)).reader()
                return lambda facts: len(read(facts) or ())
            case "header", name:
                return lambda facts: value if type(value := facts.headers.get(name)) is str else facts.header(name)
            case "metadata", key:
                return methodcaller("metadata", key)
            case _:
                raise ValueError(f"nothing reads {self.asked}")


End = tuple[Exact | float, int]
"""A place between numbers: just before one (0) or just after (1)."""
Interval = tuple[End, End]


@frozen
class Values:
    """The value, or some element, is one of these."""

    values: frozenset[Any]


@frozen
class Edge:
    """The value, or some element, starts (else ends) with this text."""

    text: str
    starts: bool


@frozen
class Within:
    """The number is in one of these intervals."""

    intervals: tuple[Interval, ...]


@frozen
class There:
    """The value is not missing."""


_KINDS: Mapping[Type, Kind] = {
    Type.TEXT: "value",
    Type.BOOL: "value",
    Type.LIST: "list",
    Type.NUMBER: "number",
    Type.TIME: "number",
    Type.WEEKDAY: "number",
}

Atom = Values | Edge | Within | There
_ANY_NUMBER = Within((((-inf, 0), (inf, 0)),))
_NEVER = Within(())


class Demand(NamedTuple):
    """That an atom holds for a column, or with `holds` false, that it doesn't. No atom holds for a missing value."""

    column: Column
    atom: Atom
    holds: bool = True


@frozen
class Alternative:
    """Demands that must all be met; with `exact`, nothing else is needed."""

    demands: tuple[Demand, ...] = ()
    exact: bool = True


Alternatives = tuple[Alternative, ...]
_Split = tuple[Alternatives, int]
"""The alternatives of a condition, and what it costs."""
_ALWAYS: Alternatives = (Alternative(),)
_UNKNOWN: Alternatives = (Alternative(exact=False),)


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
        return tuple(one for one in map(_merged, self._of(condition, True)[0]) if one is not None)

    def _of(self, condition: syntax.Expression, holds: bool) -> _Split:
        """The alternatives of a condition, or with `holds` false, of its negation; and what it costs."""
        match syntax.bare(condition):
            case syntax.And(operands=operands) | syntax.Or(operands=operands) as junction:
                found = sorted([self._of(operand, holds) for operand in operands], key=itemgetter(1))
                join = _all if isinstance(junction, syntax.And) is holds else _some
                return join([part for part, _ in found]), found[-1][1]
            case syntax.Comparison(operands=operands, relations=(_, _, *_) as relations) as chain:
                pairs = zip(pairwise(operands), relations, strict=True)
                parts = [_one(self._comparison(left, relation, right), holds) for (left, right), relation in pairs]
                return _all(parts) if holds else _some(parts), self._costs.of(chain)
            case syntax.Not(operand=operand):
                return self._of(operand, not holds)
            case syntax.Bool(value=value) as constant:
                return _ALWAYS if value is holds else (), self._costs.of(constant)
            case syntax.Name(name=name) as named if name in self._checked.lets:
                return self._lets[name, holds][0], self._costs.of(named)
            case other:
                demand = self._demand(other)
                return _one(demand, holds), self._cost_of(other, demand)

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
                found, negated = positive(operator)
                return _negated(self._test(left, found, right), negated)
            case syntax.Quantified(quantifier=quantifier, operand=operand, operator=operator, right=right):
                found, fails, none = some_element(quantifier, operator)
                atom = None if fails else self._text_atom(found, right)
                column = self._column(operand, Type.LIST)
                return Demand(column, atom, not none) if column and atom else None
            case syntax.Has(operand=operand):
                column = self._column(syntax.bare(operand), None)
                return Demand(column, _ANY_NUMBER if column.kind == "number" else There()) if column else None
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
        atom = _compared(operator, value) if column.kind == "number" else Values(frozenset([value])) if operator == "==" else None
        return _negated(Demand(column, atom) if atom else None, relation == "!=")

    def _test(self, left: syntax.Expression, operator: Positive, right: syntax.Expression) -> Demand | None:
        if operator != "in":
            column, atom = self._column(left, Type.TEXT), self._text_atom(operator, right)
            return Demand(column, atom) if column and atom else None
        literals = self._checked.list_literal(right)
        if literals is not None:
            column = self._column(left, LITERALS[type(literals.items[0])])
            values = frozenset(constant_value(item) for item in literals.items)
            return Demand(column, _points(values) if column.kind == "number" else Values(values)) if column else None
        if isinstance(right, syntax.Range):
            low, high = self._literal(right.low), self._literal(right.high)
            column = self._column(left, low[1]) if low and high else None
            return Demand(column, _ranged(low[0], high[0], low[1])) if column and low and high else None
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


# ── Joining ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _one(demand: Demand | None, holds: bool) -> Alternatives:
    found = _negated(demand, not holds)
    return _UNKNOWN if found is None else (Alternative((found,)),)


def _negated(demand: Demand | None, negated: bool) -> Demand | None:
    return Demand(demand.column, demand.atom, not demand.holds) if demand and negated else demand


def _all(parts: Sequence[Alternatives]) -> Alternatives:
    """The alternatives of a conjunction; parts that would make them too many are left out."""
    if len(parts) == 1:
        return parts[0]
    if () in parts:
        return ()
    if all(len(part) == 1 for part in parts):
        return (_joined([one for (one,) in parts]),)
    kept: list[Alternatives] = []
    number, exact = 1, True
    for part in parts:
        if number * len(part) > MAX_ALTERNATIVES:
            exact = False
        else:
            number *= len(part)
            kept.append(part)
    return tuple([_joined(chosen, exact) for chosen in product(*kept)])


def _joined(parts: Sequence[Alternative], exact: bool = True) -> Alternative:
    """The alternative that makes the demands of all these."""
    return Alternative(tuple([demand for one in parts for demand in one.demands]), exact and all(one.exact for one in parts))


def _some(parts: Sequence[Alternatives]) -> Alternatives:
    """The alternatives of a disjunction; those that ask for values of one fact become a single one."""
    found: list[Alternative] = []
    places: dict[Column, int] = {}
    for one in (one for part in parts for one in part):
        column = one.demands[0].column if one.exact and len(one.demands) == 1 else None
        place = places.get(column, -1) if column else -1
        joined = _either(found[place].demands[0], one.demands[0]) if place >= 0 else None
        if joined is not None:
            found[place] = Alternative((joined,))
            continue
        if column is not None:
            places[column] = len(found)
        found.append(one)
    return tuple(found) if len(found) <= MAX_ALTERNATIVES else _UNKNOWN


def _either(one: Demand, other: Demand) -> Demand | None:
    """What both demands together leave open, as one demand."""
    match one, other:
        case Demand(atom=Values(values=some), holds=True), Demand(atom=Values(values=more), holds=True):
            return Demand(one.column, Values(some | more))
        case Demand(atom=Within(intervals=some), holds=True), Demand(atom=Within(intervals=more), holds=True):
            return Demand(one.column, Within(some + more))
        case _:
            return None


def _merged(alternative: Alternative) -> Alternative | None:
    """The alternative with each demand once, and at most one on a number that is not negated; None if no value meets them all."""
    demands = alternative.demands
    if any(holds and atom == _NEVER for _, atom, holds in demands):
        return None
    if len({column for column, _, _ in demands}) == len(demands):
        return alternative
    found: dict[Column | Demand, Demand] = {}
    for demand in demands:
        column, atom, holds = demand
        key = column if holds and column.kind == "number" else demand
        before = found.get(key)
        found[key] = demand if before is None else Demand(column, _both(before.atom, atom), holds)
    if any(holds and atom == _NEVER for _, atom, holds in found.values()):
        return None
    return Alternative(tuple(found.values()), alternative.exact)


def _both(one: Atom, other: Atom) -> Atom:
    """The atom that holds where both do, of intervals or of two that are the same."""
    match one, other:
        case Within(intervals=some), Within(intervals=more):
            pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a, b in product(some, more))
            return Within(tuple((start, end) for start, end in pairs if start < end))
        case _:
            return one


# ── Intervals ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _points(values: frozenset[Any]) -> Within:
    return Within(tuple(((value, 0), (value, 1)) for value in sorted(values)))


def _compared(relation: Relational, value: Exact) -> Within:
    match relation:
        case "==":
            return _points(frozenset([value]))
        case "<" | "<=":
            return Within((((-inf, 0), (value, int(relation == "<="))),))
        case ">" | ">=":
            return Within((((value, int(relation == ">")), (inf, 0)),))


def _ranged(low: Exact, high: Exact, type_: Type) -> Within:
    """What `in low..high` asks of a number, a time or a weekday."""
    last = int(type_ is Type.WEEKDAY)
    if type_ is Type.NUMBER or low <= high:
        return Within((((low, 0), (high, last)),) if (low, 0) < (high, last) else ())
    return Within((((low, 0), (inf, 0)), ((-inf, 0), (high, last))))

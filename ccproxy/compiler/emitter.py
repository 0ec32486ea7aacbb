"""Emits expressions as Python syntax trees.

An emitted expression reads `facts` and `memo`. A fact that has certainly been read before is taken from a local variable; elsewhere it
is read (and kept in the variable) where it is used, so that nothing is read that the decision doesn't need.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from itertools import pairwise
from typing import Any

from ccproxy.checks import CheckedPolicy
from ccproxy.checks.typing import Typing
from ccproxy.compiler import operations
from ccproxy.compiler.costs import Costs
from ccproxy.compiler.token_sums import TokenSum, token_sum
from ccproxy.facts.asked import fact_read
from ccproxy.facts.facts import ATTRIBUTES
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.facts.schema import Presence
from ccproxy.frozen import mutable
from ccproxy.language import syntax
from ccproxy.language.matching import compile_glob, compile_pattern
from ccproxy.language.operators import IN_NUMBERS, MIRRORED, Relational, in_times, in_weekdays, meaning, positive, some_element
from ccproxy.language.paths import is_list, parts_of
from ccproxy.language.types import Type

_RELATIONS: Mapping[Relational, type[ast.cmpop]] = {
    "==": ast.Eq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
BODY_READERS = {Type.NUMBER: "body_number", Type.TEXT: "body_text", Type.BOOL: "body_bool", Type.LIST: "body_list"}
_CONSTANTS = (syntax.Number, syntax.Text, syntax.Bool, syntax.Time, syntax.Weekday)


def name(identifier: str) -> ast.expr:
    """A variable, to be read."""
    return ast.Name(identifier, ast.Load())


def call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    """A call with positional arguments."""
    return ast.Call(function, [*arguments], [])


def _both(*conditions: ast.expr) -> ast.expr:
    return ast.BoolOp(ast.And(), [*conditions]) if len(conditions) > 1 else conditions[0]


def _is_not_none(value: ast.expr) -> ast.expr:
    return ast.Compare(value, [ast.IsNot()], [ast.Constant(None)])


@mutable
class Environment:
    """The names that emitted code refers to, shared by all code of a policy; `max_calls` lets in a chain may call one another."""

    checked: CheckedPolicy
    costs: Costs
    max_calls: int
    values: dict[str, Any] = field(default_factory=dict)
    _numbers: dict[object, str] = field(default_factory=dict)
    _variables: dict[str, str] = field(default_factory=dict)

    def constant(self, value: Any, key: object = None) -> ast.expr:
        """A name for a value that has no Python literal."""
        if isinstance(value, str | int | bool):
            return ast.Constant(value)
        wanted = (type(value), key if key is not None else id(value))
        if wanted not in self._numbers:
            identifier = self._numbers[wanted] = f"constant_{len(self.values)}"
            self.values[identifier] = value
        return name(self._numbers[wanted])

    def variable(self, key: str) -> str:
        """The local variable for the value of a reader with an argument; the same key gets the same variable."""
        return self._variables.setdefault(key, f"read_{len(self._variables)}")


class Emitter:
    """Emits the expressions of one function; a `generator` yields for each let far up a chain."""

    def __init__(self, environment: Environment, generator: bool = False) -> None:
        self.environment = environment
        self.checked = environment.checked
        self.typing = Typing(self.checked.lets, self.checked.let_types, self.checked.predicates)
        self.generator = generator
        self.bound: set[str] = set()

    # ── Conditions ───────────────────────────────────────────────────────────────────────────────────────────────────

    def condition(self, expression: syntax.Expression) -> ast.expr:
        """Emit a condition, as an expression that is True or False."""
        match expression:
            case syntax.Group(operand=operand):
                return self.condition(operand)
            case syntax.Bool(value=value):
                return ast.Constant(value)
            case syntax.And(operands=operands):
                return self._junction(ast.And(), operands)
            case syntax.Or(operands=operands):
                return self._junction(ast.Or(), operands)
            case syntax.Not(operand=operand):
                return ast.UnaryOp(ast.Not(), self.condition(operand))
            case syntax.Comparison(operands=operands, relations=relations):
                return self._comparison(operands, relations)
            case syntax.Test(left=left, operator=operator, right=right):
                return self._test(left, operator, right)
            case syntax.Quantified():
                return self._quantified(expression)
            case syntax.Has(operand=operand):
                return self._has(syntax.bare(operand))
            case syntax.Name() | syntax.Call() if (let := self.checked.let_named(expression)) is not None:
                return self._let(let)
            case syntax.Name(name=written) if written in self.checked.predicates:
                return self._let(written)
            case _:
                return ast.Compare(self.value(expression, Type.BOOL), [ast.Is()], [ast.Constant(True)])

    def _junction(self, operator: ast.boolop, operands: tuple[syntax.Expression, ...]) -> ast.expr:
        ordered = sorted(operands, key=self.environment.costs.of)
        emitted = [self.condition(ordered[0])]
        surely = set(self.bound)
        emitted += [self.condition(operand) for operand in ordered[1:]]
        self.bound = surely
        return ast.BoolOp(operator, emitted)

    def _later(self, emit: Callable[[], ast.expr]) -> ast.expr:
        """Emit what may be skipped at run time: afterwards, what it reads doesn't count as read."""
        surely = set(self.bound)
        emitted = emit()
        self.bound = surely
        return emitted

    # ── Comparisons ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _comparison(self, operands: tuple[syntax.Expression, ...], relations: tuple[syntax.Relation, ...]) -> ast.expr:
        typed = [self.typing.shallow(operand) for operand in operands if not self._is_body(operand)]
        place = typed[0] if typed else Type.NUMBER
        (first, second), *rest = pairwise(operands)
        emitted = [self._relation(first, relations[0], second, place)]
        surely = set(self.bound)
        emitted += [self._relation(left, relation, right, place) for (left, right), relation in zip(rest, relations[1:], strict=True)]
        self.bound = surely
        return _both(*emitted)

    def _relation(self, left: syntax.Expression, relation: syntax.Relation, right: syntax.Expression, place: Type) -> ast.expr:
        if relation == "!=":
            return ast.UnaryOp(ast.Not(), self._relation(left, "==", right, place))
        if place is Type.NUMBER and (decided := self._token_relation(left, relation, right)) is not None:
            return decided
        if self._may_be_missing(right) and not self._may_be_missing(left):
            left, relation, right = right, MIRRORED[relation], left
        one, other = self.value(left, place), self._later(lambda: self.value(right, place))
        maybe = [self._may_be_missing(left), self._may_be_missing(right)]
        if relation == "==" and not all(maybe):
            return ast.Compare(one, [ast.Eq()], [other])
        if not any(maybe):
            return ast.Compare(one, [_RELATIONS[relation]()], [other])
        if (again := _again(one)) is not None and not maybe[1]:
            return _both(_is_not_none(one), ast.Compare(again, [_RELATIONS[relation]()], [other]))
        return self._there(meaning(relation), one, other)

    def _token_relation(self, left: syntax.Expression, relation: syntax.Relation, right: syntax.Expression) -> ast.expr | None:
        sums = [token_sum(side, self._let_value) for side in (left, right)]
        if sums[0] is None or sums[1] is None or not (sums[0].terms or sums[1].terms):
            return None
        difference = sums[0].plus(sums[1].scaled(-1))
        above, below = partial(self._above, difference), partial(self._above, difference.scaled(-1))
        match relation:
            case ">":
                return above()
            case "<":
                return below()
            case ">=":
                return ast.UnaryOp(ast.Not(), below())
            case "<=":
                return ast.UnaryOp(ast.Not(), above())
            case _:
                return ast.UnaryOp(ast.Not(), ast.BoolOp(ast.Or(), [above(), below()]))

    def _above(self, difference: TokenSum) -> ast.expr:
        terms = self.environment.constant(difference.terms, difference.terms)
        constant = self.environment.constant(difference.constant, difference.constant)
        return call(ast.Attribute(name("facts"), "tokens_above", ast.Load()), terms, constant)

    def _let_value(self, written: str) -> syntax.Expression | None:
        let = self.checked.lets.get(written)
        return let.value if let is not None and self.environment.costs.height_of(written) == 1 else None

    # ── in, matches, contains … ──────────────────────────────────────────────────────────────────────────────────────

    def _test(self, left: syntax.Expression, operator: syntax.Infix, right: syntax.Expression) -> ast.expr:
        if operator == "not in":
            return ast.UnaryOp(ast.Not(), self._test(left, "in", right))
        if operator == "in":
            return self._in(left, right)
        one = self.value(left, Type.TEXT)
        if operator == "matches":
            matcher = self._matcher(right)
            if (again := _again(one)) is not None:
                return _both(_is_not_none(one), call(matcher, again))
            return self._there(meaning("matches"), one, matcher)
        other = self._later(lambda: self.value(right, Type.TEXT))
        if (again := _again(one)) is not None and not self._may_be_missing(right):
            return _both(_is_not_none(one), _of_texts(operator, again, other))
        return self._there(meaning(positive(operator)[0]), one, other)

    def _there(self, holds: Callable[..., bool], *values: ast.expr) -> ast.expr:
        """Emit a test that all values are present and this holds for them."""
        return call(self.environment.constant(operations.there, "there"), self.environment.constant(holds), *values)

    def _matcher(self, right: syntax.Expression) -> ast.expr:
        if isinstance(right, syntax.Pattern):
            return self.environment.constant(compile_pattern(right.pattern, right.flags), ("pattern", right.pattern, right.flags))
        if isinstance(right, syntax.Text):
            return self.environment.constant(compile_glob(right.value), ("glob", right.value))
        raise TypeError(f"{type(right).__name__} is neither a glob nor a pattern")

    def _in(self, left: syntax.Expression, right: syntax.Expression) -> ast.expr:
        if isinstance(right, syntax.Range):
            return self._in_range(left, right)
        literal = self.checked.list_literal(right)
        if literal is not None:
            place = self.typing.elements(literal)
            return ast.Compare(self.value(left, place), [ast.In()], [self._literal_set(literal)])
        one, other = self.value(left, Type.TEXT), self._later(lambda: self.value(right, Type.LIST))
        return self._there(meaning("in"), one, other)

    def _literal_set(self, literal: syntax.ListLiteral) -> ast.expr:
        values = [constant_value(item) for item in literal.items]
        if all(isinstance(value, str | int) for value in values):
            return ast.Set([ast.Constant(value) for value in values])
        return self.environment.constant(frozenset(values), frozenset(values))

    def _in_range(self, left: syntax.Expression, right: syntax.Range) -> ast.expr:
        low, high = right.low, right.high
        typed = [self.typing.shallow(end) for end in (low, high) if not self._is_body(end)]
        place = typed[0] if typed else Type.NUMBER
        if place is Type.NUMBER:
            return self._in_numbers(low, left, high)
        one = self.value(left, place)
        ends = [self._later(partial(self.value, end, place)) for end in (low, high)]
        within = in_times if place is Type.TIME else in_weekdays
        if (again := _again(one)) is not None and not any(map(self._may_be_missing, (low, high))):
            return _both(_is_not_none(one), call(self.environment.constant(within), again, *ends))
        return self._there(within, one, *ends)

    def _in_numbers(self, low: syntax.Expression, left: syntax.Expression, high: syntax.Expression) -> ast.expr:
        fixed = isinstance(low, syntax.Number) and isinstance(high, syntax.Number)
        fact = fact_read(left)
        if not fixed or fact is None or fact.presence is Presence.ALWAYS:
            return self._comparison((low, left, high), IN_NUMBERS)
        one = self.value(left, Type.NUMBER)
        again = _again(one) or one
        ends = [self.value(end, Type.NUMBER) for end in (low, high)]
        return _both(_is_not_none(one), ast.Compare(ends[0], [_RELATIONS[relation]() for relation in IN_NUMBERS], [again, ends[1]]))

    def _quantified(self, expression: syntax.Quantified) -> ast.expr:
        right = expression.right
        operator, fails, none = some_element(expression.quantifier, expression.operator)
        values = self.value(expression.operand, Type.LIST)
        again = None if fails or self._may_be_missing(right) else _again(values)
        if operator == "==" and again is not None:
            some = _both(_is_not_none(values), ast.Compare(self._later(lambda: self.value(right, Type.TEXT)), [ast.In()], [again]))
            return ast.UnaryOp(ast.Not(), some) if none else some
        if operator == "matches":
            other = self._matcher(right)
        elif operator == "in":
            literal = self.checked.list_literal(right)
            other = self._literal_set(literal) if literal else self._later(lambda: self.value(right, Type.LIST))
        else:
            other = self._later(lambda: self.value(right, Type.TEXT))
        some = call(
            self.environment.constant(operations.some_element, "some element"),
            values,
            self.environment.constant(meaning(operator)),
            ast.Constant(fails),
            other,
        )
        return ast.UnaryOp(ast.Not(), some) if none else some

    def _has(self, operand: syntax.Expression) -> ast.expr:
        if isinstance(operand, syntax.Call) and operand.function == "body":
            return _is_not_none(call(ast.Attribute(name("facts"), "at_path", ast.Load()), self._parts(operand)))
        if isinstance(operand, syntax.Name | syntax.Call) and not self._may_be_missing(operand):
            return ast.Constant(True)
        return _is_not_none(self.value(operand, None))

    # ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def value(self, expression: syntax.Expression, place: Type | None) -> ast.expr:
        """Emit an expression's value, None if missing; `place` is the type that a `body(…)` has here."""
        match syntax.bare(expression):
            case syntax.Name(name=written) as named if fact_read(named) is not None:
                return self._kept(f"fact_{ATTRIBUTES[written]}", ast.Attribute(name("facts"), ATTRIBUTES[written], ast.Load()))
            case syntax.Name(name=written):
                return self._let(written)
            case syntax.Call(function=function, argument=argument) as reader:
                match function:
                    case "body":
                        asked = Type.LIST if is_list(argument.value) else place or Type.TEXT
                        return self._reader(BODY_READERS[asked], self._parts(reader))
                    case "header":
                        return self._reader("header", ast.Constant(argument.value.lower()))
                    case "metadata":
                        return self._reader("metadata", ast.Constant(argument.value))
                    case _:
                        return self._of_label(reader)
            case syntax.Count(operand=operand):
                return call(name("len"), ast.BoolOp(ast.Or(), [self.value(operand, Type.LIST), ast.Tuple([], ast.Load())]))
            case syntax.Sum(operands=operands, signs=signs):
                values = ast.Tuple([self.value(operand, Type.NUMBER) for operand in operands], ast.Load())
                return call(self.environment.constant(operations.add, "add"), values, ast.Constant("".join(signs)))
            case syntax.Product(operands=operands):
                values = ast.Tuple([self.value(operand, Type.NUMBER) for operand in operands], ast.Load())
                return call(self.environment.constant(operations.multiply, "multiply"), values)
            case syntax.ListLiteral(items=items):
                texts = tuple(constant_value(item) for item in items)
                return self.environment.constant(texts, texts)
            case syntax.Number() | syntax.Text() | syntax.Time() | syntax.Weekday() as literal:
                found = constant_value(literal)
                return self.environment.constant(found, found)
            case condition:
                return self.condition(condition)

    def _of_label(self, reader: syntax.Call) -> ast.expr:
        """A function of a label: set outright, implied by the models, calculated from their prices, or unknown."""
        implied = self.checked.let_named(reader)
        if implied is not None:
            return self._let(implied)
        function, label = FUNCTION_BY_NAME[reader.function], reader.argument.value
        key = function.of(label)
        if reader.function == "cost" and self.checked.models is not None:
            from ccproxy.compiler.label_costs import input_cost_of  # most policies ask for no cost

            cost = input_cost_of(self.checked.models, label, key)
            read = call(self.environment.constant(cost, key), name("facts"))
        else:
            told = ast.Attribute(name("facts"), "told_of_label", ast.Load())
            read = call(told, ast.Constant(key), ast.Constant(function.unknown))
        return self._kept(self.environment.variable(key), read)

    def _reader(self, method: str, argument: ast.expr) -> ast.expr:
        read = call(ast.Attribute(name("facts"), method, ast.Load()), argument)
        return self._kept(self.environment.variable(ast.dump(read)), read)

    def _kept(self, variable: str, read: ast.expr) -> ast.expr:
        if variable in self.bound:
            return name(variable)
        self.bound.add(variable)
        return ast.NamedExpr(ast.Name(variable, ast.Store()), read)

    def _parts(self, body: syntax.Call) -> ast.expr:
        parts = parts_of(body.argument.value)
        return self.environment.constant(parts, parts)

    def _let(self, written: str) -> ast.expr:
        let = self.checked.lets.get(written)
        if let is not None:
            value = syntax.bare(let.value)
            if isinstance(value, _CONSTANTS):
                found = constant_value(value)
                return self.environment.constant(found, found)
        number = self.environment.costs.number_of(written)
        if self.environment.costs.height_of(written) <= self.environment.max_calls:
            read = call(name(f"let_{number}"), name("facts"), name("memo"))
        elif self.generator:
            read = ast.Yield(ast.Constant(number))
        else:
            read = call(name("run_deep"), ast.Constant(number), name("generators"), name("facts"), name("memo"))
        return self._kept(f"value_{number}", read)

    def _is_body(self, expression: syntax.Expression) -> bool:
        expression = syntax.bare(expression)
        return isinstance(expression, syntax.Call) and expression.function == "body"

    def _may_be_missing(self, expression: syntax.Expression) -> bool:
        match syntax.bare(expression):
            case syntax.Number() | syntax.Text() | syntax.Time() | syntax.Weekday() | syntax.Bool() | syntax.Count():
                return False
            case syntax.Name(name=written) as named:
                fact = fact_read(named)
                if fact is not None:
                    return fact.presence is not Presence.ALWAYS
                let = self.checked.lets.get(written)
                return let is None or not isinstance(syntax.bare(let.value), _CONSTANTS)
            case syntax.Call(function=function):
                return FUNCTION_BY_NAME[function].presence is not Presence.ALWAYS
            case _:
                return True


def _again(value: ast.expr) -> ast.expr | None:
    """The variable that a value is, or was just assigned to; None for any other expression."""
    if isinstance(value, ast.NamedExpr):
        return name(value.target.id)
    return value if isinstance(value, ast.Name) else None


def _of_texts(operator: syntax.Infix, left: ast.expr, right: ast.expr) -> ast.expr:
    """The operator between two texts that are there, in Python's own words, which are faster than a call of its `meaning`."""
    match positive(operator)[0]:
        case "starts with":
            return call(ast.Attribute(left, "startswith", ast.Load()), right)
        case "ends with":
            return call(ast.Attribute(left, "endswith", ast.Load()), right)
        case "contains":
            return ast.Compare(right, [ast.In()], [left])
        case other:
            raise TypeError(f"{other} is not between texts")


def constant_value(literal: syntax.Expression) -> Any:
    """The value of a literal, represented as in facts."""
    match literal:
        case syntax.Number(value=value) | syntax.Text(value=value) | syntax.Bool(value=value):
            return value
        case syntax.Time(minutes=minutes):
            return minutes
        case syntax.Weekday(day=day):
            return day
        case _:
            raise TypeError(f"{type(literal).__name__} is no literal")

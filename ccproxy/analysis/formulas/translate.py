"""Translates the conditions of a checked policy into formulas over atoms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ccproxy.analysis.formulas import linear
from ccproxy.analysis.formulas.atoms import (
    Among,
    AnyElement,
    Atom,
    Call,
    Count,
    Found,
    IsTrue,
    Kind,
    Opaque,
    Present,
    Relation,
    Source,
    Subject,
    Within,
)
from ccproxy.analysis.formulas.formula import FALSE, TRUE, Formula, Formulas
from ccproxy.analysis.formulas.label_cost import LabelCost
from ccproxy.analysis.formulas.linear import Linear
from ccproxy.analysis.formulas.terms import (
    BodyOf,
    Holds,
    ListOf,
    Literals,
    Moment,
    MomentOf,
    MomentTerm,
    Regex,
    Term,
    TextOf,
    is_text,
    list_source,
    sources_of,
    text_source,
)
from ccproxy.analysis.formulas.text_tests import constant_holds, glob_test, parts_of, regex_test
from ccproxy.facts.asked import fact_read
from ccproxy.facts.definitions import FACTS
from ccproxy.facts.readers import FUNCTION_BY_NAME, Function
from ccproxy.facts.schema import Fact, InHeader, Made
from ccproxy.language import syntax
from ccproxy.language.operators import (
    DAYS,
    IN_NUMBERS,
    MINUTES,
    Positive,
    Relational,
    in_times,
    in_weekdays,
    meaning,
    positive,
    some_element,
)
from ccproxy.language.paths import is_list
from ccproxy.language.types import Type

if TYPE_CHECKING:
    from ccproxy.models.label_models import Models

_HEADER_FACTS = {fact.place.name: fact.name for fact in FACTS if isinstance(fact.place, InHeader) and fact.place.alone}
"""Headers whose unchanged value is also a fact: both names are one subject."""


class Translator:
    """Translates one policy into shared formulas; `let`s are translated once, in the order they are written."""

    def __init__(
        self,
        formulas: Formulas,
        lets: Mapping[str, syntax.Let],
        predicates: Mapping[str, syntax.Predicate],
        zone: str = "",
        *,
        models: Models | None = None,
        outright: Collection[str] = (),
    ) -> None:
        """`outright` are functions of labels whose value follows from nothing, by canonical text."""
        self._formulas = formulas
        self._models = models
        self._outright = outright
        self._costs: dict[Source, LabelCost | None] = {}
        self._predicates = predicates
        self._zone = zone
        self._lets: dict[str, Term] = {}
        self._known: dict[int, tuple[syntax.Expression, Formula]] = {}
        for name, let in lets.items():
            self._lets[name] = self._term(let.value)

    def let_condition(self, name: str) -> Formula | None:
        """The formula of a `let` that is a condition; None for any other."""
        term = self._lets[name]
        return term.formula if isinstance(term, Holds) else None

    def text(self, by: syntax.Expression) -> Source:
        """The text that a split hashes."""
        return text_source(self._term(by))

    def goes_by_something(self, by: syntax.Expression) -> Formula:
        """The formula that a request has the text that a split hashes."""
        return self._atom(Kind.TEXT, self.text(by), Present())

    def condition(self, expression: syntax.Expression) -> Formula:
        """The formula that the condition holds."""
        known = self._known.get(id(expression))
        if known is None:
            known = self._known[id(expression)] = expression, self._condition(expression)
        return known[1]

    def _each(self, operands: Sequence[syntax.Expression]) -> list[Formula]:
        """The formulas of all operands, even of those after one that decides: questions about them may come later."""
        return [self.condition(operand) for operand in operands]

    def _condition(self, expression: syntax.Expression) -> Formula:
        match expression:
            case syntax.Group():
                return self.condition(expression.operand)
            case syntax.Not():
                return -self.condition(expression.operand)
            case syntax.And():
                return self._formulas.conjunction(self._each(expression.operands))
            case syntax.Or():
                return self._formulas.disjunction(self._each(expression.operands))
            case syntax.Bool():
                return TRUE if expression.value else FALSE
            case syntax.Comparison():
                terms = [self._term(operand) for operand in expression.operands]
                return self._formulas.conjunction(
                    self._compare(left, relation, right)
                    for left, relation, right in zip(terms, expression.relations, terms[1:], strict=False)
                )
            case syntax.Test():
                return self._test(expression)
            case syntax.Quantified():
                return self._quantified(expression)
            case syntax.Has():
                return self._presence(self._term(expression.operand))
            case _:
                term = self._term(expression)
                if isinstance(term, BodyOf):
                    return self._atom(Kind.BOOL, term.source, IsTrue())
                return term.formula if isinstance(term, Holds) else self._opaque(expression)

    def _term(self, expression: syntax.Expression) -> Term:
        match expression:
            case syntax.Group():
                return self._term(expression.operand)
            case syntax.Number():
                return Linear((), expression.value)
            case syntax.Text():
                return expression.value
            case syntax.Time():
                return Moment(expression.minutes, Kind.TIME)
            case syntax.Weekday():
                return Moment(expression.day, Kind.WEEKDAY)
            case syntax.Pattern():
                return Regex(expression.pattern, expression.flags)
            case syntax.ListLiteral():
                return Literals(tuple(self._term(item) for item in expression.items))
            case syntax.Name():
                return self._name(expression.name, fact_read(expression))
            case syntax.Call():
                return self._call(expression)
            case syntax.Count():
                return linear.single(Count(list_source(self._term(expression.operand))))
            case syntax.Sum():
                total = Linear((), 0)
                for operand, sign in zip(expression.operands, expression.signs, strict=True):
                    self._formulas.fuel.spend_of_all(len(total.coefficients) + 2)
                    total = total.plus(self._number(self._term(operand)), 1 if sign == "+" else -1)
                return total
            case syntax.Product():
                product = Linear((), 1)
                for operand in expression.operands:
                    factor = self._number(self._term(operand))
                    self._formulas.fuel.spend_of_all(10 * (product.size + factor.size))
                    product = product.times(factor)
                return product
            case _:
                return Holds(self.condition(expression))

    def _name(self, name: str, fact: Fact | None) -> Term:
        if fact is not None:
            return self._fact(fact)
        if name in self._lets:
            return self._lets[name]
        if name in self._predicates:
            call = self._predicates[name]
            arguments = [f"{argument.name}={argument.value}" for argument in call.arguments]
            text = f"{call.target.value}({', '.join(arguments)})"
            return Holds(self._atom(Kind.UNKNOWN, Call(name, text), IsTrue()))
        raise ValueError(f"an unchecked policy: no fact is called {name}")

    def _fact(self, fact: Fact) -> Term:
        source = Source("fact", fact.name, self._zone if fact.place is Made.CLOCK else "")
        match fact.type:
            case Type.TEXT:
                return TextOf(source)
            case Type.NUMBER:
                return linear.single(source)
            case Type.LIST:
                return ListOf(source)
            case Type.BOOL:
                return Holds(self._atom(Kind.BOOL, source, IsTrue()))
            case Type.TIME:
                return MomentOf(source, Kind.TIME)
            case Type.WEEKDAY:
                return MomentOf(source, Kind.WEEKDAY)

    def _call(self, call: syntax.Call) -> Term:
        argument = call.argument.value
        match call.function:
            case "body":
                source = Source("body", argument)
                return ListOf(source) if is_list(argument) else BodyOf(source)
            case "header":
                name = argument.lower()
                alias = _HEADER_FACTS.get(name)
                return TextOf(Source("fact", alias) if alias else Source("header", name))
            case "metadata":
                return TextOf(Source("metadata", argument))
            case _:
                return self._of_label(FUNCTION_BY_NAME[call.function], argument)

    def _of_label(self, function: Function, label: str) -> Term:
        key = function.of(label)
        if key in self._lets:
            return self._lets[key]
        source = Source("label", key)
        if function.name == "cost" and self._models is not None and key not in self._outright and source not in self._costs:
            self._costs[source] = LabelCost.of(self._models, label)
        return linear.single(source) if function.type is Type.NUMBER else Holds(self._atom(Kind.BOOL, source, IsTrue()))

    # ── Comparisons ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _compare(self, left: Term, relation: syntax.Relation, right: Term) -> Formula:
        if relation == "!=":
            return -self._compare(left, "==", right)
        if isinstance(left, BodyOf) and isinstance(right, BodyOf):
            return self._opaque_about(f"{left.source} {relation} {right.source}", left.source, right.source)
        if is_text(left) or is_text(right):
            return self._text_test(left, "==", right)
        if isinstance(left, MomentTerm) and isinstance(right, MomentTerm):
            return self._moments(meaning(relation), left, right)
        return self._compare_sum(self._number(left).plus(self._number(right), -1), relation)

    def _compare_sum(self, total: Linear, relation: Relational) -> Formula:
        """The formula that a sum is in this relation to 0; the cost of a label is a sum of tokens itself, by cases."""
        for quantity, coefficient in total.coefficients:
            cost = self._costs.get(quantity) if isinstance(quantity, Source) else None
            if cost is not None:
                rest = Linear(tuple(term for term in total.coefficients if term[0] != quantity), total.constant)
                factor = Linear((), coefficient)
                return self._formulas.disjunction(
                    self._formulas.conjunction((guard, self._compare_sum(rest.plus(dollars.times(factor)), relation)))
                    for guard, dollars in cost.cases(self._formulas)
                )
        return linear.compare(self._formulas, total, relation)

    def _moments(self, holds: Callable[..., bool], *terms: MomentTerm) -> Formula:
        """The formula that this holds for the terms' values; there is a single time and weekday."""
        source = next((term.source for term in terms if isinstance(term, MomentOf)), None)

        def at(now: int) -> bool:
            return holds(*(term.value if isinstance(term, Moment) else now for term in terms))

        if source is None:
            return TRUE if at(0) else FALSE
        kind = terms[0].kind
        size = MINUTES if kind is Kind.TIME else DAYS
        ends = {end for term in terms if isinstance(term, Moment) for end in (term.value, term.value + 1) if end < size}
        values = 0
        for start, end in pairwise([*sorted({0, *ends}), size]):  # between two moments that are written none differs from another
            if at(start):
                values |= (1 << end) - (1 << start)
        return self._atom(kind, source, Within(values)) if values else FALSE

    def _number(self, term: Term) -> Linear:
        if isinstance(term, Linear):
            return term
        if isinstance(term, BodyOf):
            return linear.single(term.source)
        raise ValueError(f"an unchecked policy: {term} is no number")

    # ── Tests ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _test(self, test: syntax.Test) -> Formula:
        operator, denied = positive(test.operator)
        left = self._term(test.left)
        holds = self._membership(left, test.right) if operator == "in" else self._text_test(left, operator, self._term(test.right))
        return -holds if denied else holds

    def _membership(self, left: Term, right: syntax.Expression) -> Formula:
        right = syntax.bare(right)
        if isinstance(right, syntax.Range):
            return self._in_range(left, self._term(right.low), self._term(right.high))
        items = self._term(right)
        if isinstance(items, Literals):
            if all(isinstance(item, str) for item in items.items):
                return self._text_test(left, "in", items)
            return self._formulas.disjunction(self._compare(left, "==", item) for item in items.items)
        source = list_source(items)
        if isinstance(left, str):
            return self._atom(Kind.LIST, source, AnyElement(Among(frozenset([left])), False))
        return self._relation("in", left, source)

    def _in_range(self, left: Term, low: Term, high: Term) -> Formula:
        if isinstance(left, MomentTerm) and isinstance(low, MomentTerm) and isinstance(high, MomentTerm):
            within = in_times if left.kind is Kind.TIME else in_weekdays
            return self._moments(within, left, low, high)
        from_low, to_high = IN_NUMBERS
        return self._formulas.conjunction((self._compare(low, from_low, left), self._compare(left, to_high, high)))

    def _text_test(self, left: Term, operator: Positive, right: Term) -> Formula:
        """The formula of a text operator; `in` has literals on its right."""
        test = self._against_constant(operator, right)
        if isinstance(left, str):
            if test is not None:
                return TRUE if isinstance(test, Present) or constant_holds(test, left) else FALSE
            texts = parts_of(left, operator)
            source = text_source(right)
            if texts is None:
                return self._opaque_about(f'"{left}" {operator} {source}', source)
            return self._atom(Kind.TEXT, source, Among(texts))
        if test is not None:
            return self._atom(Kind.TEXT, text_source(left), test)
        return self._relation(operator, left, text_source(right))

    def _against_constant(self, operator: Positive, right: Term) -> Among | Found | Present | None:
        """The test on a text, None if it is compared with another part of the request."""
        match operator, right:
            case _, Literals():
                return Among(frozenset(item for item in right.items if isinstance(item, str)))
            case _, Regex():
                return regex_test(right.pattern, right.flags)
            case "==", str():
                return Among(frozenset([right]))
            case "matches", str():
                return glob_test(right)
            case ("contains" | "starts with" | "ends with") as found, str():
                return Found(found, right) if right else Present()
            case _:
                return None

    def _quantified(self, quantified: syntax.Quantified) -> Formula:
        items = list_source(self._term(quantified.operand))
        operator, negated, none = some_element(quantified.quantifier, quantified.operator)
        right = self._term(quantified.right)
        test = self._against_constant(operator, right)
        if test is None:
            left = f"{'not ' if negated else ''}{operator}"
            holds = self._opaque_about(f"any {items} {left} {right}", items, *sources_of(right))
            holds = self._formulas.conjunction((holds, self._list_has_elements(items)))
        elif isinstance(test, Present):
            holds = FALSE if negated else self._list_has_elements(items)
        else:
            holds = self._atom(Kind.LIST, items, AnyElement(test, negated))
        return -holds if none else holds

    def _list_has_elements(self, items: Source) -> Formula:
        return linear.compare(self._formulas, linear.single(Count(items)), ">")

    def _presence(self, term: Term) -> Formula:
        match term:
            case TextOf():
                return self._atom(Kind.TEXT, term.source, Present())
            case ListOf():
                return self._atom(Kind.LIST, term.source, Present())
            case BodyOf():
                return self._atom(Kind.ANY, term.source, Present())
            case Linear():
                asked = (quantity for quantity, _ in term.coefficients if not (isinstance(quantity, Source) and self._costs.get(quantity)))
                return self._formulas.conjunction(linear.presence(self._formulas, quantity) for quantity in asked)
            case Holds():
                return self._bool_presence(term.formula)
            case _:
                return TRUE

    def _bool_presence(self, formula: Formula) -> Formula:
        node = self._formulas.nodes[formula] if formula > 0 else None
        if isinstance(node, Atom) and node.subject.kind is Kind.BOOL:
            return self._formulas.atom(Atom(node.subject, Present()))
        return TRUE

    # ── Questions without an answer here ─────────────────────────────────────────────────────────────────────────────

    def _relation(self, operator: Positive, left: Term, right: Source) -> Formula:
        one = text_source(left)
        there = [self._atom(Kind.TEXT, one, Present())]
        if operator == "in":
            there.append(self._list_has_elements(right))
            return self._formulas.conjunction((*there, self._atom(Kind.UNKNOWN, Relation("in", one, right), IsTrue())))
        there.append(self._atom(Kind.TEXT, right, Present()))
        if one == right:
            return there[0]
        first, second = sorted((one, right), key=str) if operator == "==" else (one, right)
        return self._formulas.conjunction((*there, self._atom(Kind.UNKNOWN, Relation(operator, first, second), IsTrue())))

    def _opaque(self, expression: syntax.Expression) -> Formula:
        return self._opaque_about(expression.span.text)

    def _opaque_about(self, text: str, *about: Source) -> Formula:
        return self._atom(Kind.UNKNOWN, Opaque(text, about), IsTrue())

    def _atom(self, kind: Kind, of: Source | Relation | Call | Opaque, test: object) -> Formula:
        return self._formulas.atom(Atom(Subject(kind, of), test))  # type: ignore[arg-type]

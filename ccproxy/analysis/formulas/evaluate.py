"""Evaluates formulas for known facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ccproxy.analysis.formulas.atoms import (
    Among,
    AnyElement,
    Atom,
    Combination,
    Compare,
    Count,
    Found,
    Kind,
    Present,
    Product,
    Quantity,
    Relation,
    Source,
    Subject,
    Within,
)
from ccproxy.analysis.formulas.formula import Formula, Formulas
from ccproxy.analysis.formulas.text_tests import constant_holds
from ccproxy.facts.values import Value
from ccproxy.language.operators import meaning
from ccproxy.language.syntax import Exact

Values = Callable[[Subject], Value]
"""Gives the value of a subject that is not a sum, product or relation of others; None for an unanswered question."""


class Evaluator:
    """Evaluates the formulas of a policy. The result is None (unknown) if it depends on a question that the analysis doesn't follow."""

    def __init__(self, formulas: Formulas) -> None:
        self._formulas = formulas

    def holds(self, formula: Formula, values: Values, known: dict[int, bool | None]) -> bool | None:
        """Whether the formula holds; `known` caches the results of its nodes."""
        stack = [abs(formula)]
        known.setdefault(1, True)
        while stack:
            top = stack[-1]
            if top in known:
                stack.pop()
                continue
            node = self._formulas.nodes[top]
            if isinstance(node, Atom):
                known[top] = self.passes(node, values)
                continue
            waiting = False
            verdict: bool | None = True
            for child in node or ():
                if abs(child) not in known:
                    stack.append(abs(child))
                    waiting = True
                    break
                found = known[abs(child)]
                if found is None:
                    verdict = None
                elif found != (child > 0):
                    verdict = False
                    break
            if not waiting:
                known[top] = verdict
        verdict = known[abs(formula)]
        return None if verdict is None else verdict == (formula > 0)

    def passes(self, atom: Atom, values: Values) -> bool | None:
        """Whether the subject passes the test."""
        subject = atom.subject
        if subject.kind is Kind.NUMBER and isinstance(subject.of, Source | Count | Combination | Product):
            return None if _has_product(subject.of) else _passes_number(atom, number_of(subject.of, values))
        if isinstance(subject.of, Relation):
            return _related(subject.of, values)
        value = values(subject)
        if value is None:
            return None if subject.kind is Kind.UNKNOWN else False
        match atom.test:
            case Present():
                return True
            case Among():
                return value in atom.test.texts
            case Found():
                return isinstance(value, str) and constant_holds(atom.test, value)
            case Within():
                return isinstance(value, int) and bool(atom.test.values >> value & 1)
            case AnyElement():
                return isinstance(value, tuple) and any(self.element_passes(atom.test, element) for element in value)
            case _:
                return value is True

    def element_passes(self, question: AnyElement, element: str) -> bool:
        """Whether an element is among those that the question looks for."""
        return constant_holds(question.test, element) != question.negated


def _has_product(quantity: Quantity) -> bool:
    return isinstance(quantity, Product) or (isinstance(quantity, Combination) and any(_has_product(part) for part, _ in quantity.terms))


def number_of(quantity: Quantity, values: Values) -> Exact | None:
    """The value of the quantity, None if it or a part of it is missing."""
    match quantity:
        case Count():
            elements = values(Subject(Kind.LIST, quantity.source))
            return len(elements) if isinstance(elements, tuple) else 0
        case Combination():
            total: Exact = 0
            for part, coefficient in quantity.terms:
                worth = number_of(part, values)
                if worth is None:
                    return None
                total += coefficient * worth
            return total
        case Product():
            raise ValueError(f"the analysis does not multiply: {quantity}")
        case Source():
            value = values(Subject(Kind.NUMBER, quantity))
            return None if value is None or isinstance(value, str | bool | tuple) else value


def _passes_number(atom: Atom, number: Exact | None) -> bool:
    if number is None or not isinstance(atom.test, Compare):
        return number is not None
    return meaning(atom.test.relation)(number, atom.test.bound)


def _related(relation: Relation, values: Values) -> bool:
    left = values(Subject(Kind.TEXT, relation.left))
    if relation.operator == "in":
        elements = values(Subject(Kind.LIST, relation.right))
        return isinstance(left, str) and isinstance(elements, tuple) and meaning("in")(left, elements)
    right = values(Subject(Kind.TEXT, relation.right))
    if not isinstance(left, str) or not isinstance(right, str):
        return False
    return meaning(relation.operator)(left, right)


def with_values(changed: Mapping[Subject, Value], others: Values) -> Values:
    """A lookup of values with some of them changed."""
    return lambda subject: changed[subject] if subject in changed else others(subject)

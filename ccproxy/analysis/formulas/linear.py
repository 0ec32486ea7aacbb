"""Sums of quantities with exact coefficients, and the formulas for comparing them with 0."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd, lcm

from ccproxy.analysis.formulas.atoms import Atom, Combination, Compare, Count, Kind, Present, Product, Quantity, Source, Subject
from ccproxy.analysis.formulas.formula import FALSE, TRUE, Formula, Formulas
from ccproxy.frozen import frozen
from ccproxy.language.literals import exact
from ccproxy.language.operators import MIRRORED, Relational, meaning
from ccproxy.language.syntax import Exact


@frozen
class Linear:
    """`constant` plus each quantity times its coefficient, which may be 0: any quantity mentioned has to be present."""

    coefficients: tuple[tuple[Quantity, Exact], ...]
    constant: Exact

    def plus(self, other: Linear, sign: int = 1) -> Linear:
        """This plus `sign` times the other."""
        sums = dict(self.coefficients)
        for quantity, coefficient in other.coefficients:
            sums[quantity] = sums.get(quantity, 0) + sign * coefficient
        return Linear(tuple(sums.items()), self.constant + sign * other.constant)

    @property
    def size(self) -> int:
        """A measure of its length."""
        return sum(map(_size, (quantity for quantity, _ in self.coefficients)))

    def times(self, other: Linear) -> Linear:
        """The product: exact if one of the two is a constant, else a quantity of its own."""
        for one, two in ((self, other), (other, self)):
            if not two.coefficients:
                scaled = tuple((quantity, coefficient * two.constant) for quantity, coefficient in one.coefficients)
                return Linear(scaled, one.constant * two.constant)
        factors = [_as_quantity(self), _as_quantity(other)]
        return Linear(((Product(tuple(sorted(factors, key=repr))), 1),), 0)


def _size(quantity: Quantity) -> int:
    match quantity:
        case Product():
            return sum(map(_size, quantity.factors)) + 1
        case Combination():
            return len(quantity.terms) + 1
        case _:
            return 1


def single(quantity: Quantity) -> Linear:
    """The quantity as a sum."""
    return Linear(((quantity, 1),), 0)


def _as_quantity(linear: Linear) -> Quantity:
    """A single quantity that represents a sum multiplied with another: it identifies the sum, and doesn't know its value."""
    if len(linear.coefficients) == 1 and linear.coefficients[0][1] == 1 and linear.constant == 0:
        return linear.coefficients[0][0]
    from hashlib import sha256  # OpenSSL takes its time to load

    told_apart = sha256(repr(linear).encode("utf-8", "surrogatepass")).hexdigest()
    return Product((*dict.fromkeys(leaf for quantity, _ in linear.coefficients for leaf in _leaves(quantity)), Source("sum", told_apart)))


def _leaves(quantity: Quantity) -> Iterator[Quantity]:
    """The components of a quantity, which is present if all of them are."""
    match quantity:
        case Product():
            for factor in quantity.factors:
                yield from _leaves(factor)
        case Combination():
            for part, _ in quantity.terms:
                yield from _leaves(part)
        case Source() if quantity.reader == "sum":
            return
        case _:
            yield quantity


def compare(formulas: Formulas, linear: Linear, relation: Relational) -> Formula:
    """The formula that the sum is in this relation to 0, and that all of it is present."""
    terms = [(quantity, coefficient) for quantity, coefficient in linear.coefficients if coefficient != 0]
    needs = [presence(formulas, quantity) for quantity, coefficient in linear.coefficients if coefficient == 0]
    if not terms:
        return formulas.conjunction((*needs, TRUE if meaning(relation)(linear.constant, 0) else FALSE))
    formulas.fuel.spend_of_all(10 * linear.size)
    terms.sort(key=lambda term: repr(term[0]))
    scale = Fraction(1)
    quantity: Quantity
    if len(terms) == 1:
        quantity, coefficient = terms[0]
        scale = Fraction(coefficient)
    else:
        whole = lcm(*(Fraction(coefficient).denominator for _, coefficient in terms))
        common = gcd(*(int(coefficient * whole) for _, coefficient in terms))
        scale = Fraction(common, whole) * (1 if terms[0][1] > 0 else -1)
        quantity = Combination(tuple((part, int(coefficient / scale)) for part, coefficient in terms))
    bound = exact(Fraction(-linear.constant) / scale)
    test = Compare(relation if scale > 0 else MIRRORED[relation], bound)
    return formulas.conjunction((*needs, formulas.atom(Atom(Subject(Kind.NUMBER, quantity), test))))


def presence(formulas: Formulas, quantity: Quantity) -> Formula:
    """The formula that the quantity is present."""
    match quantity:
        case Count():
            return TRUE
        case Combination():
            return formulas.conjunction(presence(formulas, part) for part, _ in quantity.terms)
        case Product():
            return formulas.conjunction(presence(formulas, factor) for factor in quantity.factors)
        case Source():
            return TRUE if quantity.reader == "sum" else formulas.atom(Atom(Subject(Kind.NUMBER, quantity), Present()))

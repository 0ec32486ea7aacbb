"""Sums of token counts: bounds decide comparisons of them where possible, before everything is counted."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ccproxy.facts.definitions import TOKEN_COUNTS
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.literals import exact
from ccproxy.language.syntax import Exact


@frozen
class TokenSum:
    """Σ factor · token fact + constant."""

    terms: tuple[tuple[str, Exact], ...]
    constant: Exact

    def scaled(self, factor: Exact) -> TokenSum:
        """This sum multiplied by a number."""
        return TokenSum(tuple((name, value * factor) for name, value in self.terms), self.constant * factor)

    def plus(self, other: TokenSum) -> TokenSum:
        """The sum of this and another one."""
        factors = dict(self.terms)
        for name, factor in other.terms:
            factors[name] = factors.get(name, 0) + factor
        terms = tuple((name, exact(Fraction(factor))) for name, factor in factors.items() if factor)
        return TokenSum(terms, exact(Fraction(self.constant + other.constant)))


def token_sum(expression: syntax.Expression, value_of: Callable[[str], syntax.Expression | None]) -> TokenSum | None:
    """The expression as a sum of token facts and numbers; None if it is anything else.

    `value_of` returns the expression that a let names, or None for any other name.
    """
    match syntax.bare(expression):
        case syntax.Number(value=value):
            return TokenSum((), value)
        case syntax.Name(name=name) if name in TOKEN_COUNTS:
            return TokenSum(((name, 1),), 0)
        case syntax.Name(name=name):
            named = value_of(name)
            return None if named is None else token_sum(named, value_of)
        case syntax.Sum(operands=operands, signs=signs):
            total = TokenSum((), 0)
            for operand, sign in zip(operands, signs, strict=True):
                part = token_sum(operand, value_of)
                if part is None:
                    return None
                total = total.plus(part if sign == "+" else part.scaled(-1))
            return total
        case syntax.Product(operands=operands):
            product = TokenSum((), 1)
            for operand in operands:
                part = token_sum(operand, value_of)
                if part is None or (part.terms and product.terms):
                    return None
                product = part.scaled(product.constant) if part.terms else product.scaled(part.constant)
            return product
        case _:
            return None

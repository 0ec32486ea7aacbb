"""Bounds arithmetic: how large a number in the policy can get is known before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import log10

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.literals import MAX_PLACES, MAX_WHOLE, exact, is_within_limits
from ccproxy.source import Span

MAX_DEGREE = 8
"""Maximum non-constant factors of a product, through `let`s and sums."""
MAX_GROWN = 1_000
"""Maximum digits, before and after the point, that constants come to through nested `let`s."""

_OUT_OF_REACH = 1 << 16
"""Bits: a product larger than this is rejected even if its other constants would bring it back within the limits."""


@frozen
class Extent:
    """How large a number can get.

    `degree` counts the non-constant factors. If each of them were 1, the number would have `whole` digits before the point (its
    logarithm) and `places` after it. `value` is that of a constant.
    """

    degree: int
    whole: float
    places: int
    value: syntax.Exact | None = None


_FACT = Extent(1, 0, 0)


class ExtentError(Exception):
    """Raised for a number that can get too large; `diagnostic` says where and why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def check_arithmetic(statement: syntax.Node, lets: Mapping[str, Extent]) -> None:
    """Check every sum and product of a statement; `lets` has the numbers defined before it. Raises ExtentError."""
    stack = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, syntax.Sum | syntax.Product):
            extent_of(node, lets)
        else:
            stack.extend(syntax.children_of(node))


def extent_of(expression: syntax.Expression, lets: Mapping[str, Extent]) -> Extent:
    """The extent of a number. Raises ExtentError."""
    match syntax.bare(expression):
        case syntax.Number(value=value):
            return Extent(0, _digits(value), _places(value), value)
        case syntax.Name(name=name) if name in lets:
            return lets[name]
        case syntax.Sum() as total:
            return _of_sum(total, lets)
        case syntax.Product() as product:
            return _of_product(product, lets)
        case _:
            return _FACT


def _of_sum(total: syntax.Sum, lets: Mapping[str, Extent]) -> Extent:
    parts = [(sign, operand, extent_of(operand, lets)) for sign, operand in _terms(total)]
    written = [(sign, part) for sign, operand, part in parts if not isinstance(operand, syntax.Product)]
    constant = _total(written)
    _demand(is_within_limits(constant), Code.NUMBER_TOO_LARGE, total.span, f"the numbers of this sum come to more than {_LIMITS}")
    most = max(part.whole for _, _, part in parts)
    whole = most + log10(sum(10 ** (part.whole - most) for _, _, part in parts))
    value = _total([(sign, part) for sign, _, part in parts]) if all(part.value is not None for _, _, part in parts) else None
    return _grown(Extent(max(part.degree for _, _, part in parts), whole, max(part.places for _, _, part in parts), value), total.span)


def _total(parts: list[tuple[int, Extent]]) -> syntax.Exact:
    return exact(sum((sign * Fraction(part.value) for sign, part in parts if part.value is not None), Fraction(0)))


def _of_product(product: syntax.Product, lets: Mapping[str, Extent]) -> Extent:
    parts = [(operand, extent_of(operand, lets)) for operand in _factors(product)]
    degree = sum(part.degree for _, part in parts)
    message = f"the product has {degree} factors that aren't constant, those of its lets counted; the limit is {MAX_DEGREE}"
    _demand(degree <= MAX_DEGREE, Code.DEGREE_TOO_HIGH, product.span, message)
    constant = _multiplied([part for operand, part in parts if not isinstance(operand, syntax.Sum)])
    within = constant is not None and is_within_limits(constant)
    _demand(within, Code.NUMBER_TOO_LARGE, product.span, f"the numbers of this product come to more than {_LIMITS}")
    others = [part for operand, part in parts if part.value is None or isinstance(operand, syntax.Sum)]
    whole = _digits(constant or 0) + sum(part.whole for part in others)
    places = _places(constant or 0) + sum(part.places for part in others)
    value = _multiplied([part for _, part in parts]) if degree == 0 else None
    return _grown(Extent(degree, whole, places, value), product.span)


def _multiplied(parts: list[Extent]) -> syntax.Exact | None:
    """The product of the constants among them; None if it is too large to compute."""
    values = [Fraction(part.value) for part in parts if part.value is not None]
    if 0 in values:
        return 0
    over, under = 1, 1
    for value in values:
        over, under = over * value.numerator, under * value.denominator
        if over.bit_length() > _OUT_OF_REACH or under.bit_length() > _OUT_OF_REACH:
            over, under = Fraction(over, under).as_integer_ratio()
        if over.bit_length() > _OUT_OF_REACH or under.bit_length() > _OUT_OF_REACH:
            return None
    return exact(Fraction(over, under))


def _terms(total: syntax.Sum) -> Iterator[tuple[int, syntax.Expression]]:
    """The operands with their signs, those of sums in parentheses included."""
    for written, operand in zip(total.signs, total.operands, strict=True):
        sign, inner = 1 if written == "+" else -1, syntax.bare(operand)
        if isinstance(inner, syntax.Sum):
            yield from ((sign * below, term) for below, term in _terms(inner))
        else:
            yield sign, inner


def _factors(product: syntax.Product) -> Iterator[syntax.Expression]:
    """The operands, those of products in parentheses included."""
    for operand in product.operands:
        inner = syntax.bare(operand)
        if isinstance(inner, syntax.Product):
            yield from _factors(inner)
        else:
            yield inner


_LIMITS = f"{MAX_WHOLE} digits before the point or {MAX_PLACES} after it"


def _grown(extent: Extent, span: Span) -> Extent:
    message = f"with its lets and parentheses this comes to more than {MAX_GROWN:,} digits"
    _demand(extent.whole <= MAX_GROWN and extent.places <= MAX_GROWN, Code.NUMBER_TOO_LARGE, span, message)
    return extent


def _demand(holds: bool, code: Code, span: Span, message: str) -> None:
    if not holds:
        hint = "compare fewer facts" if code is Code.DEGREE_TOO_HIGH else "no request has such numbers: write smaller ones"
        raise ExtentError(Diagnostic(code, span, message, hint))


def _digits(value: syntax.Exact) -> float:
    if value == 0:
        return 0
    return max(0, log10(abs(value.numerator)) - log10(value.denominator))


def _places(value: syntax.Exact) -> int:
    """The digits after the point; more than any limit for a number beyond the limits."""
    return next((places for places in range(MAX_GROWN + 1) if 10**places % value.denominator == 0), MAX_GROWN + 1)

"""Solves linear inequalities over exact numbers, or proves that there is no solution (Fourier-Motzkin elimination)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.space.intervals import Interval
from ccproxy.frozen import frozen
from ccproxy.language.literals import exact
from ccproxy.language.syntax import Exact

_MAX_INEQUALITIES = 2_000
_MAX_TRIES = 400


@frozen
class Inequality:
    """The sum of the coefficients times their variables, plus the constant, is at least 0, or with `strict` greater."""

    coefficients: Mapping[int, Exact]
    constant: Exact
    strict: bool = False


def bounds(coefficients: Mapping[int, Exact], interval: Interval) -> list[Inequality]:
    """The inequalities that keep a sum in the interval."""
    result = []
    if interval.low is not None:
        result.append(Inequality(coefficients, -interval.low, interval.low_open))
    if interval.high is not None:
        negated = {variable: -coefficient for variable, coefficient in coefficients.items()}
        result.append(Inequality(negated, interval.high, interval.high_open))
    return result


def solve(inequalities: Sequence[Inequality], whole: Mapping[int, bool], high: frozenset[int], fuel: Fuel) -> dict[int, Exact] | None:
    """Values for all variables of `whole` (which says whether each has to be whole): small ones preferred, large ones for those in `high`.

    None if there is no solution. OutOfFuelError if there is one in fractions, but none in whole numbers was found.
    """
    stages: list[tuple[int, list[Inequality]]] = []
    rest = list(inequalities)
    for variable in sorted(whole, key=whole.__getitem__):  # what is eliminated first gets its value last, when any fraction will do
        fuel.spend(len(rest) + 1)
        about = [item for item in rest if item.coefficients.get(variable, 0) != 0]
        rest = [item for item in rest if item.coefficients.get(variable, 0) == 0]
        stages.append((variable, about))
        lower = [item for item in about if item.coefficients[variable] > 0]
        upper = [item for item in about if item.coefficients[variable] < 0]
        if len(lower) * len(upper) + len(rest) > _MAX_INEQUALITIES:
            raise OutOfFuelError("its sums are too many to relate to each other")
        fuel.spend(len(lower) * len(upper))
        rest = _tightest([*rest, *(_combined(one, two, variable) for one in lower for two in upper)])
    if any(item.constant < 0 or (item.strict and item.constant == 0) for item in rest):
        return None
    stages.reverse()
    stack: list[dict[int, Exact]] = [{}]
    complete = True
    for _ in range(_MAX_TRIES):
        if not stack:
            break
        values = stack.pop()
        if len(values) == len(stages):
            return values
        variable, about = stages[len(values)]
        interval = _interval(variable, about, values)
        picked = interval.pick(whole[variable], variable in high)
        more = interval.more() if whole[variable] else []
        options = list(dict.fromkeys(value for value in (picked, *more) if value is not None))
        complete = complete and (not whole[variable] or interval.whole_count() == len(options))
        stack.extend({**values, variable: value} for value in reversed(options))
    if complete and not stack:
        return None  # all possible whole numbers were tried
    raise OutOfFuelError("whole numbers for its sums were not found")


def _tightest(inequalities: Sequence[Inequality]) -> list[Inequality]:
    """These without those that follow from another one over a multiple of the same sum."""
    found: dict[tuple[tuple[int, Exact], ...], tuple[tuple[Exact, bool], Inequality]] = {}
    for item in inequalities:
        there = sorted((variable, coefficient) for variable, coefficient in item.coefficients.items() if coefficient)
        size = _size(there[0][1]) if there else 1
        sums = tuple([(variable, _divided(coefficient, size)) for variable, coefficient in there])
        room = _divided(item.constant, size), not item.strict
        known = found.get(sums)
        if known is None or room < known[0]:
            found[sums] = room, item
    return [item for _, item in found.values()]


def _size(value: Exact) -> Exact:
    return -value if value < 0 else value


def _divided(value: Exact, by: Exact) -> Exact:
    """The quotient, without fractions where none is needed: they take their time."""
    return value if by == 1 else Fraction(value) / by


def _combined(lower: Inequality, upper: Inequality, variable: int) -> Inequality:
    """The inequality that follows from a lower and an upper bound of the variable, without the variable."""
    one, two = -upper.coefficients[variable], lower.coefficients[variable]
    names = [name for name in {**lower.coefficients, **upper.coefficients} if name != variable]
    sums = {name: lower.coefficients.get(name, 0) * one + upper.coefficients.get(name, 0) * two for name in names}
    sums = {name: coefficient for name, coefficient in sums.items() if coefficient != 0}
    return Inequality(sums, lower.constant * one + upper.constant * two, lower.strict or upper.strict)


def _interval(variable: int, about: Sequence[Inequality], values: Mapping[int, Exact]) -> Interval:
    """The interval of the variable once the others have their values."""
    low: tuple[Exact, bool] | None = None
    high: tuple[Exact, bool] | None = None
    for item in about:
        others = sum(coefficient * values[name] for name, coefficient in item.coefficients.items() if coefficient and name != variable)
        coefficient = item.coefficients[variable]
        rest = -item.constant - others
        end = _divided(rest if coefficient > 0 else -rest, _size(coefficient))
        if coefficient > 0:
            low = (end, item.strict) if low is None else max(low, (end, item.strict))
        else:
            high = (end, item.strict) if high is None or (end, not item.strict) < (high[0], not high[1]) else high
    return Interval(
        None if low is None else exact(Fraction(low[0])),
        None if high is None else exact(Fraction(high[0])),
        low is not None and low[1],
        high is not None and high[1],
    )

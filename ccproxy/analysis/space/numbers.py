"""The numbers of a request: an interval variable for each quantity, and the relations between quantities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction

from ccproxy.analysis.formulas.atoms import Atom, Combination, Compare, Count, Kind, Present, Product, Quantity, Source, Subject, Test
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.space import inequalities
from ccproxy.analysis.space.inequalities import Inequality
from ccproxy.analysis.space.intervals import Interval, Intervals
from ccproxy.analysis.space.masks import key_of, runs_in
from ccproxy.analysis.space.solver import Box, Domain
from ccproxy.analysis.space.variables import MAX_KEPT, Choices, Literal, Preference, Space, bounds_of, is_usual, may_be_missing
from ccproxy.facts.definitions import FACTS
from ccproxy.facts.schema import Fact
from ccproxy.facts.values import Value
from ccproxy.language.literals import exact

_MAX_CASES = 60

AT_MOST = tuple((fact.name, fact.bounds.most) for fact in FACTS if fact.bounds.most is not None)
"""Facts that by definition never exceed another."""

_SUMS = tuple(fact for fact in FACTS if fact.parts)


def _family(total: Fact) -> tuple[str, ...]:
    """A sum, its parts, and the facts that never exceed one of these."""
    members = (total.name, *total.parts)
    return (*members, *(low for low, high in AT_MOST if high in members))


_FAMILIES = tuple(map(_family, _SUMS))
_PAIRS = tuple(pair for pair in AT_MOST if not any(set(pair) <= set(family) for family in _FAMILIES))


class Number:
    """The classes of one quantity: the intervals, and last, if it can be missing, one for that."""

    def __init__(self, space: Space, quantity: Quantity, tests: Iterable[Test]) -> None:
        subject = self.subject = Subject(Kind.NUMBER, quantity)
        comparisons = [test for test in tests if isinstance(test, Compare)]
        if isinstance(quantity, Count):
            comparisons.append(Compare(">", 0))
        self.quantity = quantity
        self.intervals = Intervals(comparisons, _is_whole(quantity), _least(quantity))
        self.optional = _may_be_missing(quantity)
        size = len(self.intervals.items)
        self.variable = space.variable(size + self.optional)
        self.there: Literal = (self.variable, (1 << size) - 1)
        self._picked: dict[tuple[int, bool], Value] = {}
        for test in comparisons:
            space.fuel.spend_of_all(10 + size // 64)
            space.literals[Atom(subject, test)] = self.variable, self.intervals.mask(test)
        space.literals[Atom(subject, Present())] = self.there

    def pick(self, classes: int, high: bool, fuel: Fuel) -> Value:
        """A number of these classes, the lowest or with `high` the highest that is natural; None if there is none."""
        key = classes, high
        if key not in self._picked:
            fuel.spend(1 + len(self.intervals.items) // 50)
            picked = (interval.pick(self.intervals.whole, high) for interval in self.runs(classes))
            self._picked[key] = next((value for value in picked if value is not None), None)
        return self._picked[key]

    def runs(self, classes: int) -> Iterator[Interval]:
        """The intervals, with those of neighbouring classes joined."""
        items = self.intervals.items
        for start, end in runs_in(classes & self.there[1]):
            low, high = items[start], items[end]
            yield Interval(low.low, high.high, low.low_open, high.high_open)


class Numbers:
    """All quantities that the policy asks for."""

    def __init__(self, space: Space, asked: Mapping[Quantity, list[Test]]) -> None:
        self._space = space
        tests = dict(asked)
        for quantity in list(asked):
            for part in _parts(quantity):
                tests.setdefault(part, [])
        self.numbers = {quantity: Number(space, quantity, of) for quantity, of in tests.items()}
        for quantity, number in self.numbers.items():
            terms = [self.numbers[part] for part in _parts(quantity)]
            for term in terms:  # a sum is present exactly if all of it is
                if term.optional:
                    space.forbid(number.there, space.negated(term.there))
            if terms and number.optional:
                space.forbid(space.negated(number.there), *(term.there for term in terms))
        self._groups = self._related()
        related = {quantity for group in self._groups for quantity in group}
        self._chosen: dict[tuple[Quantity | frozenset[Subject] | tuple[int, int], ...], Box | dict[Quantity, Value]] = {}
        self._size = 100 + sum(len(self.numbers[quantity].intervals.items) for quantity in related)
        self._single = [number for quantity, number in self.numbers.items() if quantity not in related]

    def choose(self, domain: Domain, choices: Choices, preference: Preference) -> Box | None:
        """See `Part`. What was chosen for some classes is so always."""
        for number in self._single:
            choices[number.subject] = self._alone(number, domain, preference)
        for group in self._groups:
            classes = [domain[self.numbers[quantity].variable] for quantity in group]
            key = group[0], preference.high, *map(key_of, classes)
            if key not in self._chosen:
                if len(self._chosen) * self._size > MAX_KEPT:
                    self._chosen.clear()
                self._chosen[key] = self._choose_group(group, domain, preference)
            chosen = self._chosen[key]
            if not isinstance(chosen, dict):
                return chosen
            for quantity in group:
                choices[self.numbers[quantity].subject] = chosen.get(quantity)
        return None

    def _alone(self, number: Number, domain: Domain, preference: Preference) -> Value:
        classes = domain[number.variable]
        if self._left_out(number, classes):
            return None
        return number.pick(classes, number.subject in preference.high, self._space.fuel)

    @staticmethod
    def _left_out(number: Number, classes: int) -> bool:
        """Whether to leave the value out: because it has to be missing, or may be and often is."""
        there = classes & number.there[1]
        if not there or not number.optional:
            return not there
        usual = isinstance(number.quantity, Source) and is_usual(number.quantity)
        return there != classes and not usual

    # ── Quantities that have to do with each other ───────────────────────────────────────────────────────────────────

    def _related(self) -> list[list[Quantity]]:
        """The groups of quantities that are related by sums or definitions."""
        groups = [[quantity, *_parts(quantity)] for quantity in self.numbers if isinstance(quantity, Combination)]
        present = {quantity.name for quantity in self.numbers if isinstance(quantity, Source) and quantity.reader == "fact"}
        related = [[name for name in family if name in present] for family in (*_FAMILIES, *_PAIRS)]
        groups += [[Source("fact", name) for name in names] for names in related if len(names) > 1]
        merged: dict[Quantity, dict[Quantity, None]] = {}
        """The group that each quantity is in."""
        for group in groups:
            own = {id(found): found for quantity in group if (found := merged.get(quantity)) is not None}
            joined = max(own.values(), key=len, default={})
            for quantity in (*group, *(quantity for other in own.values() if other is not joined for quantity in other)):
                joined[quantity] = None
                merged[quantity] = joined
        return [list(found) for found in {id(found): found for found in merged.values()}.values()]

    def _choose_group(self, group: list[Quantity], domain: Domain, preference: Preference) -> Box | dict[Quantity, Value]:
        """Values for those of the group that are there; or a box without requests that meets all of the domain."""
        wanted = [quantity for quantity in group if not self._left_out(self.numbers[quantity], domain[self.numbers[quantity].variable])]
        values = self._solve(wanted, domain, preference)
        if values is None:  # those that don't have to be present may be in the way
            needed = [quantity for quantity in wanted if not domain[self.numbers[quantity].variable] & ~self.numbers[quantity].there[1]]
            if len(needed) < len(wanted):
                wanted = needed
                values = self._solve(wanted, domain, preference)
        return self._conflict(wanted, domain) if values is None else values

    def _conflict(self, group: list[Quantity], domain: Domain) -> Box:
        """A small subset of the quantities that is already impossible."""
        core = list(group)
        for quantity in group:
            self._space.fuel.spend(2 * len(core))
            fewer = [other for other in core if other != quantity]
            with suppress(OutOfFuelError):
                if fewer and self._solve(fewer, domain, Preference(), frozenset(group)) is None:
                    core = fewer
        variables = [self.numbers[quantity].variable for quantity in core]
        return tuple(sorted((variable, domain[variable]) for variable in variables))

    def _solve(
        self, group: list[Quantity], domain: Domain, preference: Preference, free: frozenset[Quantity] = frozenset()
    ) -> dict[Quantity, Value] | None:
        """Values for the group, each in its classes; those in `free` that are not may take any value."""
        self._space.fuel.spend(10 * (len(group) + len(free)))
        names: list[Quantity] = [quantity for quantity in dict.fromkeys((*group, *free)) if not isinstance(quantity, Combination)]
        for family in _FAMILIES:
            members = [Source("fact", name) for name in family]
            if any(member in names for member in members):
                names += [member for member in members if member not in names]
        index = {quantity: number for number, quantity in enumerate(names)}
        fixed = self._definitions(index)
        choices = [(quantity, list(self.numbers[quantity].runs(domain[self.numbers[quantity].variable]))) for quantity in group]
        whole = {number: _is_whole(quantity) for quantity, number in index.items()}
        high = frozenset(number for quantity, number in index.items() if Subject(Kind.NUMBER, quantity) in preference.high)
        tried = 0
        undecided: OutOfFuelError | None = None
        stack: list[tuple[int, list[Inequality]]] = [(0, fixed)]
        while stack:
            at, facts = stack.pop()
            if at < len(choices):
                quantity, runs = choices[at]
                terms = self._terms(quantity, index)
                stack.extend((at + 1, [*facts, *inequalities.bounds(terms, run)]) for run in reversed(runs))
                continue
            tried += 1
            if tried > _MAX_CASES:
                raise OutOfFuelError("its numbers are related in too many ways")
            try:
                values = inequalities.solve(facts, whole, high, self._space.fuel)
            except OutOfFuelError as error:
                undecided = error
                continue
            if values is not None:
                found: dict[Quantity, Value] = {quantity: values[number] for quantity, number in index.items()}
                for quantity in group:
                    if isinstance(quantity, Combination):
                        found[quantity] = exact(Fraction(sum(coefficient * values[index[part]] for part, coefficient in quantity.terms)))
                return found
        if undecided is not None:
            raise undecided
        return None

    @staticmethod
    def _terms(quantity: Quantity, index: dict[Quantity, int]) -> dict[int, int]:
        if isinstance(quantity, Combination):
            return {index[part]: coefficient for part, coefficient in quantity.terms}
        return {index[quantity]: 1}

    @staticmethod
    def _definitions(index: dict[Quantity, int]) -> list[Inequality]:
        """The inequalities that hold for the quantities by definition."""
        result = [Inequality({number: 1}, -least) for quantity, number in index.items() if (least := _least(quantity)) is not None]
        at = {quantity.name: number for quantity, number in index.items() if isinstance(quantity, Source) and quantity.reader == "fact"}
        for total in _SUMS:
            if total.name in at:
                result += inequalities.bounds({at[total.name]: 1, **{at[part]: -1 for part in total.parts}}, Interval(0, 0))
        result += [Inequality({at[high]: 1, at[low]: -1}, 0) for low, high in AT_MOST if low in at and high in at]
        return result


def _parts(quantity: Quantity) -> tuple[Quantity, ...]:
    return tuple(part for part, _ in quantity.terms) if isinstance(quantity, Combination) else ()


def _is_whole(quantity: Quantity) -> bool:
    match quantity:
        case Count():
            return True
        case Source():
            return bounds_of(quantity).whole
        case Combination():
            return all(_is_whole(part) for part, _ in quantity.terms)
        case Product():
            return False


def _least(quantity: Quantity) -> int | None:
    """The least value of a quantity; unknown for sums and products."""
    match quantity:
        case Count():
            return 0
        case Source():
            return bounds_of(quantity).least
        case Combination() | Product():
            return None


def _may_be_missing(quantity: Quantity) -> bool:
    match quantity:
        case Count():
            return False
        case Source():
            return quantity.reader == "sum" or may_be_missing(quantity)
        case Combination():
            return any(_may_be_missing(part) for part, _ in quantity.terms)
        case Product():
            return True

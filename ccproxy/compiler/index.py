"""An index over many rules: those that require certain values of a fact are looked up by the fact's value.

A rule is split at its outermost `or` into alternatives, tried in order. In an alternative that is a conjunction, one of the cheapest
operands that compare a fact with constants is its *key*: the alternative can hold only if the fact has one of those values. A fact is
read at the first alternative with a key on it, after all earlier candidates; its value then selects the candidates among all
alternatives with a key on it. So facts are read in the order in which the rules ask for them, and none that the decision doesn't need.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ccproxy.checks import CheckedPolicy
from ccproxy.compiler.costs import Costs
from ccproxy.compiler.emitter import constant_value
from ccproxy.compiler.lets import Memo
from ccproxy.decision import Decision
from ccproxy.facts import Facts
from ccproxy.facts.asked import fact_read
from ccproxy.facts.facts import ATTRIBUTES
from ccproxy.facts.schema import Cost
from ccproxy.language import syntax
from ccproxy.language.syntax import Exact
from ccproxy.language.types import Type

MAX_ALTERNATIVES = 16
"""Maximum operands of an outermost `or` that become alternatives; a longer one is not split."""
MAX_ENTRIES = 200_000
"""Maximum alternatives listed for the intervals of a number, all intervals together; beyond it, its rules are tried one by one."""

Test = Callable[[Facts, Memo], Decision | None]


@dataclass(frozen=True, slots=True)
class Key:
    """The values of a fact for which an alternative can hold: `values`, or the numbers from `low` up to but excluding `high`."""

    fact: str
    values: frozenset[Any] | None
    low: Exact | None = None
    high: Exact | None = None


def alternatives(condition: syntax.Expression) -> tuple[syntax.Expression, ...]:
    """The conditions of which one has to hold, in the order they are tried."""
    condition = syntax.bare(condition)
    if isinstance(condition, syntax.Or) and len(condition.operands) <= MAX_ALTERNATIVES:
        return condition.operands
    return (condition,)


def key_of(alternative: syntax.Expression, checked: CheckedPolicy, costs: Costs) -> Key | None:
    """The key of an alternative; None if none of its cheapest operands compares a fact with constants."""
    alternative = syntax.bare(alternative)
    operands = alternative.operands if isinstance(alternative, syntax.And) else (alternative,)
    cheapest = min(costs.of(operand) for operand in operands)
    keys = (_key(syntax.bare(operand), checked) for operand in operands if costs.of(operand) == cheapest)
    return next((key for key in keys if key is not None), None)


def _key(operand: syntax.Expression, checked: CheckedPolicy) -> Key | None:
    match operand:
        case syntax.Comparison(operands=(left, right), relations=("==",)):
            for fact, literal in ((left, right), (right, left)):
                if (name := _fact(fact)) is not None and isinstance(literal, syntax.Text | syntax.Number | syntax.Time | syntax.Weekday):
                    return Key(name, frozenset([constant_value(literal)]))
            return None
        case syntax.Test(left=left, operator="in", right=syntax.Range(low=syntax.Number(value=low), high=syntax.Number(value=high))):
            name = _fact(left)
            return Key(name, None, low, high) if name is not None else None
        case syntax.Test(left=left, operator="in", right=right):
            literal_list = checked.list_literal(right)
            name = _fact(left)
            if literal_list is None or name is None:
                return None
            return Key(name, frozenset(constant_value(item) for item in literal_list.items))
        case _:
            return None


def _fact(expression: syntax.Expression) -> str | None:
    """The name of a fact, if it is cheap to read and has plain values."""
    fact = fact_read(expression)
    if fact is None or fact.cost > Cost.WALK or fact.type in (Type.BOOL, Type.LIST):
        return None
    return fact.name


@dataclass(slots=True)
class _Group:
    """The alternatives whose keys are on one fact."""

    attribute: str
    first: int
    by_value: dict[Any, list[int]] = field(default_factory=lambda: defaultdict(list))
    ranges: list[tuple[Exact, Exact, int]] = field(default_factory=list)

    def reader(self) -> Callable[[Facts], Sequence[int]]:
        """A function that returns the alternatives that the fact's value allows, in order."""
        attribute, by_value = self.attribute, dict(self.by_value)
        bounds, by_interval = self._intervals()
        nothing: Sequence[int] = ()
        if not bounds:
            return lambda facts: by_value.get(getattr(facts, attribute), nothing)

        def fitting(facts: Facts) -> Sequence[int]:
            value = getattr(facts, attribute)
            if value is None:
                return nothing
            return [*by_value.get(value, nothing), *by_interval[bisect_right(bounds, value)]]

        return fitting

    def _intervals(self) -> tuple[list[Exact], list[list[int]]]:
        bounds = sorted({bound for low, high, _ in self.ranges for bound in (low, high) if low < high})
        by_interval: list[list[int]] = [[] for _ in range(len(bounds) + 1)]
        for low, high, index in self.ranges:
            for interval in range(bisect_right(bounds, low), bisect_right(bounds, high)) if low < high else ():
                by_interval[interval].append(index)
        return bounds, by_interval

    def is_small(self) -> bool:
        """Whether there are few enough intervals and alternatives to list them all."""
        return len(self.ranges) ** 2 <= MAX_ENTRIES or self._entries() <= MAX_ENTRIES

    def _entries(self) -> int:
        bounds = sorted({bound for low, high, _ in self.ranges for bound in (low, high)})
        return sum(max(0, bisect_right(bounds, high) - bisect_right(bounds, low)) for low, high, _ in self.ranges)


def indexed(keys: list[Key | None], tests: list[Test], otherwise: Callable[[Facts], Decision]) -> Callable[[Facts], Decision]:
    """The deciding function for alternatives with these keys; `otherwise` is its result if none of them holds."""
    groups: dict[str, _Group] = {}
    for index, key in enumerate(keys):
        if key is not None:
            group = groups.setdefault(key.fact, _Group(ATTRIBUTES[key.fact], index))
            if key.values is not None:
                for value in key.values:
                    group.by_value[value].append(index)
            elif key.low is not None and key.high is not None:
                group.ranges.append((key.low, key.high, index))
    kept = {fact: group for fact, group in groups.items() if group.is_small()}
    readers = [(group.first, group.reader()) for group in kept.values()]
    always = [index for index, key in enumerate(keys) if key is None or key.fact not in kept]

    def decide(facts: Facts) -> Decision:
        memo: Memo = {}
        candidates = always
        at = 0
        for first, reader in readers:
            while at < len(candidates) and candidates[at] < first:
                decision = tests[candidates[at]](facts, memo)
                if decision is not None:
                    return decision
                at += 1
            fitting = reader(facts)
            if fitting:
                candidates = sorted((*candidates[at:], *fitting)) if at < len(candidates) else sorted(fitting)
                at = 0
        for index in candidates[at:]:
            decision = tests[index](facts, memo)
            if decision is not None:
                return decision
        return otherwise(facts)

    return decide

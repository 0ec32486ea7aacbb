"""An index over many rules: which of them can still hold is one number, a bit for each alternative, and each fact read clears bits.

A rule is split into alternatives, conjunctions of demands on single facts (`alternatives.py`), which `demands.py` finds. The first that is
still possible says which fact is read next; what its value rules out, of all rules at once, is looked up (`columns.py`). So facts are
read in the order in which the rules ask for them, and none that the decision doesn't need; the cost grows with the facts asked for, not
with the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Protocol

from ccproxy.compiler.alternatives import Alternatives, Column, Demand
from ccproxy.compiler.columns import Bits, lookup_of
from ccproxy.compiler.lets import Memo
from ccproxy.decision import Decision
from ccproxy.facts import Facts
from ccproxy.frozen import frozen

Decide = Callable[[Facts], Decision]
Test = Callable[[Facts, Memo], bool]


class LateTest:
    """The test of a rule's condition, compiled when it is first needed."""

    __slots__ = ("_compile", "_lock", "_test")

    def __init__(self, compile_: Callable[[], Test], lock: Lock) -> None:
        self._compile = compile_
        self._lock = lock
        self._test: Test | None = None

    def __call__(self, facts: Facts, memo: Memo) -> bool:
        """Whether the condition holds."""
        if self._test is None:
            with self._lock:
                self._test = self._test or self._compile()
        return self._test(facts, memo)


class Decider(Protocol):
    """What a rule decides: `settled`, once that is known to be the same for every request."""

    settled: Decision | None

    def decide(self, facts: Facts) -> Decision:
        """The decision on a request that the rule takes."""


@frozen
class IndexedRule:
    """A rule: its alternatives, the test of its whole condition if one of them is not exact, and what it decides."""

    alternatives: Alternatives
    test: Test | None
    decider: Decider


Numbered = tuple[int, Callable[[Facts], Any], Callable[[Any], Bits | None], Callable[[Any], Bits]]
"""A column's bit among all columns, and its `Lookup`."""
Step = tuple[tuple[Numbered, ...], Test | None, Decider, int]
"""Of an alternative: the columns to read, numbered; the test that remains, None if they tell all; what decides; the bits after its rule."""


def indexed(rules: Sequence[IndexedRule], otherwise: Decide) -> Decide:
    """The function that decides by these rules, tried in order; `otherwise` decides if none holds."""
    size = sum(len(rule.alternatives) for rule in rules)
    steps = _steps(rules, size)
    every = (1 << size) - 1
    # what the first alternative asks first is always read
    first, read_first, known_first, make_first = steps[-1][0][0] if steps and steps[-1][0] else (0, _nothing, {None: every}.get, _nothing)

    def decide(facts: Facts) -> Decision:
        memo: Memo | None = None
        seen = first
        value = read_first(facts)
        possible = known_first(value)
        if possible is None:
            possible = make_first(value)
        while possible:
            top = possible.bit_length()
            columns, test, decider, after = steps[top]
            for column, read, known, make in columns:
                if seen & column:
                    continue
                seen |= column
                value = read(facts)
                left = known(value)
                possible &= make(value) if left is None else left
                if possible.bit_length() != top:
                    break
            else:
                if test is None:
                    return decider.settled or decider.decide(facts)
                if memo is None:
                    memo = {}
                if test(facts, memo):
                    return decider.settled or decider.decide(facts)
                possible &= (1 << after) - 1
        return otherwise(facts)

    return decide


def _nothing(facts: Facts) -> Any:
    """What is read where the first alternative asks for nothing."""


def _steps(rules: Sequence[IndexedRule], size: int) -> list[Step]:
    """The steps by the lengths of the numbers whose highest bits they are: the longest is of the first rule. There is none at 0."""
    columns: dict[Column, list[list[tuple[int, Demand]]]] = {}
    place = size
    for rule in rules:
        for alternative in rule.alternatives:
            place -= 1
            met: list[Column] = []
            for demand in alternative.demands:
                layers = columns.setdefault(demand.column, [[]])
                number = 0
                if demand.holds:
                    number = met.count(demand.column)
                    met.append(demand.column)
                    if number == len(layers):
                        layers.append([])
                layers[number].append((place, demand))
    lookups = {column: (1 << number, *lookup_of(column, layers, size)) for number, (column, layers) in enumerate(columns.items())}
    steps: list[Step] = []
    plans: dict[tuple[Column, ...], tuple[Numbered, ...]] = {}
    after = size
    for rule in rules:
        after -= len(rule.alternatives)
        for alternative in rule.alternatives:
            asked = tuple(dict.fromkeys(demand.column for demand in alternative.demands))
            plan = plans.setdefault(asked, tuple(lookups[column] for column in asked))
            steps.append((plan, None if alternative.exact else rule.test, rule.decider, after))
    steps.reverse()
    return steps[:1] + steps

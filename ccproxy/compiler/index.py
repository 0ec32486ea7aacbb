"""An index over many rules: which of them can still hold is one number, a bit for each alternative, and each fact read clears bits.

A rule is split into alternatives, conjunctions of demands on single facts (`demands.py`). The first alternative that is still possible
says which fact is read next; what its value rules out, of all rules at once, is looked up (`columns.py`). So facts are read in the order
in which the rules ask for them, and none that the decision doesn't need; the cost grows with the facts asked for, not with the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from ccproxy.compiler.columns import Mask, mask_of
from ccproxy.compiler.demands import Alternatives, Column, Demand
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


@frozen
class IndexedRule:
    """A rule: its alternatives, the test of its whole condition, and what it decides."""

    alternatives: Alternatives
    test: Test
    decide: Decide


Step = tuple[tuple[tuple[int, Mask], ...], Test | None, Decide, int]
"""Of an alternative: the columns to read, numbered; the test that remains, None if they tell all; the decision; the bits after its rule."""


def indexed(rules: Sequence[IndexedRule], otherwise: Decide) -> Decide:
    """The function that decides by these rules, tried in order; `otherwise` decides if none holds."""
    size = sum(len(rule.alternatives) for rule in rules)
    steps = _steps(rules, size)
    every = (1 << size) - 1

    def decide(facts: Facts) -> Decision:
        memo: Memo = {}
        read = 0
        possible = every
        while possible:
            top = possible.bit_length()
            columns, test, decided, after = steps[top - 1]
            for column, mask in columns:
                if read & column:
                    continue
                read |= column
                possible &= mask(facts)
                if possible.bit_length() != top:
                    break
            else:
                if test is None or test(facts, memo):
                    return decided(facts)
                possible &= (1 << after) - 1
        return otherwise(facts)

    return decide


def _steps(rules: Sequence[IndexedRule], size: int) -> list[Step]:
    """The steps by their bits: the highest bit is the first alternative of the first rule."""
    demands: dict[Column, list[tuple[int, Demand]]] = {}
    place = size
    for rule in rules:
        for alternative in rule.alternatives:
            place -= 1
            for demand in alternative.demands:
                demands.setdefault(demand.column, []).append((place, demand))
    masks = {column: (1 << number, mask_of(column, found, size)) for number, (column, found) in enumerate(demands.items())}
    steps: list[Step] = []
    plans: dict[tuple[Column, ...], tuple[tuple[int, Mask], ...]] = {}
    after = size
    for rule in rules:
        after -= len(rule.alternatives)
        for alternative in rule.alternatives:
            asked = tuple(dict.fromkeys(demand.column for demand in alternative.demands))
            plan = plans.setdefault(asked, tuple(masks[column] for column in asked))
            steps.append((plan, None if alternative.exact else rule.test, rule.decide, after))
    steps.reverse()
    return steps

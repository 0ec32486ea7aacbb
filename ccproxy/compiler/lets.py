"""Evaluates lets (and predicates): each is computed when it is first needed, at most once per decision.

Most are plain functions that call one another. A chain of lets can be as long as the file, longer than Python's stack: those
far up such a chain are generators that yield the number of the let they need, run on a stack of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from ccproxy.facts import Facts

Memo = dict[int, Any]
"""The values of one decision's lets, by number."""
LetFunction = Callable[[Facts, Memo], Any]
LetGenerator = Callable[[Facts, Memo], Generator[int, Any, Any]]

MAX_CALLS = 50
"""Maximum lets in a chain that call one another on Python's own stack."""


def remembering(number: int, compute: LetFunction) -> LetFunction:
    """Wraps a function so that its value is kept in the memo."""

    def read(facts: Facts, memo: Memo) -> Any:
        if number in memo:
            return memo[number]
        value = memo[number] = compute(facts, memo)
        return value

    return read


def run_deep(number: int, generators: dict[int, LetGenerator], facts: Facts, memo: Memo) -> Any:
    """The value of a let at the end of a long chain."""
    if number in memo:
        return memo[number]
    stack = [(number, generators[number](facts, memo))]
    value: Any = None
    while stack:
        current, generator = stack[-1]
        try:
            needed = generator.send(value)
        except StopIteration as finished:
            value = memo[current] = finished.value
            stack.pop()
            continue
        if needed in memo:
            value = memo[needed]
        else:
            stack.append((needed, generators[needed](facts, memo)))
            value = None
    return memo[number]

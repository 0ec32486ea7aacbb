"""Explains a decision by evaluating the compiled parts of each condition one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ccproxy.compiler.compiled_target import IMPLIED_DEFAULT
from ccproxy.compiler.lets import Memo
from ccproxy.compiler.python_predicates import FailedPredicateError, PredicateError
from ccproxy.compiler.router import CompiledRule, Router
from ccproxy.compiler.split import NUMBERS, Splitter
from ccproxy.decision import Decision
from ccproxy.explanation import Explanation, Part, Share, Step
from ccproxy.facts import Facts, fact_named
from ccproxy.facts.asked import fact_read
from ccproxy.facts.definitions import BY_NAME, TOKEN_COUNTS
from ccproxy.facts.partial import PartialFacts, UnknownFactError
from ccproxy.facts.readers import asked_of_label
from ccproxy.facts.written import plain
from ccproxy.language import syntax
from ccproxy.language.paths import is_list, parts_of
from ccproxy.language.printer import format_expression

MAX_DEPTH = 32
"""How deeply an explanation follows nested lets."""

_COUNTS = frozenset(TOKEN_COUNTS)
_COUNTED_PARTS = tuple(name for name in TOKEN_COUNTS if not BY_NAME[name].parts)


def explain(router: Router, facts: Facts, *, every: bool = False) -> Explanation:
    """The decision and the reasons for it. With `every`, all parts of all rules are evaluated, not only those that the decision needed.

    UnknownPredicateError if the decision depends on a predicate that is not called; one that fails may reject the request.
    """
    explaining = _Explaining(router, facts, every)
    trace: list[Step] = []
    winner: CompiledRule | None = None
    refused: Decision | None = None
    for rule in router.rules:
        if winner is not None and not every:
            break
        step = explaining.step(rule)
        trace.append(step)
        if step.holds is None and winner is None and refused is None and rule.condition is not None:
            try:
                router.evaluate(rule.condition, facts, {})  # raises
            except FailedPredicateError as error:
                refused = refused_by(error.name)
                if not every:
                    break
        if step.holds and winner is None and refused is None:
            winner = rule
    decision = refused or (winner.target.decide(facts) if winner else IMPLIED_DEFAULT)
    later = router.rules[winner.number :] if winner else ()
    also = tuple(rule.target.decide(facts) for rule in later if rule.condition is None or explaining.holds(rule.condition))
    if winner is not None and all(rule.condition is not None for rule in router.rules):
        also += (IMPLIED_DEFAULT,)
    share = explaining.share(winner.target.splitter) if winner and refused is None else None
    sources = {name: facts.source_of(name) for name in explaining.seen if fact_named(name) or asked_of_label(name)}
    explanation = Explanation(decision, tuple(trace), also, explaining.seen, share=share, sources=sources)
    counted = _COUNTS.intersection(explaining.seen) and not _COUNTS.intersection(facts.overridden)
    return replace(explanation, parts=_parts_of(facts), counting=facts.counting) if counted else explanation


def trace_known(router: Router, facts: PartialFacts, holds: Mapping[int, bool] = MappingProxyType({})) -> tuple[Step, ...]:
    """The rules tried for a request of which not everything is known, up to the first that surely holds.

    A rule or a part of one `holds` None where that hangs on what is unknown; of rules by their number `holds` has what else is known.
    """
    explaining = _Explaining(router, facts, False)
    trace: list[Step] = []
    for rule in router.rules:
        step = explaining.step(rule)
        trace.append(replace(step, holds=holds.get(rule.number)) if step.holds is None else step)
        if trace[-1].holds:
            break
    return tuple(trace)


def refused_by(predicate: str) -> Decision:
    """The decision on a request whose decision depends on a predicate that failed, where the settings refuse those."""
    message = f'the predicate "{predicate}" of the policy failed, and requests that depend on it are refused'
    return Decision("reject", None, (), message, None, 403)


def _parts_of(facts: Facts) -> dict[str, int]:
    return {name: count for name in _COUNTED_PARTS if isinstance(count := facts.read(name), int)}


def _joined(parts: list[bool | None], decides: bool) -> bool | None:
    """The value of an `or` (if True `decides`) or an `and` (if False does) of these."""
    return decides if decides in parts else None if None in parts else not decides


class _Explaining:
    """Evaluates parts for one request; `seen` collects the facts that were read."""

    def __init__(self, router: Router, facts: Facts, every: bool) -> None:
        self.router = router
        self.facts = facts
        self.every = every
        self.memo: Memo = {}
        self.seen: dict[str, Any] = {}
        self.expanded: set[str] = set()

    def holds(self, expression: syntax.Expression) -> bool | None:
        try:
            return bool(self.router.evaluate(expression, self.facts, self.memo))
        except (PredicateError, UnknownFactError):
            return None

    def step(self, rule: CompiledRule) -> Step:
        span = rule.rule.span
        self.expanded = set()
        if rule.condition is None:
            return Step(rule.number, span.source.name, span.line, True, None)
        part = self.part(rule.condition, 0)
        return Step(rule.number, span.source.name, span.line, part.holds, part)

    def part(self, expression: syntax.Expression, depth: int) -> Part:
        """Evaluate a condition and its parts in the order of the decision, and as far as the decision does."""
        expression = syntax.bare(expression)
        parts: list[Part] = []
        match expression:
            case syntax.And(operands=operands) | syntax.Or(operands=operands):
                decides = isinstance(expression, syntax.Or)
                for operand in sorted(operands, key=self.router.cost_of):
                    parts.append(self.part(operand, depth))
                    if parts[-1].holds is decides and not self.every:
                        break
                return Part(format_expression(expression), _joined([part.holds for part in parts], decides), {}, tuple(parts))
            case syntax.Not(operand=operand):
                inner = self.part(operand, depth)
                return Part(format_expression(expression), None if inner.holds is None else not inner.holds, {}, (inner,))
            case syntax.Name() | syntax.Call() if (name := self.router.checked.let_named(expression)) is not None:
                value = self.router.checked.all_lets[name].value
                if name not in self.expanded and depth < MAX_DEPTH and name not in self.facts.overridden:
                    self.expanded.add(name)
                    parts.append(self.part(value, depth + 1))
                holds = self.holds(expression)
                if holds is None and parts:
                    holds = parts[0].holds
                return Part(name, holds, self.read(expression) if isinstance(expression, syntax.Call) else {}, tuple(parts))
            case _:
                return Part(format_expression(expression), self.holds(expression), self.read(expression), ())

    def share(self, splitter: Splitter | None) -> Share | None:
        """The branch of a split that the request goes to."""
        if splitter is None:
            return None
        value = splitter.read(self.facts)
        self.read(splitter.by)
        point = None if value is None else Fraction(splitter.number_of(value) * 100, NUMBERS)
        return Share(format_expression(splitter.by), value, point, splitter.branch_of(value) + 1, splitter.shares)

    def read(self, expression: syntax.Expression) -> dict[str, Any]:
        """The facts that an expression and its lets read."""
        found: dict[str, Any] = {}
        for item in self._leaves(expression):
            with suppress(UnknownFactError):
                if isinstance(item, syntax.Name):
                    found[item.name] = plain(item.name, self.facts.read(item.name))
                elif isinstance(item, syntax.Call):
                    found[format_expression(item)] = self._called(item)
        self.seen |= found
        return found

    def _leaves(self, expression: syntax.Expression) -> Iterator[syntax.Expression]:
        lets = self.router.checked.lets
        stack: list[syntax.Node] = [expression]
        named: set[str] = set()
        while stack:
            for item in (top := stack.pop(), *syntax.walk(top)):
                if isinstance(item, syntax.Call) or (isinstance(item, syntax.Name) and fact_read(item)):
                    yield item
                elif isinstance(item, syntax.Name) and item.name in lets and item.name not in named:
                    named.add(item.name)
                    stack.append(lets[item.name].value)

    def _called(self, call: syntax.Call) -> Any:
        argument = call.argument.value
        match call.function:
            case "header":
                return self.facts.header(argument.lower())
            case "metadata":
                return self.facts.metadata(argument)
            case "body":
                parts = parts_of(argument)
                if is_list(argument):
                    texts = self.facts.body_list(parts)
                    return None if texts is None else list(texts)
                return self.facts.at_path(parts)
            case _:
                key = format_expression(call)
                return plain(key, self.router.value_of(call, self.facts))

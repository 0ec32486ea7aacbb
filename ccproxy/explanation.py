"""Why a request goes where it goes: the compiled parts of each condition, evaluated one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ccproxy.decision import Decision
from ccproxy.facts import Counting, Facts, fact_named
from ccproxy.facts.written import plain
from ccproxy.language import syntax
from ccproxy.language.printer import format_expression
from ccproxy.predicate.lets import Memo
from ccproxy.predicate.router import IMPLIED_DEFAULT, CompiledRule, Router

MAX_DEPTH = 32
"""Lets inside lets that an explanation goes into."""

_COUNTS = frozenset(["tokens", "tokens.system", "tokens.tools", "tokens.messages", "tokens.latest"])


@dataclass(frozen=True, slots=True)
class Part:
    """A condition or a part of one: whether it holds, the facts that it reads itself, and the parts that were evaluated."""

    text: str
    holds: bool
    facts: Mapping[str, Any]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that was tried."""

    number: int
    file: str
    line: int
    holds: bool
    condition: Part | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and why.

    `facts` are those that were read, `sources` where their values came from; `also` are the later rules that hold too; `nearest` the
    rules that a small change would reach. `counting` tells how tokens were counted, and `parts` the exact count of each part of the
    request: where a token fact was read, and none set outright.
    """

    decision: Decision
    trace: tuple[Step, ...]
    also: tuple[CompiledRule, ...]
    facts: Mapping[str, Any]
    nearest: tuple[Mapping[str, Any], ...] = ()
    model: str | None = None
    policy: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    counting: Counting | None = None
    parts: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As `ccproxy explain --json` prints it."""
        decision = self.decision
        rule = decision.rule
        return {
            "action": decision.action,
            "label": decision.label,
            "fallbacks": list(decision.fallbacks),
            "message": decision.message,
            "model": self.model,
            "rule": None
            if rule is None
            else {"number": rule.number, "file": rule.file, "line": rule.line, "text": rule.text, "because": rule.because},
            "facts": dict(self.facts),
            "trace": [
                {"number": step.number, "file": step.file, "line": step.line, "holds": step.holds, "condition": _part_dict(step.condition)}
                for step in self.trace
            ],
            "also": [_also_dict(rule) for rule in self.also],
            "nearest": [dict(item) for item in self.nearest],
            "policy": dict(self.policy),
            **({} if self.counting is None else {"counting": _counting_dict(self.counting, self.parts)}),
        }

    def __str__(self) -> str:
        from ccproxy.explanation_text import render

        return render(self)


def _counting_dict(counting: Counting, parts: Mapping[str, int]) -> dict[str, Any]:
    ratio = None if counting.ratio is None else float(counting.ratio)
    return {"encoding": counting.encoding, "scale": float(counting.scale), "ratio": ratio, "parts": dict(parts)}


def _also_dict(rule: CompiledRule) -> dict[str, Any]:
    decision = rule.decisions[0]
    return {"number": rule.number, "line": rule.rule.span.line, "label": decision.label, "action": decision.action}


def _part_dict(part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {"text": part.text, "holds": part.holds, "facts": dict(part.facts), "parts": [_part_dict(inner) for inner in part.parts]}


def explain(router: Router, facts: Facts, *, every: bool = False) -> Explanation:
    """The decision and how it came about. `every` evaluates all parts of all rules, not only those that the decision needed."""
    explaining = _Explaining(router, facts, every)
    trace: list[Step] = []
    winner: CompiledRule | None = None
    for rule in router.rules:
        if winner is not None and not every:
            break
        step = explaining.step(rule)
        trace.append(step)
        if step.holds and winner is None:
            winner = rule
    decision = winner.decide(facts) if winner else IMPLIED_DEFAULT
    later = router.rules[winner.number :] if winner else ()
    also = tuple(rule for rule in later if rule.rule.condition is None or explaining.holds(rule.rule.condition))
    sources = {name: facts.source_of(name) for name in explaining.seen if fact_named(name)}
    explanation = Explanation(decision, tuple(trace), also, explaining.seen, sources=sources)
    counted = _COUNTS.intersection(explaining.seen) and not _COUNTS.intersection(facts.overridden)
    return replace(explanation, parts=_parts_of(facts), counting=facts.counting) if counted else explanation


def _parts_of(facts: Facts) -> dict[str, int]:
    return {
        "tokens.system": facts.tokens_system,
        "tokens.tools": facts.tokens_tools,
        "tokens.messages": facts.tokens_messages,
        "tokens.latest": facts.tokens_latest,
    }


class _Explaining:
    """Evaluates parts for one request; `seen` are the facts that were read on the way."""

    def __init__(self, router: Router, facts: Facts, every: bool) -> None:
        self.router = router
        self.facts = facts
        self.every = every
        self.memo: Memo = {}
        self.seen: dict[str, Any] = {}
        self.expanded: set[str] = set()

    def holds(self, expression: syntax.Expression) -> bool:
        return bool(self.router.evaluate(expression, self.facts, self.memo))

    def step(self, rule: CompiledRule) -> Step:
        span = rule.rule.span
        self.expanded = set()
        if rule.rule.condition is None:
            return Step(rule.number, span.source.name, span.line, True, None)
        part = self.part(rule.rule.condition, 0)
        return Step(rule.number, span.source.name, span.line, part.holds, part)

    def part(self, expression: syntax.Expression, depth: int) -> Part:
        """A condition with its parts, in the order that the decision evaluates them, as far as it does."""
        expression = syntax.bare(expression)
        parts: list[Part] = []
        match expression:
            case syntax.And(operands=operands) | syntax.Or(operands=operands):
                decides = isinstance(expression, syntax.Or)
                for operand in sorted(operands, key=self.router.cost_of):
                    parts.append(self.part(operand, depth))
                    if parts[-1].holds is decides and not self.every:
                        break
                return Part(
                    format_expression(expression), any(p.holds for p in parts) if decides else all(p.holds for p in parts), {}, tuple(parts)
                )
            case syntax.Not(operand=operand):
                inner = self.part(operand, depth)
                return Part(format_expression(expression), not inner.holds, {}, (inner,))
            case syntax.Name(name=name) if name in self.router.checked.lets:
                value = self.router.checked.lets[name].value
                if name not in self.expanded and depth < MAX_DEPTH:
                    self.expanded.add(name)
                    parts.append(self.part(value, depth + 1))
                return Part(name, self.holds(expression), {}, tuple(parts))
            case _:
                return Part(format_expression(expression), self.holds(expression), self.read(expression), ())

    def read(self, expression: syntax.Expression) -> dict[str, Any]:
        """The facts that an expression reads, with those that its lets read."""
        found: dict[str, Any] = {}
        for item in self._leaves(expression):
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
                if isinstance(item, syntax.Call) or (isinstance(item, syntax.Name) and fact_named(item.name)):
                    yield item
                elif isinstance(item, syntax.Name) and item.name in lets and item.name not in named:
                    named.add(item.name)
                    stack.append(lets[item.name].value)

    def _called(self, call: syntax.Call) -> Any:
        if call.function == "header":
            return self.facts.header(call.argument.value.lower())
        if call.function == "metadata":
            return self.facts.metadata(call.argument.value)
        return self.facts.at_path(tuple(call.argument.value.split(".")))

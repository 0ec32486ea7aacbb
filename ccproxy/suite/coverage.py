"""Measures coverage: which rules of a policy decided, where their splits led, and which comparisons were seen to hold and to fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from ccproxy.compiler.lets import Memo
from ccproxy.compiler.router import Router
from ccproxy.facts import Facts
from ccproxy.frozen import frozen, mutable
from ccproxy.language import syntax
from ccproxy.language.printer import format_branch, format_expression
from ccproxy.language.types import Type
from ccproxy.source import Span


@frozen
class Gap:
    """Something that no request exercised: a rule that none ended at, a branch that none went to, or one outcome of a comparison."""

    span: Span
    text: str
    what: str

    @property
    def file(self) -> str:
        """The file of the policy that it is in."""
        return self.span.source.name

    @property
    def line(self) -> int:
        """Its line."""
        return self.span.line


@mutable
class Coverage:
    """The coverage of a policy so far; a comparison counts twice, for holding and for not holding.

    Only what a decision evaluates counts: rules after the deciding one, and parts made irrelevant by others, were not exercised.
    """

    router: Router
    _rules: set[int] = field(default_factory=set)
    _branches: set[tuple[int, int]] = field(default_factory=set)
    _sides: set[tuple[int, bool]] = field(default_factory=set)

    def add(self, facts: Facts) -> bool:
        """Add what one request exercises, and tell whether that is anything new."""
        before = self._size
        visit = _Visit(self.router, facts, self._sides)
        for rule in self.router.rules:
            if rule.condition is None or visit.holds(rule.condition):
                self._rules.add(rule.number)
                if rule.target.splitter is not None:
                    self._branches.add((rule.number, rule.target.splitter.choose(facts)))
                break
        visit.finish()
        return self._size > before

    @property
    def _size(self) -> int:
        return len(self._rules) + len(self._branches) + len(self._sides)

    @property
    def rules(self) -> tuple[int, int]:
        """How many rules decided, out of how many."""
        return len(self._rules), len(self.router.rules)

    @property
    def branches(self) -> tuple[int, int]:
        """How many branches of splits requests went to, out of how many."""
        return len(self._branches), sum(len(rule.target.decisions) for rule in self.router.rules if rule.target.splitter is not None)

    @property
    def sides(self) -> tuple[int, int]:
        """How many outcomes of comparisons were seen, out of how many."""
        comparisons = self._comparisons()
        return sum((id(item), holds) in self._sides for item in comparisons for holds in (True, False)), 2 * len(comparisons)

    @property
    def gaps(self) -> list[Gap]:
        """Everything that was not exercised, in the order of the text."""
        found = [
            Gap(
                rule.rule.span,
                "default" if rule.rule.condition is None else f"when {format_expression(rule.rule.condition)}",
                "no case ends at this rule",
            )
            for rule in self.router.rules
            if rule.number not in self._rules
        ]
        found += self._missed_branches()
        for item in self._comparisons():
            ways = [holds for holds in (True, False) if (id(item), holds) not in self._sides]
            if ways:
                what = "never evaluated" if len(ways) == 2 else "never holds" if ways[0] else "always holds"
                found.append(Gap(item.span, format_expression(item), what))
        order = {id(source): index for index, source in enumerate(self.router.checked.policy.sources)}
        return sorted(found, key=lambda gap: (order.get(id(gap.span.source), 0), gap.span.line, gap.span.start))

    def _missed_branches(self) -> Iterator[Gap]:
        """The branches that no request went to, of the splits that some went to."""
        for rule in self.router.rules:
            target = rule.rule.target
            if isinstance(target, syntax.Split) and rule.target.splitter is not None and rule.number in self._rules:
                for index, branch in enumerate(target.branches):
                    if (rule.number, index) not in self._branches:
                        yield Gap(branch.label.span, format_branch(branch), "no case goes there")

    def _comparisons(self) -> list[syntax.Expression]:
        """The comparisons of the rules, and of the lets that they use as conditions."""
        checked = self.router.checked
        pending = [rule.condition for rule in checked.rules if rule.condition is not None]
        lets: set[str] = set()
        found: list[syntax.Expression] = []
        while pending:
            for item in _leaves(pending.pop()):
                let = _condition_let(self.router, item)
                if let is None:
                    found.append(item)
                elif let.name.name not in lets:
                    lets.add(let.name.name)
                    pending.append(let.value)
        return found


class _Visit:
    """One request's way through the conditions, evaluated like the decision does: cheap operands first, and no more than needed."""

    def __init__(self, router: Router, facts: Facts, sides: set[tuple[int, bool]]) -> None:
        self._router = router
        self._facts = facts
        self._sides = sides
        self._memo: Memo = {}
        self._lets: dict[str, syntax.Let] = {}

    def holds(self, expression: syntax.Expression) -> bool:
        """Whether a condition holds; counts what was evaluated for it."""
        expression = syntax.bare(expression)
        match expression:
            case syntax.And(operands=operands):
                return all(self.holds(operand) for operand in sorted(operands, key=self._router.cost_of))
            case syntax.Or(operands=operands):
                return any(self.holds(operand) for operand in sorted(operands, key=self._router.cost_of))
            case syntax.Not(operand=operand):
                return not self.holds(operand)
            case _:
                holds = bool(self._router.evaluate(expression, self._facts, self._memo))
                if let := _condition_let(self._router, expression):
                    self._lets[let.name.name] = let
                else:
                    self._sides.add((id(expression), holds))
                return holds

    def finish(self) -> None:
        """Count what was evaluated in lets: each once, however deeply they are nested."""
        done: set[str] = set()
        while remaining := [name for name in self._lets if name not in done]:
            for name in remaining:
                done.add(name)
                self.holds(self._lets[name].value)


def _leaves(condition: syntax.Expression) -> Iterator[syntax.Expression]:
    """The comparisons of a condition, and the names of conditions in it; `true` and `false` are neither."""
    stack = [condition]
    while stack:
        expression = stack.pop()
        match expression:
            case syntax.Group() | syntax.Not():
                stack.append(expression.operand)
            case syntax.And() | syntax.Or():
                stack.extend(reversed(expression.operands))
            case syntax.Bool():
                continue
            case _:
                yield expression


def _condition_let(router: Router, expression: syntax.Expression) -> syntax.Let | None:
    """The let that an expression names, if it is a condition."""
    checked = router.checked
    if isinstance(expression, syntax.Name) and checked.let_types.get(expression.name) is Type.BOOL:
        return checked.lets[expression.name]
    return None

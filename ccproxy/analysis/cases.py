"""Requests that exercise a policy: one for each rule, and one for each side of each comparison."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ccproxy import syntax
from ccproxy.analysis.atoms import Atom, Compare, Source, Subject
from ccproxy.analysis.confirm import confirmed
from ccproxy.analysis.formula import Formula
from ccproxy.analysis.outcome import describe
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.request import Envelope
from ccproxy.analysis.space import Taste
from ccproxy.analysis.witness import as_file, simplest
from ccproxy.analysis.work import Work
from ccproxy.checks import CheckedPolicy
from ccproxy.decision import Decision


@dataclass(frozen=True, slots=True)
class Case:
    """A request file, the facts set outright in it, and the decision that the policy takes on it."""

    name: str
    request: dict[str, Any]
    facts: dict[str, Any]
    decision: Decision


def cases(checked: CheckedPolicy, work: Work | None = None) -> list[Case]:
    """A case for each rule that a request can end at, then for each side of each comparison in it, no request twice.

    Requests that a Python predicate would have to answer for are left out: nobody knows its answer.
    """
    return list(_Generator(Reach(checked, work)).cases())


class _Generator:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._seen: set[str] = set()

    def cases(self) -> Iterator[Case]:
        """All cases, rule by rule."""
        for number, view in enumerate(self._reach.rules):
            _, envelope = self._reach.confirmed(view.formula, number, True)
            if envelope is not None:
                name = f"{self._reach.texts[number]}: {describe(view.rule)}"
                yield from self._case(name, simplest(envelope, self._reach.accepts(number)))
            if view.rule is not None and view.rule.condition is not None:
                for part, context in self._comparisons(view.rule.condition):
                    yield from self._sides(number, part, context)

    def _sides(self, number: int, part: syntax.Expression, context: tuple[Formula, ...]) -> Iterator[Case]:
        reach = self._reach
        formula = reach.view.translator.condition(part)
        for holds in (True, False):
            side = reach.model.formulas.conjunction((*context, formula if holds else -formula))

            def accepts(envelope: Envelope, holds: bool = holds) -> bool:
                return reach.replay.holds(part, envelope) == holds and reach.replay.rule(envelope) is not None

            taste, names = self._taste(formula, holds)
            _, envelope = confirmed(reach.model, side, reach.before(number), accepts, strict=True, taste=taste)
            if envelope is not None:
                end = reach.replay.rule(envelope)
                shown = simplest(envelope, lambda tried, end=end: accepts(tried) and reach.replay.rule(tried) == end, ("facts", *names))  # type: ignore[misc]
                text = " ".join(part.span.text.split())
                yield from self._case(f"{reach.texts[number]}: {text} {'holds' if holds else 'does not hold'}", shown)

    def _case(self, name: str, envelope: Envelope) -> Iterator[Case]:
        if envelope.get("predicates"):
            return
        request = as_file({key: value for key, value in envelope.items() if key != "predicates"})
        if repr(request) in self._seen:
            return
        self._seen.add(repr(request))
        facts = request.pop("facts", {})
        yield Case(name, request, facts, self._reach.replay.decide(envelope))

    def _comparisons(self, condition: syntax.Expression) -> Iterator[tuple[syntax.Expression, tuple[Formula, ...]]]:
        """Each comparison, and what has to hold for it to matter."""
        condition_of = self._reach.view.translator.condition
        stack: list[tuple[syntax.Expression, tuple[Formula, ...]]] = [(condition, ())]
        while stack:
            expression, context = stack.pop()
            match expression:
                case syntax.Group() | syntax.Not():
                    stack.append((expression.operand, context))
                case syntax.And() | syntax.Or():
                    sign = 1 if isinstance(expression, syntax.And) else -1
                    for operand in reversed(expression.operands):
                        others = (sign * condition_of(other) for other in expression.operands if other is not operand)
                        stack.append((operand, (*context, *others)))
                case syntax.Bool():
                    continue
                case _:
                    yield expression, context

    def _taste(self, formula: Formula, holds: bool) -> tuple[Taste, list[str]]:
        """Which numbers come nearest to their bound from below; and the facts that are asked about."""
        high: set[Subject] = set()
        names: list[str] = []
        stack = [abs(formula)]
        while stack:
            node = self._reach.model.formulas.nodes[stack.pop()]
            if isinstance(node, tuple):
                stack.extend(abs(child) for child in node)
            elif isinstance(node, Atom) and isinstance(node.subject.of, Source):
                names.append(node.subject.of.name)
                if isinstance(node.test, Compare) and (node.test.relation in ("<", "<=")) == holds:
                    high.add(node.subject)
        return Taste(frozenset(high)), names

"""Generates requests that exercise a policy: for each rule, each branch of its split, each outcome of each comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from ccproxy.analysis.formulas.atoms import Atom, Compare, Source, Subject
from ccproxy.analysis.formulas.evaluate import Evaluator
from ccproxy.analysis.formulas.formula import Formula
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import RuleView
from ccproxy.analysis.space.variables import Preference
from ccproxy.analysis.witness.branches import Branches, fork_of, ways
from ccproxy.analysis.witness.candidates import as_file, simplest, with_session_outright
from ccproxy.analysis.witness.confirm import confirmed
from ccproxy.analysis.witness.observed import values_of
from ccproxy.analysis.witness.realization import Envelope
from ccproxy.checks import CheckedPolicy
from ccproxy.decision import Decision
from ccproxy.facts import TokenCounter
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.printer import format_branch, format_expression

_MAX_OPERANDS = 50
"""Maximum operands of one `and` or `or` that get cases of their own."""

Context = tuple[tuple[syntax.Expression, bool], ...]
"""Parts of a condition, each with its required value."""


@frozen
class Case:
    """A request file, the facts set outright in it, and the policy's decision on it."""

    name: str
    request: dict[str, Any]
    facts: dict[str, Any]
    decision: Decision


def cases(checked: CheckedPolicy, fuel: Fuel | None = None, counter: TokenCounter | None = None) -> list[Case]:
    """A case for each rule that a request can end at, or each branch of its split, then for each outcome of each comparison.

    No request is there twice. Requests that depend on a Python predicate are left out, because its result is unknown, and so is what
    exceeds `fuel`. `counter` counts their tokens.
    """
    found: list[Case] = []
    with suppress(OutOfFuelError):
        found.extend(_Generator(Reach(checked, fuel, counter)).cases())
    return found


class _Generator:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._evaluator = Evaluator(reach.model.formulas)
        self._seen: set[str] = set()
        self._lets: set[str] = set()

    def cases(self) -> Iterator[Case]:
        """All cases: of rules and branches, then of the outcomes of comparisons, which the former may show on the way."""
        for number, view in enumerate(self._reach.rules):
            yield from self._ends(number, view)
        for number, view in enumerate(self._reach.rules):
            if view.rule is not None and view.rule.condition is not None:
                for part, context in self._comparisons(view.rule.condition):
                    yield from self._sides(number, part, context)

    def _ends(self, number: int, view: RuleView) -> Iterator[Case]:
        """A request that ends at the rule, for each branch of its split one that goes there."""
        reach, decisions = self._reach, view.target.decisions
        ends = reach.accepts(number)

        def taken(envelope: Envelope) -> Branches | None:
            return (decisions.index(reach.replay.decide(envelope).outcome),) if ends(envelope) else None

        branches = [(branch,) for branch in range(len(decisions))]
        found: dict[Branches, Envelope] = {}
        for strict in (True, False):  # facts are set outright only where no request was found that has them by its own fields
            missing = [branch for branch in branches if branch not in found]
            fork = fork_of(reach.view, number)
            found |= ways(reach.model, view.formula, reach.before(number), [fork], missing, taken=taken, strict=strict).found
        for branch in filter(found.__contains__, branches):

            def accepts(envelope: Envelope, branch: Branches = branch) -> bool:
                return taken(envelope) == branch

            target = view.rule.target if view.rule is not None else None
            told = view.target_text
            if isinstance(target, syntax.Split) and view.target.splitter is not None:
                told = f"{format_branch(target.branches[branch[0]])} by {format_expression(target.fact)}"
            yield from self._case(f"{reach.texts[number]}: {told}", found[branch], accepts)

    def _sides(self, number: int, part: syntax.Expression, context: Context) -> Iterator[Case]:
        """A request for which the comparison holds and one for which it doesn't, both such that the decision depends on it."""
        reach = self._reach
        condition_of = reach.view.translator.condition
        formula = condition_of(part)
        around = [condition_of(other) if wanted else -condition_of(other) for other, wanted in context]
        for holds in (True, False):
            side = reach.model.formulas.conjunction((*around, formula if holds else -formula))
            wanted = ((part, holds), *context)

            def accepts(envelope: Envelope, wanted: Context = wanted) -> bool:
                return all(reach.replay.holds(item, envelope) == value for item, value in wanted) and reach.replay.rule(envelope) >= number

            preference, names = self._taste(formula, holds)
            _, envelope = confirmed(reach.model, side, reach.before(number), accepts, strict=True, preference=preference)
            if envelope is not None:
                text = " ".join(part.span.text.split())
                name = f"{reach.texts[number]}: {text} {'holds' if holds else 'does not hold'}"
                yield from self._case(name, envelope, accepts, ("facts", *names))

    def _case(self, name: str, found: Envelope, accepts: Callable[[Envelope], bool], keep: tuple[str, ...] = ()) -> Iterator[Case]:
        """The simplest request like the one found, its session outright where that is the same."""
        envelope = simplest(found, accepts, keep)
        outright, decide = with_session_outright(envelope), self._reach.replay.decide
        if outright is not envelope and accepts(outright) and decide(outright) == decide(envelope):
            envelope = outright
        if self._asks_predicates(envelope):
            return
        request = as_file({key: value for key, value in envelope.items() if key != "predicates"})
        if repr(request) in self._seen:
            return
        self._seen.add(repr(request))
        facts = request.pop("facts", {})
        yield Case(name, request, facts, self._reach.replay.decide(envelope))

    def _asks_predicates(self, envelope: Envelope) -> bool:
        """Whether the decision depends on the result of a Python predicate."""
        reach = self._reach
        if not reach.checked.predicates:
            return False
        values = values_of(reach.replay.facts(envelope), {})
        known: dict[int, bool | None] = {}
        verdicts = (self._evaluator.holds(view.formula, values, known) for view in reach.rules)
        return next(verdict for verdict in verdicts if verdict is not False) is None

    def _comparisons(self, condition: syntax.Expression) -> Iterator[tuple[syntax.Expression, Context]]:
        """Each comparison, with the other parts that have to hold, or not hold, for it to matter. Those of a `let` are at its first use."""
        stack: list[tuple[syntax.Expression, Context]] = [(condition, ())]
        while stack:
            expression, context = stack.pop()
            match expression:
                case syntax.Group() | syntax.Not():
                    stack.append((expression.operand, context))
                case syntax.And() | syntax.Or():
                    neutral = isinstance(expression, syntax.And)
                    for operand in reversed(expression.operands[:_MAX_OPERANDS]):
                        others = ((other, neutral) for other in expression.operands if other is not operand)
                        stack.append((operand, (*context, *others)))
                case syntax.Name(name=name) if self._is_condition(name):
                    if name not in self._lets:
                        self._lets.add(name)
                        stack.append((self._reach.checked.lets[name].value, context))
                case syntax.Bool():
                    continue
                case _:
                    yield expression, context

    def _is_condition(self, name: str) -> bool:
        return name in self._reach.checked.lets and self._reach.view.translator.let_condition(name) is not None

    def _taste(self, formula: Formula, holds: bool) -> tuple[Preference, list[str]]:
        """Which numbers to choose as close to their bound as possible from below, and the facts that are asked for."""
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
        return Preference(frozenset(high)), names

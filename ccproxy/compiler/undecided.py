"""Decides requests of which not every fact is known, where all that they may be leads to one outcome.

Three-valued logic after Kleene over the compiled parts of conditions: a part that reads an unknown fact is unknown, an `and` with a
false operand is false nevertheless, an `or` with a true one true. Some requests are left undecided on which all completions agree;
none is decided on which they don't.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ccproxy.compiler.compiled_target import IMPLIED_DEFAULT, CompiledTarget
from ccproxy.compiler.explain import refused_by
from ccproxy.compiler.lets import Memo
from ccproxy.compiler.python_predicates import FailedPredicateError, UnknownPredicateError
from ccproxy.compiler.router import CompiledRule, Router
from ccproxy.decision import Decision, Undecided
from ccproxy.facts.partial import PartialFacts, UnknownFactError
from ccproxy.frozen import frozen
from ccproxy.language import syntax

MAX_DEPTH = 32
"""How deeply nested lets are taken apart; below, one that reads an unknown fact is unknown."""

Causes = tuple[str, ...]
"""What an unknown condition wants; never empty."""


Outcome = tuple[object, ...]


@frozen
class _Candidate:
    """A rule that may win: where it leads, what would have to be known to say that it wins, and what to say where it leads."""

    ends: tuple[Decision, ...]
    outcomes: tuple[Outcome, ...]
    unsure: Causes
    between: Causes


def _candidate(ends: tuple[Decision, ...], unsure: Causes = (), between: Causes = ()) -> _Candidate:
    return _Candidate(ends, tuple(map(_outcome, ends)), unsure, between)


def _outcome(end: Decision) -> Outcome:
    """What `Decision.outcome` compares, without making one."""
    return end.action, end.label, end.fallbacks, end.message, end.status


def decide_known(router: Router, facts: PartialFacts, holds: Mapping[int, bool] = MappingProxyType({})) -> Decision | Undecided:
    """The decision on a request, if what is known of it tells; `holds` has what else is known of conditions, by the number of their rule.

    Its `rule` is None where several rules may win, all with this outcome. Raises FailedPredicateError where the decision surely depends on
    a predicate that failed.
    """
    try:
        return router.decide(facts)
    except (UnknownFactError, UnknownPredicateError):
        return _decided(_Partial(router, facts, holds).candidates())


def _decided(candidates: list[_Candidate]) -> Decision | Undecided:
    several = False
    while len(candidates) > 1 and len(candidates[-1].ends) == 1 and candidates[-1].outcomes == candidates[-2].outcomes:
        candidates.pop()
        several = True
    *unsure, last = candidates
    if not unsure and len(last.ends) == 1:
        decision = last.ends[0]
        return replace(decision, rule=None) if several else decision
    causes = [name for candidate in unsure for name in (*candidate.unsure, *candidate.between)]
    possible: dict[Outcome, Decision] = {}
    for candidate in candidates:
        for outcome, end in zip(candidate.outcomes, candidate.ends, strict=True):
            possible.setdefault(outcome, end)
    return Undecided(tuple(dict.fromkeys([*causes, *last.between])), tuple(possible.values()))


class _Partial:
    """Evaluates conditions for one request."""

    def __init__(self, router: Router, facts: PartialFacts, holds: Mapping[int, bool]) -> None:
        self.router = router
        self.facts = facts
        self.holds = holds
        self.memo: Memo = {}
        self.lets: dict[str, bool | Causes] = {}

    def candidates(self) -> list[_Candidate]:
        """The rules that may win, up to the first that surely does."""
        found: list[_Candidate] = []
        for rule in self.router.rules:
            truth = self._rule(rule, found)
            if truth is False:
                continue
            ends, between = self._ends(rule.target)
            if truth is True:
                return [*found, _candidate(ends, (), between)]
            found.append(_candidate(ends, truth, between))
        return [*found, _candidate((IMPLIED_DEFAULT,))]

    def _rule(self, rule: CompiledRule, found: list[_Candidate]) -> bool | Causes:
        """Whether the condition holds; a predicate of it that fails adds to `found` that the request is refused."""
        condition = rule.condition
        if condition is None:
            return True
        if rule.number in self.holds:
            return self.holds[rule.number]
        try:
            truth = self._whole(condition)
            return truth if isinstance(truth, bool) else self._truth(condition, 0)
        except FailedPredicateError as error:
            found.append(_candidate((refused_by(error.name),), (error.name,)))
            return (error.name,)

    def _ends(self, target: CompiledTarget) -> tuple[tuple[Decision, ...], Causes]:
        try:
            return (target.decide(self.facts),), ()
        except UnknownFactError as unknown:
            return target.decisions, (unknown.name,)

    def _whole(self, condition: syntax.Expression) -> bool | Causes:
        """Whether a condition holds, by the code that decides."""
        try:
            return bool(self.router.evaluate(condition, self.facts, self.memo))
        except (UnknownFactError, UnknownPredicateError) as unknown:
            return (unknown.name,)

    def _truth(self, condition: syntax.Expression, depth: int) -> bool | Causes:
        """Whether a condition holds, by its parts."""
        condition = syntax.bare(condition)
        match condition:
            case syntax.And(operands=operands):
                return self._junction(operands, False, depth)
            case syntax.Or(operands=operands):
                return self._junction(operands, True, depth)
            case syntax.Not(operand=operand):
                truth = self._truth(operand, depth)
                return not truth if isinstance(truth, bool) else truth
            case syntax.Name(name=name) if name in self.router.checked.predicates and not self.facts.whole:
                return (name,)
            case syntax.Name() | syntax.Call() if (let := self.router.checked.let_named(condition)) is not None:
                return self._let(let, condition, depth)
            case _:
                return self._whole(condition)

    def _junction(self, operands: Sequence[syntax.Expression], decides: bool, depth: int) -> bool | Causes:
        """The value of an `or` (if True `decides`) or an `and` (if False does)."""
        causes: list[str] = []
        # a predicate that another operand makes needless must not be asked: it may fail
        for operand in sorted(operands, key=self.router.cost_of) if self.router.checked.predicates else operands:
            truth = self._truth(operand, depth)
            if truth is decides:
                return decides
            if not isinstance(truth, bool):
                causes += truth
        return tuple(dict.fromkeys(causes)) if causes else not decides

    def _let(self, name: str, condition: syntax.Expression, depth: int) -> bool | Causes:
        if name not in self.lets:
            truth = self._whole(condition)
            if not isinstance(truth, bool) and depth < MAX_DEPTH and name not in self.facts.overridden and truth != (name,):
                truth = self._truth(self.router.checked.all_lets[name].value, depth + 1)
            self.lets[name] = truth
        return self.lets[name]

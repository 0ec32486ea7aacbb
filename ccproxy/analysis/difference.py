"""Proves that two policies treat every request the same, or finds a request for each pair of rules between which requests move."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Literal

from ccproxy.analysis.formulas.formula import TRUE, Formula
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.space.cover import First
from ccproxy.analysis.space.model import Model, PolicyView
from ccproxy.analysis.space.volume import count_classes
from ccproxy.analysis.space.zones import Moments
from ccproxy.analysis.witness.branches import Branches, fork_of, ways
from ccproxy.analysis.witness.candidates import as_file, simplest
from ccproxy.analysis.witness.realization import Envelope
from ccproxy.analysis.witness.trial import Replay
from ccproxy.checks import CheckedPolicy
from ccproxy.compiler.router import reference_to
from ccproxy.decision import Decision, RuleReference
from ccproxy.facts import TokenCounter
from ccproxy.frozen import frozen
from ccproxy.language import syntax

_SHOWING = 10_000
"""Steps charged for a change, whose request is replayed many times until it is simple."""


@frozen
class Change:
    """Requests that end at one rule of the old policy and at one of the new, and are treated differently there.

    `old_rule` and `new_rule` are None for the implied default. `classes` is the number of combinations of fact classes
    that they cover, None if too many to count. `request` is one of them, as a request file; `old` and `new` are its decisions.
    """

    old_rule: syntax.Rule | None
    new_rule: syntax.Rule | None
    classes: int | None
    request: dict[str, Any]
    old: Decision
    new: Decision


@frozen
class Doubt:
    """Requests that end at one rule of the old policy and at one of the new, where it was not decided whether they are treated differently.

    `rules` are the two, None for the implied default; empty where the reason is about the policies as a whole.
    """

    reason: str
    rules: tuple[()] | tuple[RuleReference | None, RuleReference | None] = ()


@frozen
class Difference:
    """The result: `same` is proved, `different` is shown by the changes; `doubts` say what could not be decided."""

    verdict: Literal["same", "different", "undecided"]
    changes: tuple[Change, ...]
    doubts: tuple[Doubt, ...]


def difference(old: CheckedPolicy, new: CheckedPolicy, fuel: Fuel | None = None, counter: TokenCounter | None = None) -> Difference:
    """How the new policy treats requests differently from the old one; `counter` counts the tokens of example requests."""
    changes: list[Change] = []
    doubts: tuple[Doubt, ...] = ()
    try:
        comparison = _Comparison(old, new, fuel, counter)
        changes.extend(comparison.changes())
        doubts = tuple(dict.fromkeys(comparison.doubts))
    except OutOfFuelError as error:
        doubts = (Doubt(str(error)),)
    verdict: Literal["same", "different", "undecided"] = "different" if changes else "undecided" if doubts else "same"
    return Difference(verdict, tuple(changes), doubts)


class _Comparison:
    def __init__(self, old: CheckedPolicy, new: CheckedPolicy, fuel: Fuel | None, counter: TokenCounter | None) -> None:
        self._model = Model([old, new], fuel)
        self._old, self._new = self._model.policies
        self._replays = Replay(old, counter, self._model.fuel), Replay(new, counter, self._model.fuel)
        self._known = {rule.formula: number for number, rule in reversed(list(enumerate(self._old.rules)))}
        self._moments = Moments(self._model)
        self.doubts: list[Doubt] = []

    def changes(self) -> Iterator[Change]:
        """The pairs of rules between which requests move, in the order of the old policy, and of their branches."""
        for number, rule in enumerate(self._old.rules):
            for other in self._candidates(number, rule.formula):
                if self._new.rules[other].target == rule.target:
                    continue
                for change in self._between(number, other):
                    self._model.fuel.left -= _SHOWING
                    yield change
                if self._model.fuel.exhausted:
                    self.doubts.append(Doubt("the policies have too many differences to show them all"))
                    return

    def _candidates(self, number: int, formula: Formula) -> list[int]:
        """The rules of the new policy that may take requests from the old rule."""
        everything = First(self._new.cover, len(self._new.rules))
        near = {rule for box in self._model.boxes(formula) for covering in everything.boxes(box) for rule in covering.by}
        result = []
        for other in sorted(near):
            theirs = self._new.rules[other].formula
            if self._known.get(theirs, number) >= number:  # else an earlier rule of the old policy takes all that they have in common
                result.append(other)
            if theirs in (formula, TRUE):
                break
        return result

    def _between(self, number: int, other: int) -> Iterator[Change]:
        """A change for each two branches of the rules between which requests move."""
        old_rule, new_rule = self._old.rules[number], self._new.rules[other]
        before, after = old_rule.target.decisions, new_rule.target.decisions
        both = self._model.formulas.conjunction((old_rule.formula, new_rule.formula))
        outside = (First(self._old.cover, number), First(self._new.cover, other))
        forks = fork_of(self._old, number), fork_of(self._new, other)
        moves = [(i, j) for i, j in product(range(len(before)), range(len(after))) if before[i] != after[j]]

        def taken(envelope: Envelope) -> Branches | None:
            if self._replays[0].rule(envelope) != number or self._replays[1].rule(envelope) != other:
                return None
            old, new = self._decide(envelope)
            return before.index(old.outcome), after.index(new.outcome)

        result = ways(self._model, both, outside, forks, moves, taken=taken, variants=self._moments.of)
        rules = _reference(self._old, number), _reference(self._new, other)
        for reason in dict.fromkeys(result.undecided.values()):
            self.doubts.append(Doubt("no moment was found that shows it: the time zones differ" if self._moments else reason, rules))
        classes = count_classes(self._model, both, outside) if result.found else None
        for move in moves:
            if move in result.found:

                def moves_so(tried: Envelope, move: Branches = move) -> bool:
                    return taken(tried) == move

                shown = simplest(result.found[move], moves_so)
                yield Change(old_rule.rule, new_rule.rule, classes, as_file(shown), *self._decide(shown))

    def _decide(self, envelope: Envelope) -> tuple[Decision, Decision]:
        old, new = self._replays
        return old.decide(envelope), new.decide(envelope)


def _reference(view: PolicyView, number: int) -> RuleReference | None:
    rule = view.rules[number].rule
    return None if rule is None else reference_to(number + 1, rule)

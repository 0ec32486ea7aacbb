"""Proves that two policies treat every request the same, or finds a request for each pair of rules between which requests move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ccproxy.analysis.formulas.atoms import Source
from ccproxy.analysis.formulas.formula import TRUE, Formula
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.space.cover import First
from ccproxy.analysis.space.model import Answer, Impossible, Model, PolicyView, Possible, Undecided
from ccproxy.analysis.space.volume import count_classes
from ccproxy.analysis.space.zones import Moments
from ccproxy.analysis.witness.branches import with_other_texts
from ccproxy.analysis.witness.candidates import as_file, simplest
from ccproxy.analysis.witness.confirm import confirmed
from ccproxy.analysis.witness.realization import Envelope
from ccproxy.analysis.witness.trial import Replay
from ccproxy.checks import CheckedPolicy
from ccproxy.compiler.split import Splitter
from ccproxy.decision import Decision
from ccproxy.facts import TokenCounter
from ccproxy.language import syntax

_SHOWING = 10_000
"""Steps charged for a change, whose request is replayed many times until it is simple."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Difference:
    """The result: `same` is proved, `different` is shown by the changes; `reasons` say what could not be decided."""

    verdict: Literal["same", "different", "undecided"]
    changes: tuple[Change, ...]
    reasons: tuple[str, ...]


def difference(old: CheckedPolicy, new: CheckedPolicy, fuel: Fuel | None = None, counter: TokenCounter | None = None) -> Difference:
    """How the new policy treats requests differently from the old one; `counter` counts the tokens of example requests."""
    changes: list[Change] = []
    reasons: tuple[str, ...] = ()
    try:
        comparison = _Comparison(old, new, fuel, counter)
        changes.extend(comparison.changes())
        reasons = tuple(dict.fromkeys(comparison.reasons))
    except OutOfFuelError as error:
        reasons = (str(error),)
    verdict: Literal["same", "different", "undecided"] = "different" if changes else "undecided" if reasons else "same"
    return Difference(verdict, tuple(changes), reasons)


class _Comparison:
    def __init__(self, old: CheckedPolicy, new: CheckedPolicy, fuel: Fuel | None, counter: TokenCounter | None) -> None:
        self._model = Model([old, new], fuel)
        self._old, self._new = self._model.policies
        self._replays = Replay(old, counter, self._model.fuel), Replay(new, counter, self._model.fuel)
        self._known = {rule.formula: number for number, rule in reversed(list(enumerate(self._old.rules)))}
        self._moments = Moments(self._model)
        self.reasons: list[str] = []

    def changes(self) -> Iterator[Change]:
        """The pairs of rules between which requests move, in the order of the old policy."""
        for number, rule in enumerate(self._old.rules):
            for other in self._candidates(number, rule.formula):
                if self._new.rules[other].target != rule.target:
                    change = self._change(number, other)
                    if change is not None:
                        self._model.fuel.left -= _SHOWING
                        yield change
                    if self._model.fuel.exhausted:
                        self.reasons.append("the policies have too many differences to show them all")
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

    def _change(self, number: int, other: int) -> Change | None:
        old_rule, new_rule = self._old.rules[number], self._new.rules[other]
        both = self._model.formulas.conjunction((old_rule.formula, new_rule.formula))

        outside = (First(self._old.cover, number), First(self._new.cover, other))

        def accepts(envelope: Envelope) -> bool:
            return self._replays[0].rule(envelope) == number and self._replays[1].rule(envelope) == other

        answer, envelope = confirmed(self._model, both, outside, accepts, strict=True, variants=self._moments.of)
        if isinstance(answer, Undecided):
            self.reasons.append("no moment was found that shows it: the time zones differ" if self._moments else answer.reason)
        if envelope is None:
            return None
        shown = next((tried for tried in self._variants(envelope, answer, number, other) if accepts(tried) and self._shows(tried)), None)
        if shown is None:
            if not self._split_by_nothing(both, outside, number, other):
                self.reasons.append("no request was found that goes to another branch of a split")
            return None
        shown = simplest(shown, lambda tried: accepts(tried) and self._shows(tried))
        old, new = (replay.decide(shown) for replay in self._replays)
        return Change(old_rule.rule, new_rule.rule, count_classes(self._model, both, outside), as_file(shown), old, new)

    def _shows(self, envelope: Envelope) -> bool:
        old, new = (replay.decide(envelope) for replay in self._replays)
        return old.outcome != new.outcome

    def _variants(self, envelope: Envelope, answer: Answer, number: int, other: int) -> Iterator[Envelope]:
        """The request as it is, then with other values for splits to hash: two rules may treat one value the same."""
        yield envelope
        if not isinstance(answer, Possible):
            return
        splits = _split_of(self._old, number), _split_of(self._new, other)
        decisions = [replay.decide(envelope).outcome for replay in self._replays]
        for source in dict.fromkeys(split.source for split in splits if split is not None):

            def moves(text: str, source: Source = source) -> bool:
                """Whether a text there changes the outcome, all else being equal."""
                old, new = (
                    decision if split is None or split.source != source else split.decision_on(text)
                    for split, decision in zip(splits, decisions, strict=True)
                )
                return old != new

            yield from with_other_texts(self._model, answer, source, moves)

    def _split_by_nothing(self, both: Formula, outside: Sequence[First], number: int, other: int) -> bool:
        """Whether no request of these rules has the facts that their splits hash, so that each split sends them all to one label."""
        conjunction = self._model.formulas.conjunction
        splits = _split_of(self._old, number), _split_of(self._new, other)
        return all(
            isinstance(self._model.ask(conjunction((both, split.there)), outside), Impossible) for split in splits if split is not None
        )


@dataclass(frozen=True, slots=True)
class _Split:
    """A rule's split: the text that it hashes, the formula that a request has that text, and the splitter."""

    source: Source
    there: Formula
    splitter: Splitter
    decisions: tuple[Decision, ...]

    def decision_on(self, text: str) -> Decision:
        """The decision on a request with this text."""
        return self.decisions[self.splitter.branch_of(text)]


def _split_of(view: PolicyView, number: int) -> _Split | None:
    target, translator = view.rules[number].target, view.translator
    if target.splitter is None:
        return None
    by = target.splitter.by
    return _Split(translator.text(by), translator.goes_by_something(by), target.splitter, target.decisions)

"""Finds which rules of a policy can win, and which earlier ones cover those that can't."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from itertools import chain, combinations, islice

from ccproxy.analysis.formulas.formula import FALSE, TRUE, Formula
from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.parts import Parts
from ccproxy.analysis.space.cover import First
from ccproxy.analysis.space.model import Answer, Impossible, Model, PolicyView, Possible, RuleView
from ccproxy.analysis.space.solver import Covering
from ccproxy.analysis.space.variables import Preference
from ccproxy.analysis.witness.confirm import confirmed
from ccproxy.analysis.witness.realization import Envelope
from ccproxy.analysis.witness.trial import Replay
from ccproxy.checks import CheckedPolicy
from ccproxy.compiler.compiled_target import CompiledTarget
from ccproxy.facts import TokenCounter
from ccproxy.language import syntax

_MAX_SMALLER = 60
_MAX_SMALLER_SIZE = 2
"""How many sets, and of what size, are tried for one smaller than a set from which no rule can be removed."""

_MAX_INSTEAD = 8
"""How many later rules are tried for one that does the same as a redundant rule."""


class Reach:
    """The questions about one policy's rules; rules are numbered from 0, the default last. `also` are more conditions to ask about."""

    def __init__(
        self,
        checked: CheckedPolicy,
        fuel: Fuel | None = None,
        counter: TokenCounter | None = None,
        also: Sequence[syntax.Expression] = (),
    ) -> None:
        self.checked = checked
        self.model = Model([checked], fuel, also)
        self.view: PolicyView = self.model.policies[0]
        self.replay = Replay(checked, counter, self.model.fuel)
        self._holds: dict[int, Answer] = {}
        self._wins: dict[int, Answer] = {}

    @property
    def rules(self) -> list[RuleView]:
        """The rules in order."""
        return self.view.rules

    def outside(self, formula: Formula, rule: int, without: Collection[int] = (), preference: Preference | None = None) -> Answer:
        """Can the formula hold where none of the rules before `rule` does, those in `without` excepted?"""

        return self.model.ask(formula, self.before(rule, without), preference)

    def before(self, rule: int, without: Collection[int] = ()) -> tuple[First]:
        """The rules before `rule`, those in `without` excepted."""
        return (First(self.view.cover, rule, frozenset(without)),)

    def holds(self, rule: int) -> Answer:
        """Can the rule's condition hold at all?"""
        if rule not in self._holds:
            wins = self.wins(rule)
            self._holds[rule] = wins if isinstance(wins, Possible) else self.model.ask(self.rules[rule].formula)
        return self._holds[rule]

    def always(self, rule: int) -> bool:
        """Whether the condition is proved to hold for every request."""
        if self._last > rule:
            return False  # some request ends further down
        return isinstance(self.model.ask(-self.rules[rule].formula), Impossible)

    @cached_property
    def _last(self) -> int:
        """The last rule that a request ends at."""
        return next((number for number in range(len(self.rules) - 1, -1, -1) if isinstance(self.wins(number), Possible)), -1)

    def wins(self, rule: int) -> Answer:
        """Can a request end at the rule? `Possible` only if a replayed request does."""
        if rule not in self._wins:
            self._wins[rule] = self.model.compact(self.confirmed(self.rules[rule].formula, rule, False)[0])
        return self._wins[rule]

    def confirmed(
        self, formula: Formula, rule: int, strict: bool, condition: syntax.Expression | None = None, preference: Preference | None = None
    ) -> tuple[Answer, Envelope | None]:
        """Can the formula hold for a request that ends at the rule, and for which `condition` holds? The request was replayed.

        The formula has to imply the rule's condition. With `strict` the request's facts follow from its own fields.
        """
        accepts = self.accepts(rule, condition)
        return confirmed(self.model, formula, self.before(rule), accepts, strict=strict, preference=preference)

    def accepts(self, rule: int, condition: syntax.Expression | None = None) -> Callable[[Envelope], bool]:
        """A function that tells whether a request ends at the rule and satisfies the condition."""

        def accepts(envelope: Envelope) -> bool:
            return self.replay.rule(envelope) == rule and (condition is None or self.replay.holds(condition, envelope))

        return accepts

    # ── What covers a rule ───────────────────────────────────────────────────────────────────────────────────────────

    def covering(self, rule: int, because: Iterable[int]) -> tuple[int, ...]:
        """A smallest set of earlier rules that covers the rule, given one set that does."""
        core = frozenset(because)
        for other in sorted(because):
            fewer = self._covered(rule, core - {other}) if other in core else None
            if fewer is not None:
                core = fewer
        boxes = self.model.boxes(self.rules[rule].formula) if len(core) > 1 else ()
        near = sorted({number for box in boxes for covering in self.before(rule)[0].boxes(box) for number in covering.by})
        sizes = range(1, min(len(core), _MAX_SMALLER_SIZE + 1))
        for chosen in islice(chain.from_iterable(combinations(near, size) for size in sizes), _MAX_SMALLER):
            if self.model.fuel.left < self.model.fuel.total // 3:
                break  # the rest of the policy has to be analysed too
            if self._covered(rule, chosen) is not None or self._covered_by_definitions(rule, chosen):
                return chosen
        return tuple(sorted(core))

    def _covered_by_definitions(self, rule: int, by: Collection[int]) -> bool:
        """Whether the rule is covered, also taking into account what has yet to be found out about texts, lists and sums."""
        rest = self.model.formulas.conjunction((self.rules[rule].formula, *(-self.rules[number].formula for number in by)))
        return isinstance(self.model.ask(rest), Impossible)

    def _covered(self, rule: int, by: Collection[int]) -> frozenset[int] | None:
        coverings = [Covering(box, frozenset([number])) for number in by for box in self.model.boxes(self.rules[number].formula)]
        return self.model.covered_by(self.rules[rule].formula, coverings)

    def same_condition(self, rule: int, other: int) -> bool:
        """Whether two conditions are equivalent, given that the first implies the second."""
        one, two = self.rules[rule].formula, self.rules[other].formula
        return one == two or isinstance(self.model.ask(self.model.formulas.conjunction((two, -one))), Impossible)

    # ── What a rule changes ──────────────────────────────────────────────────────────────────────────────────────────

    def is_redundant(self, rule: int, gone: Collection[int] = ()) -> bool:
        """Whether every request that ends at the rule is proved to be treated the same without it, also with those in `gone` removed.

        A rule with a `because` is kept for its reason. Rules that can't win don't make another one redundant, because they should
        be removed themselves.
        """
        answer = self.wins(rule)
        written = self.rules[rule].rule
        if not isinstance(answer, Possible) or rule == len(self.rules) - 1 or written is None or written.because is not None:
            return False
        for after in self.model.rules_at(self.view, answer, rule + 1):
            if not self._alike(rule, after):
                return False
            if after not in self._idle:
                break
        idle = self._idle_with[self._targets[rule]]
        return self._changes_nothing(rule, {*gone, *idle[bisect_right(idle, rule) :]})

    def instead(self, rule: int) -> int | None:
        """A later rule that by itself would take all requests of a redundant one, if there is one."""
        answer = self.wins(rule)
        if isinstance(answer, Possible):
            for after in islice(self.model.rules_at(self.view, answer, rule + 1), _MAX_INSTEAD):
                rest = self.model.formulas.conjunction((self.rules[rule].formula, -self.rules[after].formula))
                alone = self._alike(rule, after) and after not in self._idle
                if alone and isinstance(self.outside(rest, rule), Impossible):
                    return after
        return None

    def _alike(self, rule: int, other: int) -> bool:
        """Whether two rules treat requests the same."""
        return self._targets[rule] == self._targets[other]

    @cached_property
    def _targets(self) -> list[int]:
        """A number for the target of each rule, the same for the same targets."""
        numbers: dict[CompiledTarget, int] = {}
        return [numbers.setdefault(view.target, len(numbers)) for view in self.rules]

    @cached_property
    def _others(self) -> list[int]:
        """For each target, the boxes of the rules that have another."""
        rules: defaultdict[int, list[int]] = defaultdict(list)
        for rule, target in enumerate(self._targets):
            rules[target].append(rule)
        cover = self.view.cover
        return [cover.all & ~cover.of(frozenset(rules[target])) for target in range(len(rules))]

    @cached_property
    def _idle_with(self) -> defaultdict[int, list[int]]:
        """The rules that can't win, in order, by the numbers of their targets."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for rule in sorted(self._idle):
            found[self._targets[rule]].append(rule)
        return found

    @cached_property
    def _idle(self) -> frozenset[int]:
        """The rules that can't win, the default excepted."""
        return frozenset(number for number in range(len(self.rules) - 1) if isinstance(self.wins(number), Impossible))

    def _changes_nothing(self, rule: int, gone: Collection[int]) -> bool:
        """Whether it is proved that with the rules in `gone` removed, removing this one too makes no difference."""
        formula, cover = self.rules[rule].formula, self.view.cover
        asked = self._others[self._targets[rule]] & ~cover.before(rule + 1)
        meeting = 0
        for box in self.model.boxes(formula):
            meeting |= cover.meeting(box, asked)
        for other in cover.rules(meeting):
            self.model.fuel.spend_of_all(4)
            if other in gone:
                continue
            both = self.model.formulas.conjunction((formula, self.rules[other].formula))
            if self.model.boxes(both) and not isinstance(self.outside(both, other, {rule, *gone}), Impossible):
                return False
        return True

    @cached_property
    def texts(self) -> list[str]:
        """The rules' names in messages: their lines, with their files if there are several."""
        spans = [view.rule.span if view.rule is not None else None for view in self.rules]
        return [
            "the implied default" if span is None else f"{span.source.name}:{span.line}" if self.in_several_files else f"line {span.line}"
            for span in spans
        ]

    @cached_property
    def in_several_files(self) -> bool:
        """Whether the rules stand in more than one file."""
        return len({view.rule.span.source.name for view in self.rules if view.rule is not None}) > 1

    def named(self, rules: Sequence[int]) -> str:
        """These rules in one phrase: `line 3`, `lines 3, 5 and 7`, `a.ccp:3 and b.ccp:5`."""
        spans = [view.rule.span for rule in rules if (view := self.rules[rule]).rule is not None]
        if len(rules) == 1 or self.in_several_files or len(spans) < len(rules):
            return _joined([self.texts[rule] for rule in rules])
        return f"lines {_joined([str(span.line) for span in spans])}"

    # ── Parts of conditions ──────────────────────────────────────────────────────────────────────────────────────────

    def parts(self, rule: int, gone: Collection[int] = ()) -> Parts:
        """Looks through a rule's condition, evaluated where no earlier rule holds, those in `gone` excepted."""
        return Parts(self.model.formulas, self.view.translator.condition, lambda formula: self.outside(formula, rule, gone))

    def let_parts(self, name: str) -> Parts | None:
        """Looks through a `let` that is a condition, wherever it is used; None for any other, and for a constant.

        What is wrong with a constant is reported where it is used.
        """
        formula = self.view.translator.let_condition(name)
        if formula is None or formula in (TRUE, FALSE):
            return None
        if not all(isinstance(self.model.ask(way), Possible) for way in (formula, -formula)):
            return None
        return Parts(self.model.formulas, self.view.translator.condition, self.model.ask)


def _joined(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"

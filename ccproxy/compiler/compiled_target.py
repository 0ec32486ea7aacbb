"""Compiles targets into decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from ccproxy.decision import Decision, RuleReference
from ccproxy.facts import Facts
from ccproxy.frozen import frozen
from ccproxy.language import syntax

if TYPE_CHECKING:
    from ccproxy.compiler.split import Splitter
    from ccproxy.compiler.stayer import Stayer


@frozen
class CompiledTarget:
    """The decisions that a target can lead to: a single one, or one for each branch of `splitter`, or each label of `stayer`.

    Two equal ones whose decisions name no rule treat every request the same.
    """

    decisions: tuple[Decision, ...]
    splitter: Splitter | None = None
    stayer: Stayer | None = None

    def decide(self, facts: Facts) -> Decision:
        """The decision on a request."""
        chooser = self.splitter or self.stayer
        return self.decisions[chooser.choose(facts) if chooser else 0]

    @property
    def settled(self) -> Decision | None:
        """The decision where it is the same on every request; else None."""
        return None if self.splitter or self.stayer else self.decisions[0]

    @property
    def usual(self) -> Decision:
        """The decision on a request without the fact that chooses the branch: that of the largest branch."""
        return self.decisions[self.splitter.largest if self.splitter else 0]

    @property
    def labels(self) -> frozenset[str] | None:
        """Every label that a request can end at, fallbacks included; None if it keeps its model, which can be any."""
        ends = [decision.labels for decision in self.decisions]
        known = [labels for labels in ends if labels is not None]
        return frozenset().union(*known) if len(known) == len(ends) else None

    def by_rule(self, rule: RuleReference) -> CompiledTarget:
        """A copy whose decisions name this rule."""
        return CompiledTarget(tuple(replace(decision, rule=rule) for decision in self.decisions), self.splitter, self.stayer)


IMPLIED_DEFAULT = Decision("route", "default", (), None, None)
"""The decision of the implied default."""


def compile_target(target: syntax.Target | None, stay_labels: tuple[str, ...] = ()) -> CompiledTarget:
    """Compile a target without naming a rule; None stands for the implied default. `stay_labels` are those that `stay` can mean."""
    match target:
        case None:
            return CompiledTarget((IMPLIED_DEFAULT,))
        case syntax.Route(label=label, fallbacks=fallbacks):
            return CompiledTarget((_route(label, fallbacks),))
        case syntax.Split(branches=(only,), fallbacks=fallbacks):
            return CompiledTarget((_route(only.label, fallbacks),))
        case syntax.Split(branches=branches, fallbacks=fallbacks):
            from ccproxy.compiler.split import splitter  # most policies have neither this nor the next

            return CompiledTarget(tuple(_route(branch.label, fallbacks) for branch in branches), splitter(target))
        case syntax.Stay(fallbacks=fallbacks):
            from ccproxy.compiler.stayer import Stayer

            decisions = (Decision("route", label, _names(fallbacks, label), None, None) for label in stay_labels)
            return CompiledTarget(tuple(decisions), stayer=Stayer(stay_labels))
        case syntax.Keep():
            return CompiledTarget((Decision("keep", None, (), None, None),))
        case syntax.Reject(message=message):
            return CompiledTarget((Decision("reject", None, (), message.value, None),))
        case _:
            assert_never(target)


def _names(labels: tuple[syntax.Label, ...], but: str) -> tuple[str, ...]:
    return tuple(label.name for label in labels if label.name != but)


def _route(label: syntax.Label, fallbacks: tuple[syntax.Label, ...]) -> Decision:
    return Decision("route", label.name, tuple(fallback.name for fallback in fallbacks), None, None)

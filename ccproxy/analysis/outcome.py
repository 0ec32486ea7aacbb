"""What a rule does with a request, as a value: two rules with equal outcomes treat every request the same."""

from __future__ import annotations

from collections.abc import Hashable

from ccproxy.language import syntax


def outcome_of(rule: syntax.Rule | None) -> Hashable:
    """The outcome of a rule; None is the default that nobody wrote. `because` has no part in it."""
    target = rule.target if rule is not None else None
    match target:
        case None:
            return "route", "default", ()
        case syntax.Route():
            return "route", target.label.name, _names(target.fallbacks)
        case syntax.Split(branches=(only,)):
            return "route", only.label.name, _names(target.fallbacks)
        case syntax.Split():
            shares = tuple((branch.share, branch.label.name) for branch in target.branches)
            by = None if isinstance(target.by, syntax.Name) and target.by.name == "session" else target.by
            return "split", shares, by, _names(target.fallbacks)
        case syntax.Keep():
            return ("keep",)
        case syntax.Reject():
            return "reject", target.message.value


def labels_of(rule: syntax.Rule | None) -> frozenset[str] | None:
    """Every label that a request of the rule can end at, fallbacks too; None for `keep`, whose label nobody knows."""
    target = rule.target if rule is not None else None
    match target:
        case None:
            return frozenset(["default"])
        case syntax.Route():
            return frozenset((target.label.name, *_names(target.fallbacks)))
        case syntax.Split():
            return frozenset((*(branch.label.name for branch in target.branches), *_names(target.fallbacks)))
        case syntax.Keep():
            return None
        case syntax.Reject():
            return frozenset()


def describe(rule: syntax.Rule | None) -> str:
    """The rule's target as a message has it."""
    if rule is None:
        return "default"
    return " ".join(rule.target.span.text.split())


def _names(labels: tuple[syntax.Label, ...]) -> tuple[str, ...]:
    return tuple(label.name for label in labels)

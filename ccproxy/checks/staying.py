"""What a rule that stays asks beyond its condition: that the conversation is at a label of the policy, which takes the request."""

from __future__ import annotations

from dataclasses import replace

from ccproxy.checks.checked import STAY, CheckedPolicy
from ccproxy.language import syntax
from ccproxy.source import Span


def with_stay(checked: CheckedPolicy) -> CheckedPolicy:
    """The policy with that as an implied let, if one of its rules stays."""
    rule = next((rule for rule in checked.rules if isinstance(rule.target, syntax.Stay)), None)
    if rule is None:
        return checked
    span = rule.target.span
    parts = tuple(_is_at(span, label) for label in checked.stay_labels)
    value: syntax.Expression = syntax.Or(span, parts) if len(parts) > 1 else parts[0] if parts else syntax.Bool(span, False)
    return replace(checked, implied={**checked.implied, STAY: syntax.Let(span, syntax.Name(span, STAY), value)})


def _is_at(span: Span, label: str) -> syntax.Expression:
    """`session.label == "L" and fits(L)`."""
    name = syntax.Text(span, label)
    here = syntax.Comparison(span, (syntax.Name(span, "session.label"), name), ("==",))
    return syntax.And(span, (here, syntax.Call(span, "fits", name)))

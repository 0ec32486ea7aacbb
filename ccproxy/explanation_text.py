"""An explanation for a person."""

from __future__ import annotations

from collections.abc import Iterator

from ccproxy.decision import Decision
from ccproxy.explanation import Explanation, Part, Step, written_value


def render(explanation: Explanation) -> str:
    """The label, the model behind it, the rule and its reason; then each rule that was tried."""
    return "\n".join(_lines(explanation))


def headline(decision: Decision, model: str | None = None) -> str:
    """Where the request goes, on one line."""
    match decision.action:
        case "route":
            return f"{decision.label}" + (f"  ({model})" if model else "")
        case "keep":
            return "keep: the requested model stays"
        case "reject":
            return f"reject: {decision.message}"


def _lines(explanation: Explanation) -> Iterator[str]:
    decision, rule = explanation.decision, explanation.decision.rule
    yield headline(decision, explanation.model)
    if decision.fallbacks:
        yield f"  fallback  {', '.join(decision.fallbacks)}"
    if rule is None:
        yield "  rule      none: the policy has no default, so the label is default"
    else:
        yield f"  rule      {rule.number}, {rule.file}:{rule.line}: {rule.text}"
        if rule.because:
            yield f"  because   {rule.because}"
    if explanation.trace:
        yield ""
        yield "rules tried"
    for step in explanation.trace:
        yield from _step(step)
    if explanation.also:
        yield ""
        yield "would also hold: " + ", ".join(f"line {rule.rule.span.line}" for rule in explanation.also)
    for item in explanation.nearest:
        yield f"nearest: line {item['line']} -> {item['label']}: {item['change']}"


def _step(step: Step) -> Iterator[str]:
    mark = "✓" if step.holds else "✗"
    place = f"{mark} {step.number:>3}  line {step.line:<4}"
    if step.condition is None:
        yield f"{place}  default"
        return
    yield f"{place}  {step.condition.text}"
    shown = _deciding(step.condition)
    if shown is not None:
        told = "holds" if shown.holds else "does not hold"
        what = f"{shown.text} {told}: " if shown.text != step.condition.text else ""
        values = ", ".join(f"{name} is {written_value(value)}" for name, value in shown.facts.items())
        if what or values:
            yield f"           {what}{values or ('true' if shown.holds else 'false')}"


def _deciding(part: Part) -> Part | None:
    """The smallest part that decided: the first that failed of an `and`, the one that held of an `or`."""
    while part.parts:
        wanted = [inner for inner in part.parts if inner.holds is part.holds]
        part = wanted[0] if wanted else part.parts[-1]
    return part

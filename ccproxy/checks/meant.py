"""Slips in well-formed expressions that take a whole condition to see, each with the condition that was meant."""

from __future__ import annotations

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.diagnostics.fix import replace
from ccproxy.facts.asked import fact_read
from ccproxy.language import syntax
from ccproxy.language.literals import WEEKDAYS
from ccproxy.language.printer import format_expression
from ccproxy.language.types import Type

_VALUES = (syntax.Text, syntax.Number, syntax.Time, syntax.Weekday)


def value_alone(whole: syntax.And | syntax.Or) -> Diagnostic | None:
    """Reports `a == "b" or "c"`: a value where a condition is due, behind a comparison that it was to be a further value of."""
    joined = "or" if isinstance(whole, syntax.Or) else "and"
    for first, before in enumerate(whole.operands[:-1]):
        values: list[syntax.Expression] = []
        for operand in whole.operands[first + 1 :]:
            if not isinstance(operand, _VALUES):
                break
            values.append(operand)
        better = _with_all(before, values, joined) if values else None
        if better is not None:
            span = before.span.to(values[-1].span)
            message = f"`{values[0].span.text}` alone is no condition"
            return Diagnostic(Code.NOT_A_CONDITION, values[0].span, message, f"write {better}", fixes=(replace(span, better),))
    return None


def _with_all(before: syntax.Expression, values: list[syntax.Expression], joined: str) -> str | None:
    match before:
        case syntax.Comparison(operands=(left, right), relations=("==",)) if joined == "or" and isinstance(right, _VALUES):
            return f"{_asked(left)} in {_listed([right, *values])}"
        case syntax.Comparison(operands=(left, right), relations=("!=",)) if isinstance(right, _VALUES):
            return f"{format_expression(left)} not in {_listed([right, *values])}"
        case syntax.Quantified(quantifier=quantifier, operand=operand, operator="==", right=right) if joined == "or":
            return f"{quantifier} {format_expression(operand)} in {_listed([right, *values])}"
        case syntax.Test(left=left, operator="matches" | "contains" | "starts with" | "ends with") if isinstance(before.right, syntax.Text):
            more = [f"{format_expression(left)} {before.operator} {format_expression(value)}" for value in values]
            return f" {joined} ".join([format_expression(before), *more])
        case _:
            return None


def _asked(left: syntax.Expression) -> str:
    fact = fact_read(left)
    return f"{'any ' if fact is not None and fact.type is Type.LIST else ''}{format_expression(left)}"


def _listed(values: list[syntax.Expression]) -> str:
    match values:
        case [syntax.Weekday(day=low), syntax.Weekday(day=high)] if high == low + 1:
            return f"{WEEKDAYS[low]}..{WEEKDAYS[high]}"
        case _:
            return f"[{', '.join(map(format_expression, values))}]"


def wrong_right_side(left: syntax.Expression, right: syntax.Expression) -> Diagnostic | None:
    """Reports `in a-b` for a range, and weekdays in quotes, right of `in`."""
    right = syntax.bare(right)
    if isinstance(right, syntax.Sum) and right.signs == ("+", "-") and all(isinstance(end, _VALUES) for end in right.operands):
        better = "..".join(format_expression(end) for end in right.operands)
        return Diagnostic(Code.BAD_RANGE, right.span, "a range has two dots", f"write {better}", fixes=(replace(right.span, better),))
    fact = fact_read(left)
    if fact is not None and fact.type is Type.WEEKDAY and isinstance(right, syntax.ListLiteral):
        days = [item.value.lower()[:3] for item in right.items if isinstance(item, syntax.Text)]
        if len(days) == len(right.items) and days and all(day in WEEKDAYS for day in days):
            better = f"[{', '.join(days)}]"
            message = "a weekday stands without quotes"
            return Diagnostic(Code.TYPE_MISMATCH, right.span, message, f"write {better}", fixes=(replace(right.span, better),))
    return None

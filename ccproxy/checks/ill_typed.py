"""Diagnostics of ill-typed expressions: what to write instead, and the fix where the answer is known."""

from __future__ import annotations

from ccproxy.diagnostics import Code, Diagnostic, Fix
from ccproxy.diagnostics.fix import replace
from ccproxy.facts.asked import fact_read
from ccproxy.language import syntax
from ccproxy.language.literals import WEEKDAYS, LiteralError, is_number, read_time
from ccproxy.language.operators import MINUTES
from ccproxy.language.printer import format_expression
from ccproxy.language.types import Type


def not_comparable(whole: syntax.Comparison, operand: syntax.Expression, found: Type, relation: str) -> Diagnostic:
    """Reports an operand of a type that a relation does not take."""
    written = format_expression(operand)
    side = next((side for side in whole.operands if side is not operand), None)
    other = "…" if side is None else format_expression(side)
    fixes: tuple[Fix, ...] = ()
    match found:
        case Type.BOOL:
            condition, constant = (other, written) if isinstance(operand, syntax.Bool) else (written, other)
            better = condition if (constant != "false") == (relation == "==") else f"not {condition}"
            hint = f"write {better}"
            fixes = (replace(whole.span, better),) if isinstance(side, syntax.Bool) or isinstance(operand, syntax.Bool) else ()
        case Type.LIST:
            choice = f"any {written} == {other}", f"{other} in {written}"
            hint = f"write {choice[0]}, or {choice[1]}"
            fixes = tuple(replace(whole.span, better) for better in choice) if relation == "==" else ()
        case Type.WEEKDAY:
            hint = f"write {written} in mon..fri, or {written} == mon"
        case _ if isinstance(operand, syntax.Text) and _is_time(operand.value):
            hint = f"write the time without quotes: {operand.value}"
            fixes = (replace(operand.span, operand.value),)
        case _ if isinstance(operand, syntax.Text) and is_number(operand.value):
            hint = f"write the number without quotes: {operand.value}"
            fixes = (replace(operand.span, operand.value),)
        case _:
            hint = "text has no order: write ==, matches, contains, starts with or ends with"
    return Diagnostic(Code.WRONG_OPERAND, operand.span, f"`{relation}` does not take a {found} such as `{written}`", hint, fixes=fixes)


def mismatch(operand: syntax.Expression, found: Type | None, wanted: Type) -> Diagnostic:
    """Reports an operand of another type than the other side; `found` is None for a JSON value."""
    written = format_expression(operand)
    if found is None:
        return Diagnostic(Code.TYPE_MISMATCH, operand.span, f"a JSON value is no {wanted}", f"compare `{written}` with a text or a number")
    message = f"`{written}` is a {found}, and the other side is a {wanted}"
    hint, better = instead(operand, found, wanted)
    return Diagnostic(Code.TYPE_MISMATCH, operand.span, message, hint, fixes=replaced(operand, better))


def untyped(expression: syntax.Expression) -> Diagnostic:
    """Reports a `body(…)` whose type nothing tells."""
    written = format_expression(expression)
    hint = f'use it where its type is plain: {written} == "…", {written} > 0, {written} contains "…", has {written}'
    return Diagnostic(Code.UNTYPED_BODY, expression.span, f"nothing here says what type `{written}` has", hint)


def replaced(expression: syntax.Expression, better: str | None) -> tuple[Fix, ...]:
    """The fix that writes `better` instead, if it is known."""
    return () if better is None else (replace(expression.span, better),)


def is_fact(expression: syntax.Expression) -> bool:
    """Whether it can be asked for with `has`: a fact, or a call."""
    asked = syntax.bare(expression)
    return isinstance(asked, syntax.Call) or fact_read(asked) is not None


def as_condition(expression: syntax.Expression, found: Type) -> tuple[str, str | None]:
    """What to write instead of an expression where a condition is expected, and the condition that was most likely meant."""
    written = format_expression(expression)
    match found:
        case Type.NUMBER:
            return f"compare it: {written} > 0", None if isinstance(syntax.bare(expression), syntax.Number) else f"{written} > 0"
        case Type.TEXT:
            return f'write {written} == "…", or has {written}', f"has {written}" if is_fact(expression) else None
        case Type.LIST:
            return f'write count({written}) > 0, or any {written} == "…"', f"count({written}) > 0"
        case Type.TIME:
            return f"write {written} in 22:00..06:00", None
        case _:
            return f"write {written} in sat..sun", None


def instead(expression: syntax.Expression, found: Type, wanted: Type) -> tuple[str, str | None]:
    """What to write instead of an expression of the wrong type, and the replacement if it is known."""
    written = format_expression(expression)
    value = expression.value if isinstance(expression, syntax.Text) else ""
    match found, wanted:
        case Type.TEXT, Type.NUMBER if is_number(value):
            return f"numbers stand without quotes: {value}", value
        case Type.NUMBER, Type.TEXT if written[:1].isdigit():
            return f'text stands in quotes: "{written}"', f'"{written}"'
        case Type.LIST, Type.NUMBER:
            return f"count({written}) is the number of its elements", f"count({written})"
        case Type.TEXT, Type.TIME:
            return "a time of day stands without quotes: 22:00", value if _is_time(value) else None
        case Type.TEXT, Type.WEEKDAY:
            return "the weekdays are mon tue wed thu fri sat sun, without quotes", value if value in WEEKDAYS else None
        case _:
            return f"write a {wanted} here", None


def _is_time(text: str) -> bool:
    try:
        return read_time(text) < MINUTES
    except LiteralError:
        return False

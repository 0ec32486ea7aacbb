"""Advice on conditions that are valid but may not mean what their writer intended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ccproxy.checks.body_paths import path_advice
from ccproxy.checks.mistakes import mistakes
from ccproxy.checks.patterns import glob_advice
from ccproxy.diagnostics import Code, Diagnostic, Fix
from ccproxy.diagnostics.fix import replace
from ccproxy.facts.asked import fact_read
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.facts.schema import Presence
from ccproxy.language import syntax
from ccproxy.language.printer import format_expression

_PLAIN = frozenset({syntax.Name, syntax.Text, syntax.Group, syntax.And, syntax.ListLiteral, syntax.Bool})
"""Expressions that are never wrong by themselves."""


_ASKING = frozenset({syntax.Has, syntax.Count, syntax.Quantified})
"""Expressions that may ask for something to be there."""


def advice(root: syntax.Statement, expressions: Sequence[syntax.Expression]) -> Iterator[Diagnostic]:
    """Gives advice on the expressions of one statement, as `walk` tells them."""
    asked = set() if _ASKING.isdisjoint(map(type, expressions)) else {*_asked(expressions)}
    whole = root.value if isinstance(root, syntax.Let) else root.condition if isinstance(root, syntax.Rule | syntax.Assertion) else None
    if isinstance(root, syntax.Rule) and isinstance(root.target, syntax.Split) and root.target.by is not None:
        yield from path_advice(root.target.by)
    for expression in expressions:
        if type(expression) in _PLAIN:
            continue
        yield from mistakes(expression)
        yield from path_advice(expression)
        match expression:
            case syntax.Or(operands=operands):
                for operand in operands:
                    if isinstance(operand, syntax.And):
                        hint = f"write ({format_expression(operand)}), or put the parentheses where you mean them"
                        fix = replace(operand.span, f"({operand.span.text})", "put parentheses around it")
                        yield Diagnostic(Code.AND_OR_MIXED, operand.span, "and binds tighter than or", hint, fixes=(fix,))
            case syntax.Comparison(relations=("!=",), operands=operands):
                yield from _negation(expression, operands, asked, whole)
            case syntax.Test(operator="matches", right=right):
                yield from _glob(syntax.bare(right))
            case syntax.Test(operator="not in", left=left, right=right):
                yield from _negation(expression, (left, right), asked, whole)
            case syntax.Not(operand=operand):
                inner = syntax.bare(operand)
                if isinstance(inner, syntax.Comparison | syntax.Test) and not _is_negative(inner):
                    yield from _negation(expression, syntax.children_of(inner), asked, whole)
            case syntax.Quantified(operator=operator, right=right) as quantified:
                if operator == "matches":
                    yield from _glob(syntax.bare(right))
                yield from _empty(quantified, asked, whole)
            case _:
                pass


def _asked(expressions: Sequence[syntax.Expression]) -> Iterator[str]:
    """What the expressions ask to be there."""
    for item in expressions:
        if isinstance(item, syntax.Has | syntax.Count) or (isinstance(item, syntax.Quantified) and item.quantifier == "any"):
            yield format_expression(syntax.bare(item.operand))


def _glob(right: syntax.Expression) -> Iterator[Diagnostic]:
    if isinstance(right, syntax.Text) and (found := glob_advice(right)):
        yield found


def _empty(quantified: syntax.Quantified, asked: set[str], whole: syntax.Expression | None) -> Iterator[Diagnostic]:
    if quantified.quantifier == "any" or isinstance(quantified.operand, syntax.ListLiteral):
        return
    written = format_expression(syntax.bare(quantified.operand))
    if written not in asked:
        message = f"this also holds where `{written}` is missing or empty"
        guard = f"count({written}) > 0"
        hint, fixes = f"to ask for an element too, add {guard} and …", (_guarded(quantified, guard, whole),)
        yield Diagnostic(Code.EMPTY_LIST_HOLDS, quantified.span, message, hint, fixes=fixes)


def _is_negative(expression: syntax.Comparison | syntax.Test) -> bool:
    return expression.relations == ("!=",) if isinstance(expression, syntax.Comparison) else expression.operator == "not in"


def _guarded(expression: syntax.Expression, guard: str, whole: syntax.Expression | None) -> Fix:
    """The guard before the expression, both in parentheses if they are only part of the condition."""
    joined = f"{guard} and {expression.span.text}"
    return replace(expression.span, joined if expression is whole else f"({joined})", f"add {guard}")


def _negation(
    negation: syntax.Expression, operands: tuple[syntax.Expression, ...], asked: set[str], whole: syntax.Expression | None
) -> Iterator[Diagnostic]:
    for operand in operands:
        for part in (operand, *syntax.walk(operand)):
            written = format_expression(part)
            if written not in asked and may_be_missing(part):
                message = f"this is also true where `{written}` is missing"
                hint, fixes = f"if you don't mean those requests, add has {written} and …", (_guarded(negation, f"has {written}", whole),)
                yield Diagnostic(Code.NEGATED_MISSING, negation.span, message, hint, fixes=fixes)
                return


def may_be_missing(expression: syntax.Expression) -> bool:
    """Whether the expression is a fact that only some requests have."""
    if isinstance(expression, syntax.Call):
        return FUNCTION_BY_NAME[expression.function].presence is Presence.SOMETIMES
    fact = fact_read(expression)
    return fact is not None and fact.presence is Presence.SOMETIMES

"""Checks targets: the shares, labels and fact of a split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import assert_never

from ccproxy.diagnostics import Code, Diagnostic, Note
from ccproxy.diagnostics.fix import replace
from ccproxy.facts.asked import fact_read
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.language import syntax
from ccproxy.language.literals import exact, write_decimal
from ccproxy.language.paths import EACH, LAST, is_list
from ccproxy.language.printer import format_expression
from ccproxy.language.types import Type

_BY = 'write by session, by user, by header("…"), by metadata("…") or by body("…")'


def target_problems(target: syntax.Target, call_problem: Callable[[syntax.Call], Diagnostic | None]) -> Iterator[Diagnostic]:
    """Reports the errors in a target."""
    match target:
        case syntax.Split():
            yield from _split_problems(target, call_problem)
        case syntax.Route() | syntax.Stay() | syntax.Keep() | syntax.Reject():
            return
        case _:
            assert_never(target)


def _split_problems(target: syntax.Split, call_problem: Callable[[syntax.Call], Diagnostic | None]) -> Iterator[Diagnostic]:
    seen: dict[str, syntax.Label] = {}
    for branch in target.branches:
        if branch.share == 0:
            yield Diagnostic(Code.BAD_SHARE, branch.span, "a share of 0% gets no request", "give it a share, or take it out")
        label = branch.label
        if label.name in seen:
            first = Note("it has a share here already", seen[label.name].span)
            yield Diagnostic(Code.DUPLICATE_BRANCH, label.span, f"`{label.name}` is there twice", "add the shares up", (first,))
        seen.setdefault(label.name, label)
    total = exact(sum((Fraction(branch.share) for branch in target.branches), Fraction()))
    if total != 100:
        message = f"the shares add up to {write_decimal(total)}%, not 100%"
        last = target.branches[-1]
        rest = exact(Fraction(last.share) + 100 - total)
        hint = f"for instance {write_decimal(rest)}% {last.label.name}" if rest > 0 else "make them add up to 100%"
        fixes = (replace(last.span, f"{write_decimal(rest)}% {last.label.span.text}"),) if rest > 0 else ()
        if len(target.branches) == 1 and 0 < total < 100 and last.label.name != "default":
            others = f"{write_decimal(exact(100 - Fraction(total)))}% default, {last.span.text}"
            hint, fixes = f"name the other share too, such as {others}", (replace(last.span, others),)
        yield Diagnostic(Code.BAD_SHARE, target.branches[0].span.to(last.span), message, hint, fixes=fixes)
    if target.by is not None:
        yield from _by_problems(target.by, call_problem)


def _by_problems(by: syntax.Expression, call_problem: Callable[[syntax.Call], Diagnostic | None]) -> Iterator[Diagnostic]:
    if isinstance(by, syntax.Call):
        if problem := call_problem(by):
            yield problem
        elif FUNCTION_BY_NAME[by.function].of_label:
            what, hint = f"`{format_expression(by)}` is a {FUNCTION_BY_NAME[by.function].type}", _BY
            yield Diagnostic(Code.BAD_SPLIT_FACT, by.span, f"a split is by a text fact, and {what}", hint)
        elif by.function == "body" and is_list(by.argument.value):
            what = f"`{format_expression(by)}` is a list"
            hint = f"name one of its elements: write {LAST} or a number in place of {EACH}"
            yield Diagnostic(Code.BAD_SPLIT_FACT, by.span, f"a split is by a text fact, and {what}", hint)
        return
    fact = fact_read(by)
    if fact is None or fact.type is not Type.TEXT:
        what = f"`{format_expression(by)}` is " + (f"a {fact.type}" if fact else "no fact")
        yield Diagnostic(Code.BAD_SPLIT_FACT, by.span, f"a split is by a text fact, and {what}", _BY)

"""Tells where a split sends the requests that lack the fact it goes by, if such requests can end at its rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccproxy.analysis.witness.confirm import confirmed
from ccproxy.analysis.witness.realization import Envelope
from ccproxy.checks.advice import may_be_missing
from ccproxy.compiler.split import Splitter
from ccproxy.diagnostics import Code, Diagnostic, Edit, Fix
from ccproxy.diagnostics.fix import replace
from ccproxy.language import syntax
from ccproxy.language.printer import format_expression
from ccproxy.source import Span

if TYPE_CHECKING:
    from ccproxy.analysis.reach import Reach


def split_finding(reach: Reach, number: int) -> Diagnostic | None:
    """The finding about the split of this rule; None if it has none, or every request that ends there has the fact."""
    view = reach.rules[number]
    splitter = view.target.splitter
    if view.rule is None or splitter is None or not may_be_missing(splitter.by) or not _is_lacking(reach, number, splitter):
        return None
    by, largest = format_expression(splitter.by), view.target.usual.label
    equals = splitter.shares.count(max(splitter.shares))
    why = "the largest share" if equals == 1 else "the first of the largest shares"
    message = f"requests without `{by}` all go to `{largest}`, {why}"
    if view.rule.condition is None:
        hint = f"to say so, or to send them elsewhere, write when has {by} -> … before a default of their own"
    else:
        hint = f"if you don't mean those requests, add has {by} and …"
    return Diagnostic(Code.SPLIT_WITHOUT_FACT, splitter.by.span, message, hint, fixes=tuple(_fixes(view.rule, by, splitter.largest)))


def _is_lacking(reach: Reach, number: int, splitter: Splitter) -> bool:
    """Whether a request was found that ends at the rule and lacks the fact."""
    formula = reach.rules[number].formula
    lacking = reach.model.formulas.conjunction((formula, -reach.view.translator.goes_by_something(splitter.by)))

    def accepts(envelope: Envelope) -> bool:
        return reach.replay.rule(envelope) == number and splitter.read(reach.replay.facts(envelope)) is None

    return confirmed(reach.model, lacking, reach.before(number), accepts, strict=False)[1] is not None


def _fixes(rule: syntax.Rule, by: str, largest: int) -> Iterator[Fix]:
    """The guard; before a default a rule with the guard, so that each request goes where it did."""
    condition, target = rule.condition, rule.target
    if condition is not None:
        whole = f"({condition.span.text})" if isinstance(condition, syntax.Or) else condition.span.text
        yield replace(condition.span, f"has {by} and {whole}", f"add has {by}")
    elif isinstance(target, syntax.Split):
        labels = (target.branches[largest].label, *target.fallbacks)
        start = Span(rule.span.source, rule.span.start, rule.span.start)
        before = Edit(start, f"when has {by} -> {target.span.text}\n")
        yield Fix(f"write when has {by} before it", (before, Edit(target.span, " fallback ".join(label.span.text for label in labels))))

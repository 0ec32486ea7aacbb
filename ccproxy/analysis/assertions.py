"""Proves assertions, or refutes them with a request."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from ccproxy.analysis.fallbacks import ends_of, ends_of_target, led_on
from ccproxy.analysis.formulas.formula import Formula
from ccproxy.analysis.space.model import Answer, Impossible, Possible, Undecided
from ccproxy.analysis.witness.branches import with_other_texts
from ccproxy.analysis.witness.candidates import as_file, simplest
from ccproxy.analysis.witness.realization import Envelope
from ccproxy.compiler.compiled_target import CompiledTarget
from ccproxy.diagnostics import Code, Diagnostic, Note
from ccproxy.language import syntax
from ccproxy.models.model_list import ModelList

if TYPE_CHECKING:
    from ccproxy.analysis.reach import Reach


def assertion_findings(reach: Reach, model_list: ModelList | None = None) -> Iterator[Diagnostic]:
    """Yields a finding for each assertion that is broken, can't be decided, or is vacuous because its condition never holds."""
    for assertion, formula in zip(reach.checked.assertions, reach.model.asserted[0], strict=True):
        if isinstance(reach.model.ask(formula), Impossible):
            message = "this condition holds for no request, so the assertion says nothing"
            yield Diagnostic(Code.NEVER_TRUE, assertion.condition.span, message)
            continue
        finding = _broken(reach, model_list, assertion, formula)
        if finding is not None:
            yield finding


def _broken(reach: Reach, model_list: ModelList | None, assertion: syntax.Assertion, condition: Formula) -> Diagnostic | None:
    undecided: Undecided | None = None
    for number, view in enumerate(reach.rules):
        wrong = wrong_labels(assertion, ends_of_target(view.target, model_list))
        if not wrong:
            continue
        both = reach.model.formulas.conjunction((condition, view.formula))
        answer, envelope = reach.confirmed(both, number, True, assertion.condition)
        if isinstance(answer, Undecided):
            undecided = answer
        if envelope is None:
            continue
        shown = _at_wrong_branch(reach, number, assertion, answer, envelope, model_list=model_list)
        witness = shown or simplest(envelope, reach.accepts(number, assertion.condition))
        where = reach.texts[number]
        message = f"a request for which this holds ends at {where}: {view.target_text}"
        at_rule = [Note(f"the assertion does not allow {wrong}", view.rule.span)] if view.rule is not None else []
        notes = (*at_rule, *_through(assertion, view.target, model_list))
        return Diagnostic(Code.ASSERTION_BROKEN, assertion.span, message, notes=notes, witness=as_file(witness))
    if undecided is not None:
        return Diagnostic(Code.UNDECIDED, assertion.span, f"not decided: whether the assertion is kept ({undecided.reason})")
    return None


def _through(assertion: syntax.Assertion, target: CompiledTarget, model_list: ModelList | None) -> tuple[Note, ...]:
    """The ways in which LiteLLM's own fallbacks lead to labels that the assertion forbids."""
    led = {name: fallback for decision in target.decisions for name, fallback in led_on(decision, model_list).items()}
    return tuple(
        Note(f"{fallback.setting} of LiteLLM's own config lead on to `{name}`", fallback.span)
        for name, fallback in led.items()
        if wrong_labels(assertion, frozenset([name]))
    )


def _at_wrong_branch(
    reach: Reach, number: int, assertion: syntax.Assertion, answer: Answer, envelope: Envelope, *, model_list: ModelList | None
) -> Envelope | None:
    """The request, or one like it, that a split sends to a branch that the assertion forbids; None for any other rule."""
    target, accepts = reach.rules[number].target, reach.accepts(number, assertion.condition)
    splitter = target.splitter
    if splitter is None or not isinstance(answer, Possible):
        return None
    source, decisions = reach.view.translator.text(splitter.by), target.decisions

    def wrong(tried: Envelope) -> bool:
        return accepts(tried) and bool(wrong_labels(assertion, ends_of(reach.replay.decide(tried), model_list)))

    others = with_other_texts(
        reach.model, answer, source, lambda text: bool(wrong_labels(assertion, ends_of(decisions[splitter.branch_of(text)], model_list)))
    )
    shown = next((tried for tried in chain([envelope], others) if wrong(tried)), None)
    return None if shown is None else simplest(shown, wrong)


def wrong_labels(assertion: syntax.Assertion, labels: frozenset[str] | None) -> str:
    """Those of these labels that the assertion forbids, as text for a message; empty if none. None stands for `keep`."""
    named = {label.name for label in assertion.labels}
    if labels is None:
        return "`keep`" if assertion.kind == "only" else ""
    wrong = labels & named if assertion.kind == "never" else labels - named
    return ", ".join(f"`{label}`" for label in sorted(wrong))

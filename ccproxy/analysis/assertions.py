"""Proves assertions, or refutes them with a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ccproxy.analysis.fallbacks import ends_of, led_on
from ccproxy.analysis.formulas.formula import Formula
from ccproxy.analysis.space.model import Impossible
from ccproxy.analysis.witness.branches import Branches, fork_of, ways
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
    undecided: str | None = None
    for number, view in enumerate(reach.rules):
        wrong = [wrong_labels(assertion, ends_of(decision, model_list)) for decision in view.target.decisions]
        if not any(wrong):
            continue
        found, why = _at_branch(reach, number, assertion, condition, [branch for branch, labels in enumerate(wrong) if labels])
        undecided = why or undecided
        if found is None:
            continue
        branch, witness = found
        message = f"a request for which this holds ends at {reach.texts[number]}: {view.target_text}"
        at_rule = [Note(f"the assertion does not allow {wrong[branch]}", view.rule.span)] if view.rule is not None else []
        notes = (*at_rule, *_through(assertion, view.target, model_list))
        return Diagnostic(Code.ASSERTION_BROKEN, assertion.span, message, notes=notes, witness=as_file(witness))
    if undecided is not None:
        return Diagnostic(Code.UNDECIDED, assertion.span, f"not decided: whether the assertion is kept ({undecided})")
    return None


def _at_branch(
    reach: Reach, number: int, assertion: syntax.Assertion, condition: Formula, branches: Sequence[int]
) -> tuple[tuple[int, Envelope] | None, str | None]:
    """The first of these branches of the rule that breaks the assertion, with a request; and why others are not decided."""
    both = reach.model.formulas.conjunction((condition, reach.rules[number].formula))
    accepts, decisions = reach.accepts(number, assertion.condition), reach.rules[number].target.decisions

    def taken(envelope: Envelope) -> Branches | None:
        return (decisions.index(reach.replay.decide(envelope).outcome),) if accepts(envelope) else None

    fork, wanted = fork_of(reach.view, number), [(branch,) for branch in branches]
    result = ways(reach.model, both, reach.before(number), [fork], wanted, taken=taken)
    why = next(iter(result.undecided.values()), None)
    if not result.found:
        return None, why
    shown = min(result.found)
    return (shown[0], simplest(result.found[shown], lambda tried: taken(tried) == shown)), why


def _through(assertion: syntax.Assertion, target: CompiledTarget, model_list: ModelList | None) -> tuple[Note, ...]:
    """The ways in which LiteLLM's own fallbacks lead to labels that the assertion forbids."""
    led = {name: fallback for decision in target.decisions for name, fallback in led_on(decision, model_list).items()}
    return tuple(
        Note(f"{fallback.setting} of LiteLLM's own config lead on to `{name}`", fallback.span)
        for name, fallback in led.items()
        if wrong_labels(assertion, frozenset([name]))
    )


def wrong_labels(assertion: syntax.Assertion, labels: frozenset[str] | None) -> str:
    """Those of these labels that the assertion forbids, as text for a message; empty if none. None stands for `keep`."""
    named = {label.name for label in assertion.labels}
    if labels is None:
        return "`keep`" if assertion.kind == "only" else ""
    wrong = labels & named if assertion.kind == "never" else labels - named
    return ", ".join(f"`{label}`" for label in sorted(wrong))

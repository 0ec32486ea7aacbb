"""Follows LiteLLM's own fallbacks to the labels that a request may end at beyond those of its rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccproxy.checks import CheckedPolicy
from ccproxy.compiler.compiled_target import CompiledTarget, compile_target
from ccproxy.decision import Decision
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.models.model_list import ConfiguredFallback, ModelList


def led_on(decision: Decision, model_list: ModelList | None) -> Mapping[str, ConfiguredFallback]:
    """The labels that LiteLLM's own fallbacks lead such a request to, each with its fallback; none if the rule has fallbacks itself."""
    if model_list is None or decision.label is None or decision.fallbacks:
        return {}
    return model_list.beyond(decision.label)


def ends_of(decision: Decision, model_list: ModelList | None) -> frozenset[str] | None:
    """Every label that the request can end at; None if it keeps its model, which can be any."""
    labels = decision.labels
    return None if labels is None else labels.union(led_on(decision, model_list))


def ends_of_target(target: CompiledTarget, model_list: ModelList | None) -> frozenset[str] | None:
    """Every label that a request of a rule can end at; None if that can be any."""
    known = [ends for decision in target.decisions if (ends := ends_of(decision, model_list)) is not None]
    return frozenset().union(*known) if len(known) == len(target.decisions) else None


def fallback_findings(checked: CheckedPolicy, model_list: ModelList) -> Iterator[Diagnostic]:
    """Yields a finding for each of LiteLLM's own fallbacks that affects requests of the policy."""
    targets = [rule.target for rule in checked.rules]
    implied = [] if checked.rules and checked.rules[-1].condition is None else [None]
    found: dict[ConfiguredFallback, str] = {}
    for target in [*targets, *implied]:
        for decision in compile_target(target).decisions:
            for fallback in led_on(decision, model_list).values():
                found.setdefault(fallback, decision.label or "")
    for fallback, label in found.items():
        to = ", ".join(f"`{name}`" for name in fallback.to)
        message = f"{fallback.setting} of {fallback.span.source.name} lead requests for `{label}` on to {to}, where models fail"
        help_text = "write it in the rule (-> LABEL fallback LABEL), or keep requests from them: litellm_fallbacks: ignore in ccproxy.yaml"
        yield Diagnostic(Code.CONFIGURED_FALLBACK, fallback.span, message, help_text)

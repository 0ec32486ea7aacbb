"""Labels against LiteLLM's config: every label that a policy can give has to be a name that LiteLLM knows."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.language.syntax import Label
from ccproxy.models.model_list import ModelList
from ccproxy.source import Span


def check_labels(checked: CheckedPolicy, model_list: ModelList) -> Iterator[Diagnostic]:
    """Each label of a target or an assertion is a `model_name` of the `model_list`, an alias or a routing group."""
    for label in labels_in(checked):
        if label.name in model_list.names:
            continue
        wildcard = model_list.wildcard_for(label.name)
        if wildcard is not None:
            yield _only_wildcard(label, wildcard, model_list)
        elif model_list.complete:
            yield _unknown(label, model_list)
    if _implies_default(checked) and "default" not in model_list.names and model_list.complete:
        yield _unknown(Label(_end_of(checked), "default"), model_list, "the policy ends with an implied default -> default: ")


def labels_in(checked: CheckedPolicy) -> Iterator[Label]:
    """Every label that is written in the rules, fallbacks too, and in the assertions."""
    for rule in checked.rules:
        yield from rule.target.labels
    for assertion in checked.assertions:
        yield from assertion.labels


def _implies_default(checked: CheckedPolicy) -> bool:
    return not checked.rules or checked.rules[-1].condition is not None


def _end_of(checked: CheckedPolicy) -> Span:
    source = checked.policy.sources[0]
    end = len(source.text.rstrip())
    return Span(source, end, end)


def _only_wildcard(label: Label, wildcard: str, model_list: ModelList) -> Diagnostic:
    message = f'only the wildcard "{wildcard}" of {model_list.source.name} matches "{label.name}"'
    return Diagnostic(
        Code.WILDCARD_LABEL, label.span, message, "LiteLLM sends the label to the provider as a model name: is there such a model?"
    )


def _unknown(label: Label, model_list: ModelList, before: str = "") -> Diagnostic:
    close = get_close_matches(label.name, model_list.names, n=1)
    known = ", ".join(list(model_list.names)[:10]) or "none"
    more = ", …" if len(model_list.names) > 10 else ""
    help_text = f'did you mean "{close[0]}"?' if close else f"its names are: {known}{more}"
    return Diagnostic(Code.UNKNOWN_LABEL, label.span, f'{before}{model_list.source.name} has no model_name "{label.name}"', help_text)

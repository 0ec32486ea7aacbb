"""Checks labels against LiteLLM's config: every label that a policy can give has to be a name that LiteLLM knows."""

from __future__ import annotations

from collections.abc import Iterator

from ccproxy.checks.checked import CheckedPolicy, label_calls
from ccproxy.closest import closest
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.diagnostics.fix import quote, replace
from ccproxy.language.edits import add_default, end_of
from ccproxy.language.literals import write_label, write_text
from ccproxy.language.syntax import Assertion, Label, Policy, Rule, Stay
from ccproxy.models.model_list import ModelList
from ccproxy.source import Source, Span

MAX_HINTS = 100
"""How many unknown labels get a suggestion."""


def check_labels(checked: CheckedPolicy, model_list: ModelList) -> Iterator[Diagnostic]:
    """Check that each label of a target or an assertion is a `model_name` of the `model_list`, an alias or a routing group."""
    yield from unknown_labels(checked.policy, model_list)
    for label in labels_in(checked.policy) if model_list.wildcards else ():
        wildcard = None if label.name in model_list.names else model_list.wildcard_for(label.name)
        if wildcard is not None:
            yield _only_wildcard(label, wildcard, model_list)
    yield from _bare_stay(checked, model_list)
    if _implies_default(checked) and "default" not in model_list.names and model_list.complete:
        yield _unknown_default(checked.policy.sources[0], model_list)


def unknown_labels(policy: Policy, model_list: ModelList) -> Iterator[Diagnostic]:
    """The labels written in a policy, whatever else is wrong with it, that LiteLLM doesn't know."""
    hints = MAX_HINTS
    for label in labels_in(policy) if model_list.complete else ():
        if label.name not in model_list.names and model_list.wildcard_for(label.name) is None:
            yield _unknown(label, model_list, hinting=hints > 0)
            hints -= 1


def _bare_stay(checked: CheckedPolicy, model_list: ModelList) -> Iterator[Diagnostic]:
    """Reports `-> stay` where LiteLLM has a model of that name: before there was such a target, that was the label."""
    for rule in checked.rules if "stay" in model_list.names else ():
        if isinstance(rule.target, Stay):
            word = Span(rule.target.span.source, rule.target.span.start, rule.target.span.start + len("stay"))
            message = f'`stay` is a word of the language, and {model_list.source.name} has a model_name "stay": which of the two is meant?'
            hint = 'for the model, quote it: "stay"; for the other, give the model another name'
            yield Diagnostic(Code.RESERVED_WORD, word, message, hint, fixes=(quote(word),))


def labels_in(policy: Policy) -> Iterator[Label]:
    """Every label written in the rules, fallbacks included, in the assertions, and in functions of labels."""
    for statement in policy.statements:
        if isinstance(statement, Rule):
            yield from statement.target.labels
        elif isinstance(statement, Assertion):
            yield from statement.labels
    for call in label_calls(policy):
        yield Label(call.argument.span, call.argument.value)


def _implies_default(checked: CheckedPolicy) -> bool:
    return not checked.rules or checked.rules[-1].condition is not None


def _only_wildcard(label: Label, wildcard: str, model_list: ModelList) -> Diagnostic:
    message = f'only the wildcard "{wildcard}" of {model_list.source.name} matches "{label.name}"'
    return Diagnostic(
        Code.WILDCARD_LABEL, label.span, message, "LiteLLM sends the label to the provider as a model name: is there such a model?"
    )


def _unknown(label: Label, model_list: ModelList, *, hinting: bool) -> Diagnostic:
    close = _close(label.name, model_list) if hinting else None
    message = f'{model_list.source.name} has no model_name "{label.name}"'
    write = write_text if label.span.text.startswith('"') else write_label
    fixes = () if close is None else (replace(label.span, write(close)),)
    return Diagnostic(Code.UNKNOWN_LABEL, label.span, message, _names(close, model_list), fixes=fixes)


def _unknown_default(source: Source, model_list: ModelList) -> Diagnostic:
    close = _close("default", model_list)
    message = f'the policy ends with an implied default -> default: {model_list.source.name} has no model_name "default"'
    fixes = () if close is None else (add_default(source, close),)
    return Diagnostic(Code.UNKNOWN_LABEL, end_of(source), message, _names(close, model_list), fixes=fixes)


def _close(name: str, model_list: ModelList) -> str | None:
    return closest(name, model_list.names)


def _names(close: str | None, model_list: ModelList) -> str:
    known = ", ".join(list(model_list.names)[:10]) or "none"
    more = ", …" if len(model_list.names) > 10 else ""
    return f'did you mean "{close}"?' if close is not None else f"its names are: {known}{more}"

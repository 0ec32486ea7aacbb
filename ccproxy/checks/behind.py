"""Checks what stands behind the labels of a policy: models that retire, models and prices of which nothing is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.checks.labels import labels_in
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.language.edits import end_of
from ccproxy.language.printer import format_expression
from ccproxy.source import Span

if TYPE_CHECKING:
    from ccproxy.models.label_models import Model, Models

SOON = timedelta(days=60)
"""How long before its day a model's retirement is told."""


def check_behind(checked: CheckedPolicy, today: date | None) -> Iterator[Diagnostic]:
    """Reports labels of the rules whose models retire by `today` or soon after, and what is unknown, each once, where it stands first.

    Without a day nothing retires. Labels that lead nowhere are reported elsewhere.
    """
    models = checked.models
    if models is None:
        return
    for label, span in _first_places(checked).items():
        behind = models.of(label)
        if behind and not any(model.known for model in behind):
            yield _unknown(label, span, behind)
        yield from (_retiring(label, span, model, today) for model in behind if today is not None and _retires(model, today))
    yield from _unknown_prices(checked, models)


def _first_places(checked: CheckedPolicy) -> dict[str, Span]:
    found: dict[str, Span] = {}
    for label in labels_in(checked.policy):
        found.setdefault(label.name, label.span)
    if not checked.rules or checked.rules[-1].condition is not None:
        found.setdefault("default", end_of(checked.policy.sources[0]))
    return found


def _unknown(label: str, span: Span, behind: tuple[Model, ...]) -> Diagnostic:
    names = ", ".join(dict.fromkeys(model.name for model in behind))
    message = f"LiteLLM's map has nothing on {names}, which stands behind `{label}`: nothing is proved of what it can take"
    hint = "say it in the deployment's model_info: max_input_tokens, supports_vision, input_cost_per_token, …"
    return Diagnostic(Code.UNKNOWN_MODEL, span, message, hint)


def _retires(model: Model, today: date) -> bool:
    return model.retires is not None and model.retires - SOON <= today


def _retiring(label: str, span: Span, model: Model, today: date | None) -> Diagnostic:
    past = today is not None and model.retires is not None and model.retires <= today
    message = f"{model.name}, which stands behind `{label}`, {'was' if past else 'will be'} retired on {model.retires}"
    successor = f"; its provider names {model.successor}" if model.successor else ""
    return Diagnostic(Code.RETIRING_MODEL, span, message, f"put another model behind the label in LiteLLM's config{successor}")


def _unknown_prices(checked: CheckedPolicy, models: Models) -> Iterator[Diagnostic]:
    told: set[str] = set()
    for call in checked.label_calls:
        label = call.argument.value
        if call.function != "cost" or label in told or not models.of(label):
            continue
        told.add(label)
        without = [model.name for model in models.of(label) if not model.prices.known]
        if without:
            written = format_expression(call)
            message = f"the price of {', '.join(without)} is unknown, so `{written}` is missing, and no comparison with it holds"
            hint = "say it in the deployment's litellm_params: input_cost_per_token, output_cost_per_token"
            yield Diagnostic(Code.UNKNOWN_PRICE, call.span, message, hint)

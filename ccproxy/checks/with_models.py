"""Gives a checked policy the models behind its labels: what `fits(label)` stands for is then a condition like any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.language import syntax
from ccproxy.language.printer import format_expression

if TYPE_CHECKING:
    from ccproxy.models.label_models import Models


def with_models(checked: CheckedPolicy, models: Models | None) -> CheckedPolicy:
    """The policy with these models behind its labels. Of a label of which nothing is known, `fits` stays unknown."""
    asked = {format_expression(call): call for call in _calls(checked) if call.function == "fits"}
    if models is None or not (checked.label_calls or asked):
        return checked if models is checked.models else replace(checked, models=models)
    from ccproxy.checks.conditions import read_conditions  # most policies ask for no label's models
    from ccproxy.models.requirements import fits_condition

    found = {key: condition for key, call in asked.items() if (condition := fits_condition(models, call.argument.value)) is not None}
    _, read = read_conditions(found.values(), "what LiteLLM knows of its models")
    implied = {key: _let(asked[key], key, read[condition]) for key, condition in found.items()}
    return replace(checked, models=models, implied={**implied, **checked.implied})


def _calls(checked: CheckedPolicy) -> Iterator[syntax.Call]:
    """Functions of labels that the policy asks for, and that its implied lets do."""
    yield from checked.label_calls
    for let in checked.implied.values():
        yield from (item for item in syntax.walk(let) if isinstance(item, syntax.Call))


def _let(call: syntax.Call, key: str, condition: syntax.Expression) -> syntax.Let:
    return syntax.Let(call.span, syntax.Name(call.span, key), condition)

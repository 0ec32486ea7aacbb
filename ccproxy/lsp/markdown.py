"""Describes facts, readers, names and rules in a few lines of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.facts.readers import Function
from ccproxy.facts.schema import Fact
from ccproxy.language import syntax
from ccproxy.language.printer import format_statement
from ccproxy.language.types import Type
from ccproxy.language.words import KEYWORDS, OPERATORS, Operator
from ccproxy.models.label_models import CAPABILITIES, Model, Models
from ccproxy.models.model_list import ModelList
from ccproxy.models.prices import Rates


def describe_fact(fact: Fact) -> str:
    """The type, presence, meaning and source of a fact."""
    return f"**{fact.name}**: {fact.type}, {fact.presence} there\n\n{fact.meaning}\n\nSource: {fact.source}"


def describe_function(function: Function) -> str:
    """The type, meaning and source of a reader."""
    kind = function.type or "by its place"
    return f"**{function.form}**: {kind}\n\n{function.meaning}\n\nSource: {function.source}"


def describe_operator(operator: Operator) -> str:
    """The form of an operator, its operand types and its meaning."""
    return f"`{operator.form}`\n\n{operator.meaning}\n\nTakes: {'any fact' if operator.written == 'has' else ', '.join(operator.types)}"


def describe_word(word: str) -> str | None:
    """The description of an operator or keyword; None for any other word."""
    operator = next((item for item in OPERATORS if item.written == word), None)
    if operator is not None:
        return describe_operator(operator)
    keyword = next((item for item in KEYWORDS if item.written == word), None)
    return f"`{keyword.form}`\n\n{keyword.meaning}" if keyword is not None else None


def describe_definition(definition: syntax.Let | syntax.Predicate, kind: Type | None) -> str:
    """The text and type of a let or predicate."""
    what = "predicate: bool" if isinstance(definition, syntax.Predicate) else f"let: {kind}" if kind is not None else "let"
    return f"**{definition.name.name}**: {what}\n\n```ccp\n{format_statement(definition)}\n```"


def describe_label(label: str, models: ModelList | None, behind: Models | None = None) -> str:
    """The models behind a label, and what is known of them."""
    known = [_model(model) for model in behind.of(label) if model.known] if behind is not None else []
    return "\n\n".join([_leads_to(label, models), *known])


def _model(model: Model) -> str:
    """What is known of a model: its limits, what it can take and what not, dollars per million tokens."""
    limits = [f"{count:,} tokens of {what}" for what, count in (("input", model.window), ("output", model.output_cap)) if count is not None]
    takes = [capability for capability in CAPABILITIES if model.takes(capability)]
    lacks = [capability for capability in CAPABILITIES if model.takes(capability) is False]
    lines = [", ".join(limits), f"takes {', '.join(takes)}" if takes else "", f"not {', '.join(lacks)}" if lacks else ""]
    if model.prices.known:
        first, *higher = ((edge, model.prices.rates(edge + 1)) for edge in (0, *model.prices.thresholds))
        lines.append(f"{_in_and_out(first[1])} for a million tokens")
        lines += [f"above {edge:,} tokens {_in_and_out(rates)}" for edge, rates in higher]
    if model.retires is not None:
        lines.append(f"retires {model.retires.isoformat()}")
    return f"`{model.name}`: " + "; ".join(filter(None, lines))


def _in_and_out(rates: Rates) -> str:
    return f"${_dollars(rates.new)} in, ${_dollars(rates.output)} out"


def _dollars(price: Decimal) -> str:
    return f"{(price * 1_000_000).normalize():f}"


def _leads_to(label: str, models: ModelList | None) -> str:
    if models is None:
        return f"**{label}**: a model group of LiteLLM (there is no config.yaml beside the policy to look it up in)"
    name = models.source.name
    if label in models.names:
        return f"**{label}**: `{models.names[label]}`\n\nfrom the model_list of {name}"
    wildcard = models.wildcard_for(label)
    if wildcard is not None:
        return f"**{label}**: only the wildcard `{wildcard}` of {name} matches it"
    return f"**{label}**: {name} has no such model_name"


def describe_rule(number: int, rule: syntax.Rule, findings: Sequence[Diagnostic] | None, hits: int | None) -> str:
    """The number of a rule, and whether requests end at it; `findings` is None before the analysis is done, `hits` without cases."""
    lines = [f"**Rule {number}**" + ("" if rule.because is None else f": {rule.because.value}")]
    if findings is not None:
        own = [item for item in findings if item.span.source is rule.span.source and rule.span.start <= item.span.start < rule.span.end]
        covered = next((item for item in own if item.code.dead), None)
        unsure = next((item for item in own if item.code is Code.UNDECIDED), None)
        lines.append(
            f"Not reachable: {covered.message}" if covered else unsure.message if unsure else "Reachable: there are requests that end here"
        )
    if hits is not None:
        lines.append(hit_text(hits))
    return "\n\n".join(lines)


def hit_text(hits: int) -> str:
    """How many cases end at a rule, in words."""
    return "no case hits this rule" if hits == 0 else f"{hits} case{'' if hits == 1 else 's'} hit{'s' if hits == 1 else ''} this rule"

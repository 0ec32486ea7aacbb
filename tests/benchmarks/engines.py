"""The peers beside Python written by hand (`by_hand.py`): the same rules as objects, and in other engines, of those that are installed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from ccproxy.facts import Facts
from tests.benchmarks.routing_rules import Condition, Joined, rego_module, written

Decide = Callable[[Any], str]
"""From the values of all facts to a label."""


# ── Rule objects ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class RuleObject:
    """A rule of the classic design."""

    label: str
    condition: Condition

    def evaluate(self, values: Mapping[str, Any]) -> bool:
        """Whether the condition holds."""
        return _holds(self.condition, values)


def _holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    if isinstance(condition, Joined):
        match condition.word:
            case "and":
                return all(_holds(part, values) for part in condition.parts)
            case "or":
                return any(_holds(part, values) for part in condition.parts)
            case "not":
                return not _holds(condition.parts[0], values)
    value = values[condition.field]
    match condition.what:
        case "is":
            return bool(value == condition.value)
        case "starts":
            return bool(value.startswith(condition.value))
        case "contains":
            return bool(condition.value in value)
        case "has":
            return condition.value in value
        case "over":
            return bool(value > condition.value)
        case "within":
            return bool(condition.value <= value < condition.end)
        case "true":
            return bool(value)


def rule_objects(conditions: Sequence[Condition]) -> Decide:
    """Objects that are tried one by one."""
    rules = [RuleObject(f"l{number}", condition) for number, condition in enumerate(conditions)]
    return lambda values: next((rule.label for rule in rules if rule.evaluate(values)), "default")


# ── Other engines ────────────────────────────────────────────────────────────────────────────────────────────────────


def cel(conditions: Sequence[Condition]) -> Decide:
    """CEL in Rust (`common-expression-language`): a program a rule, tried one by one; the engine has no rules of its own."""
    engine: Any = import_module("cel")

    programs = [engine.compile(written(condition, "cel")) for condition in conditions]

    def decide(values: Mapping[str, Any]) -> str:
        context = engine.Context(dict(values))
        return next((f"l{number}" for number, program in enumerate(programs) if program.execute(context)), "default")

    return decide


def cedar(conditions: Sequence[Condition]) -> Decide:
    """Cedar in Rust (`cedarpy`), whose policies have no order: all that permit are told, and the first of them is taken."""
    cedarpy: Any = import_module("cedarpy")

    policies = cedarpy.PolicySet.from_str(
        "\n".join(f"permit(principal, action, resource) when {{ {written(condition, 'cedar')} }};" for condition in conditions)
    )
    who = {"principal": 'User::"u"', "action": 'Action::"route"', "resource": 'Model::"m"'}

    def decide(values: Mapping[str, Any]) -> str:
        answer = cedarpy.is_authorized({**who, "context": dict(values)}, policies, [])
        numbers = [int(reason.removeprefix("policy")) for reason in answer.diagnostics.reasons]
        return f"l{min(numbers)}" if numbers else "default"

    return decide


def rego(conditions: Sequence[Condition]) -> Decide:
    """Rego in C++ (`regopy`): one rule whose `else`s are the others, compiled before."""
    regopy: Any = import_module("regopy")

    interpreter = regopy.Interpreter()
    interpreter.add_module("routing", rego_module(conditions))
    compiled = interpreter.build("data.routing.route")

    def decide(values: Mapping[str, Any]) -> str:
        interpreter.set_input(dict(values))
        return str(interpreter.query_bundle(compiled).results[0].expressions[0])

    return decide


def rule_engine(conditions: Sequence[Condition]) -> Decide:
    """`rule-engine` in Python: a rule object of its own a rule, tried one by one."""
    engine: Any = import_module("rule_engine")

    rules = [engine.Rule(written(condition, "rule-engine")) for condition in conditions]
    return lambda values: next((f"l{number}" for number, rule in enumerate(rules) if rule.matches(values)), "default")


_ENGINES: tuple[tuple[str, str, str, Callable[[Sequence[Condition]], Decide]], ...] = (
    ("CEL", "cel", "common-expression-language", cel),
    ("Cedar", "cedarpy", "cedarpy", cedar),
    ("Rego", "regopy", "regopy", rego),
    ("rule-engine", "rule_engine", "rule-engine", rule_engine),
)


def installed() -> dict[str, Callable[[Sequence[Condition]], Decide]]:
    """The engines that are installed, with their versions."""
    return {f"{name} {version(package)}": make for name, module, package, make in _ENGINES if find_spec(module)}


def values_of(facts: Facts) -> dict[str, Any]:
    """The values of all facts, as plain JSON values."""
    read = {
        "model": facts.model,
        "team": facts.header("x-team"),
        "project": facts.metadata("project"),
        "effort": facts.effort,
        "stream": facts.stream,
        "max_tokens": facts.max_tokens,
        "messages": facts.messages,
        "tools": list(facts.tools or ()),
    }
    values: dict[str, Any] = json.loads(json.dumps(read))
    return values

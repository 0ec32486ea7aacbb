"""What the recorded decision on a request tells of conditions: those before the rule that decided did not hold, and its own did.

Records leave out the texts of requests, so that many a condition can't be evaluated anew. But a condition that stands in the policy that
decided, and in another that is tried on its records, was evaluated then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.printer import format_expression
from ccproxy.policy import Policy

MOST_DECIDERS = 20
"""Policies that are held, the latest."""
HASH_LENGTH = 12
"""Digits of a policy's hash in a record."""

Condition = tuple[str, ...]
"""A condition with all that it names, and the time zone: two that are equal hold of the same requests."""


@frozen
class _Conditions:
    """The conditions of a policy's rules in their order, None for a default; and the places of the rules."""

    conditions: tuple[Condition | None, ...]
    places: tuple[str, ...]


@dataclass
class Deciders:
    """The policies that may have decided recorded requests."""

    _known: dict[str, _Conditions] = field(default_factory=dict)
    _told: dict[tuple[str, str | None], Mapping[Condition, bool]] = field(default_factory=dict)

    def add(self, policy: Policy) -> None:
        """Hold one; one that goes by what it remembers is none, as that would be something else after other decisions."""
        name = policy.sha256[:HASH_LENGTH]
        if not policy.remembers and name not in self._known:
            self._known[name] = _conditions(policy.checked)
            while len(self._known) > MOST_DECIDERS:
                gone = next(iter(self._known))
                del self._known[gone]
                self._told = {key: told for key, told in self._told.items() if key[0] != gone}

    def on(self, policy: Policy) -> Tried:
        """What they tell of the conditions of a policy that is tried."""
        return Tried(self, () if policy.remembers else _conditions(policy.checked).conditions)

    def told(self, record: Mapping[str, Any]) -> Mapping[Condition, bool]:
        """The conditions of which a decision record tells whether they held."""
        policy, rule, action = record.get("policy"), record.get("rule"), record.get("action")
        if not isinstance(policy, str) or (rule is None and action not in ("route", "keep")) or not (rule is None or isinstance(rule, str)):
            return {}
        if (policy, rule) not in self._told and policy in self._known:
            self._told[policy, rule] = _told(self._known[policy], rule)
        return self._told.get((policy, rule), {})


@frozen
class Tried:
    """The conditions of a policy that is tried on recorded requests."""

    deciders: Deciders
    conditions: tuple[Condition | None, ...]

    def holds(self, record: Mapping[str, Any]) -> Mapping[int, bool]:
        """Whether the conditions hold of the request of a decision record, by the number of their rule, where it tells."""
        told = self.deciders.told(record)
        if not told:
            return {}
        return {number: told[key] for number, key in enumerate(self.conditions, 1) if key is not None and key in told}


def _told(known: _Conditions, rule: str | None) -> Mapping[Condition, bool]:
    """What is told by the rule at a place, if it is one; without a rule that none held."""
    if rule is not None and known.places.count(rule) != 1:
        return {}
    decided = len(known.places) if rule is None else known.places.index(rule)
    found = {key: False for key in known.conditions[:decided] if key is not None}
    if rule is not None and (own := known.conditions[decided]) is not None:
        found[own] = True
    return found


def _conditions(checked: CheckedPolicy) -> _Conditions:
    conditions = (checked.condition_of(rule) for rule in checked.rules)
    return _Conditions(
        tuple(None if one is None else _condition(one, checked) for one in conditions),
        tuple(f"{rule.span.source.name}:{rule.span.line}" for rule in checked.rules),
    )


def _condition(condition: syntax.Expression, checked: CheckedPolicy) -> Condition:
    named: dict[str, str] = {}
    open_: list[syntax.Expression] = [condition]
    while open_:
        expression = open_.pop()
        for item in (expression, *syntax.walk(expression)):
            if (let := checked.let_named(item)) is not None:
                key, value = f"let {let}", checked.all_lets[let].value
                if key not in named:
                    named[key] = format_expression(value)
                    open_.append(value)
            elif isinstance(item, syntax.Name) and item.name in checked.predicates:
                predicate = checked.predicates[item.name]
                named[f"predicate {item.name}"] = repr((predicate.target.value, predicate.arguments))
    return (checked.timezone, format_expression(condition), *(f"{name} = {value}" for name, value in sorted(named.items())))

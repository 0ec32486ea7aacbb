"""A policy whose names and types have been checked: the input of the compiler and the analyses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import UTC, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from ccproxy.facts.asked import fact_read
from ccproxy.facts.schema import Made
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.literals import LABEL_FUNCTIONS
from ccproxy.language.printer import format_expression
from ccproxy.language.types import Type
from ccproxy.source import Source, Span

if TYPE_CHECKING:
    from ccproxy.models.label_models import Models
    from ccproxy.models.offers import Offers


_OF_MEMORY = frozenset({"quota", "healthy", "cost"})
"""Functions of labels that what is remembered has a part in: `cost` knows what is cached."""
STAYS_BY = syntax.Name(Span(Source(""), 0, 0), "session.label")
"""The fact that says where a conversation is."""
STAY = "stay"
"""The implied let that a conversation has a label to stay at; no policy can have one of this name."""


@frozen
class CheckedPolicy:
    """A policy without errors, its statements grouped by kind.

    `rules` are in the order they are tried, a written default last: rule n is `rules[n - 1]`. `let_types` has every let; lists
    of anything but text are `Type.LIST` there too, and occur only right of `in`. `models` are those behind its labels, None where
    nothing is known of any; `implied` are the lets that `fits(label)` then stands for, by its canonical text.
    """

    policy: syntax.Policy
    rules: tuple[syntax.Rule, ...]
    lets: Mapping[str, syntax.Let]
    let_types: Mapping[str, Type]
    predicates: Mapping[str, syntax.Predicate]
    assertions: tuple[syntax.Assertion, ...]
    timezone: str
    models: Models | None = None
    implied: Mapping[str, syntax.Let] = field(default_factory=dict)

    @cached_property
    def all_lets(self) -> Mapping[str, syntax.Let]:
        """The lets that the policy implies, then those that it has, each after all that it needs."""
        return {**self.implied, **self.lets}

    def let_named(self, expression: syntax.Node) -> str | None:
        """The key in `all_lets` of the let that an expression asks for; None for any other."""
        match expression:
            case syntax.Name(name=name) if name in self.lets or name in self.implied:
                return name
            case syntax.Call() if self.implied and (key := format_expression(expression)) in self.implied:
                return key
            case _:
                return None

    def condition_of(self, rule: syntax.Rule) -> syntax.Expression | None:
        """When a rule applies: where its condition holds, and a rule that stays has a label to stay at; None for the default."""
        condition = rule.condition
        if condition is None or not isinstance(rule.target, syntax.Stay):
            return condition
        stays = syntax.Name(rule.target.span, STAY)
        operands = condition.operands if isinstance(condition, syntax.And) else (condition,)
        operands = tuple(syntax.Group(one.span, one) if isinstance(one, syntax.Or) else one for one in operands)
        return self._with_stays.setdefault(id(rule), syntax.And(condition.span, (*operands, stays)))

    @cached_property
    def _with_stays(self) -> dict[int, syntax.Expression]:
        return {}

    @cached_property
    def stay_labels(self) -> tuple[str, ...]:
        """The labels that a conversation can stay at: all that the policy routes to, fallbacks and an implied default among them."""
        found = dict.fromkeys(label.name for rule in self.rules for label in rule.target.labels)
        if not self.rules or self.rules[-1].condition is not None:
            found["default"] = None
        return tuple(found)

    @cached_property
    def label_calls(self) -> tuple[syntax.Call, ...]:
        """Every use of a function of a label, in the order they are written."""
        return tuple(label_calls(self.policy))

    @cached_property
    def labels_looked_behind(self) -> tuple[str, ...]:
        """The labels of whose models something is asked: by `fits` and `cost`, and to stay at them."""
        found = dict.fromkeys(call.argument.value for call in self.label_calls if call.function in ("fits", "cost"))
        return (*found, *(label for label in self.stay_labels if STAY in self.implied and label not in found))

    @cached_property
    def zone(self) -> tzinfo:
        """The time zone, of which hours and weekdays are."""
        if self.timezone == "UTC":
            return UTC
        from zoneinfo import ZoneInfo  # the zones take their time to load

        return ZoneInfo(self.timezone)

    @cached_property
    def offers(self) -> Offers | None:
        """What the labels of its rules offer; None where nothing is known of models."""
        if self.models is None:
            return None
        from ccproxy.models.offers import Offers  # without a config nobody needs it

        labels = dict.fromkeys(label.name for rule in self.rules for label in rule.target.labels)
        if not self.rules or self.rules[-1].condition is not None:
            labels["default"] = None
        return Offers.of(self.models, labels)

    @cached_property
    def remembers(self) -> bool:
        """Whether a decision can depend on what the proxy remembers: of conversations, or of labels."""
        if any(isinstance(rule.target, syntax.Stay) for rule in self.rules):
            return True
        asked = (item for statement in self.policy.statements for item in syntax.walk(statement))
        return any(
            item.function in _OF_MEMORY
            if isinstance(item, syntax.Call)
            else (fact := fact_read(item)) is not None and fact.place is Made.MEMORY
            for item in asked
        )

    def list_literal(self, expression: syntax.Expression) -> syntax.ListLiteral | None:
        """The list literal that an expression is, or that the let it names is; None for anything else."""
        return list_literal(expression, self.lets)


def list_literal(expression: syntax.Expression, lets: Mapping[str, syntax.Let]) -> syntax.ListLiteral | None:
    """The list literal that an expression is, or that the let it names is; None for anything else."""
    expression = syntax.bare(expression)
    for _ in lets:
        if not (isinstance(expression, syntax.Name) and expression.name in lets):
            break
        expression = syntax.bare(lets[expression.name].value)
    return expression if isinstance(expression, syntax.ListLiteral) else None


def label_calls(policy: syntax.Policy) -> Iterator[syntax.Call]:
    """Every use of a function of a label in a policy, whatever else is wrong with it, in the order they are written."""
    for statement in policy.statements:
        for item in syntax.walk(statement):
            if isinstance(item, syntax.Call) and item.function in LABEL_FUNCTIONS:
                yield item

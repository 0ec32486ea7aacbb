"""A reference interpreter of the policy language: the shortest reading of its definition, to judge the compiler by.

It walks the syntax tree of a checked policy with the values of a request, and shares nothing with the compiler: patterns are
RE2's, globs have a matcher of their own, numbers are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any

import re2  # type: ignore[import-untyped]

from ccproxy.language import syntax

from .globs import glob_matches
from .printing import show

Value = Any
"""`int`, `Fraction`, `str`, `bool`, a tuple of texts; a time is minutes since midnight, a weekday a number from 0; None is missing."""


_RELATIONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "contains": lambda a, b: b in a,
    "starts with": lambda a, b: a.startswith(b),
    "ends with": lambda a, b: a.endswith(b),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a request has: every fact by name (None: missing), headers by lower-case name, the JSON body, what predicates answer."""

    facts: Mapping[str, Value]
    headers: Mapping[str, str]
    body: Any
    predicates: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a request ends: `rule` is the number of the rule from 1, None for the implied default."""

    action: str
    label: str | None = None
    fallbacks: tuple[str, ...] = ()
    message: str | None = None
    rule: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A policy as its rules in order and its lets by name."""

    rules: tuple[syntax.Rule, ...]
    lets: Mapping[str, syntax.Expression]
    types: Mapping[str, str]
    """The type of every fact."""

    def decide(self, request: Request) -> Outcome:
        run = _Run(self, request)
        for number, rule in enumerate(self.rules, 1):
            if (rule.condition is None or run.holds(rule.condition)) and run.applies(rule.target):
                return run.outcome(rule.target, number)
        return Outcome("route", "default")


def reference(statements: tuple[syntax.Statement, ...], types: Mapping[str, str]) -> Reference:
    rules = tuple(item for item in statements if isinstance(item, syntax.Rule))
    return Reference(rules, {item.name.name: item.value for item in statements if isinstance(item, syntax.Let)}, types)


@dataclass(frozen=True, slots=True)
class _Run:
    policy: Reference
    request: Request

    # Targets

    def applies(self, target: syntax.Target) -> bool:
        """Whether a rule with this target applies where its condition holds: one that stays needs a label to stay at."""
        if not isinstance(target, syntax.Stay):
            return True
        label = self.request.facts.get("session.label")
        known = {name.name for rule in self.policy.rules for name in rule.target.labels}
        if not any(rule.condition is None for rule in self.policy.rules):
            known.add("default")
        fits = syntax.Call(target.span, "fits", syntax.Text(target.span, str(label)))
        return label in known and self.read(fits, "bool") is True

    def outcome(self, target: syntax.Target, number: int) -> Outcome:
        match target:
            case syntax.Stay(fallbacks=fallbacks):
                label = self.request.facts["session.label"]
                return Outcome("route", label, tuple(item.name for item in fallbacks if item.name != label), rule=number)
            case syntax.Keep():
                return Outcome("keep", rule=number)
            case syntax.Reject(message=message):
                return Outcome("reject", message=message.value, rule=number)
            case syntax.Route(label=label, fallbacks=fallbacks):
                return Outcome("route", label.name, tuple(item.name for item in fallbacks), rule=number)
            case syntax.Split(fallbacks=fallbacks):
                return Outcome("route", self.branch(target), tuple(item.name for item in fallbacks), rule=number)

    def branch(self, split: syntax.Split) -> str:
        value = self.read(split.by, "text") if split.by is not None else self.request.facts["session"]
        if value is None:
            return max(split.branches, key=lambda branch: branch.share).label.name
        by = "session" if split.by is None else written(split.by)
        text = "\n".join(branch.label.name for branch in split.branches) + f"\n{by}\n{value}"
        u = Fraction(int.from_bytes(sha256(text.encode()).digest()[:8], "big") * 100, 2**64)
        return next(
            branch.label.name for index, branch in enumerate(split.branches, 1) if sum(item.share for item in split.branches[:index]) > u
        )

    # Conditions

    def holds(self, node: syntax.Expression) -> bool:
        match node:
            case syntax.Group(operand=operand):
                return self.holds(operand)
            case syntax.Not(operand=operand):
                return not self.holds(operand)
            case syntax.And(operands=operands):
                return all(self.holds(operand) for operand in operands)
            case syntax.Or(operands=operands):
                return any(self.holds(operand) for operand in operands)
            case syntax.Comparison(operands=operands, relations=relations):
                return all(self.compares(*triple) for triple in zip(operands, relations, operands[1:], strict=False))
            case syntax.Test(left=left, operator=operator, right=right):
                return self.satisfies(self.read(left, self.asked_left(operator, left, right)), operator, right, self.type_of(left))
            case syntax.Quantified(quantifier=quantifier, operand=operand, operator=operator, right=right):
                found = [self.satisfies(element, operator, right, "text") for element in self.read(operand, "list") or ()]
                return {"any": any(found), "all": all(found), "none": not any(found)}[quantifier]
            case syntax.Has(operand=operand):
                return self.there(syntax.bare(operand))
            case _:
                return self.read(node, "bool") is True

    def compares(self, left: syntax.Expression, relation: str, right: syntax.Expression) -> bool:
        asked = "number" if relation in ("<", "<=", ">", ">=") else None
        a = self.read(left, self.type_of(right) or asked)
        b = self.read(right, self.type_of(left) or asked)
        if a is None or b is None:
            return relation == "!="
        return _RELATIONS[relation](a, b)

    def asked_left(self, operator: str, left: syntax.Expression, right: syntax.Expression) -> str | None:
        """What the right side of a test asks of its left."""
        if operator not in ("in", "not in"):
            return "text"
        right = self.meant(right)
        if isinstance(right, syntax.Range):
            return self.type_of(left) or self.type_of(right.low) or self.type_of(right.high) or "number"
        return self.type_of(right.items[0]) if isinstance(right, syntax.ListLiteral) else "text"

    def satisfies(self, value: Value, operator: str, right: syntax.Expression, left_type: str | None) -> bool:
        if operator in ("!=", "not in"):
            return not self.satisfies(value, {"!=": "==", "not in": "in"}[operator], right, left_type)
        right = self.meant(right)
        if value is None:
            return False
        match right:
            case syntax.Pattern(pattern=pattern, flags=flags):
                return re2.search(f"(?{flags}){pattern}" if flags else pattern, value) is not None
            case syntax.Text(value=glob) if operator == "matches":
                return glob_matches(glob, value)
            case syntax.ListLiteral(items=items):
                return any(value == self.read(item, None) for item in items)
            case syntax.Range(low=low_end, high=high_end):
                return self.within(value, low_end, high_end, left_type)
        if operator == "in":
            return value in (self.read(right, "list") or ())
        text = self.read(right, "text")
        return text is not None and _RELATIONS[operator](value, text)

    def within(self, value: Value, low_end: syntax.Expression, high_end: syntax.Expression, left_type: str | None) -> bool:
        type_ = left_type or self.type_of(low_end) or self.type_of(high_end) or "number"
        low = self.read(low_end, type_)
        high = self.read(high_end, type_)
        if low is None or high is None:
            return False
        if type_ == "weekday":
            return bool((value - low) % 7 <= (high - low) % 7)
        if type_ == "time" and low > high:
            return bool(value >= low or value < high)
        return bool(low <= value < high)

    def there(self, node: syntax.Expression) -> bool:
        match node:
            case syntax.Call(function="body", argument=path):
                return json_at(self.request.body, path.value) is not None
            case _:
                return self.read(node, None) is not None

    # Values

    def read(self, node: syntax.Expression, asked: str | None) -> Value:
        """The value of an expression; `asked` is the type that its place asks of a body value."""
        node = self.meant(node)
        match node:
            case syntax.Number(value=value) | syntax.Text(value=value) | syntax.Bool(value=value):
                return value
            case syntax.Time(minutes=number) | syntax.Weekday(day=number):
                return number
            case syntax.ListLiteral(items=items):
                return tuple(item.value for item in items if isinstance(item, syntax.Text))
            case syntax.Name(name=name):
                return self.request.predicates[name] if name in self.request.predicates else self.request.facts[name]
            case syntax.Call(function="header", argument=text):
                return self.request.headers.get(text.value.lower())
            case syntax.Call(function="metadata", argument=text):
                metadata = self.request.body.get("metadata") if isinstance(self.request.body, dict) else None
                return typed(metadata.get(text.value), "text") if isinstance(metadata, dict) else None
            case syntax.Call(function="fits" | "healthy"):
                return self.request.facts.get(show(node), True)
            case syntax.Call(function="cost" | "quota"):
                return self.request.facts.get(show(node))
            case syntax.Call(argument=text):
                return typed(json_at(self.request.body, text.value), "list" if "*" in text.value.split(".") else asked)
            case syntax.Count(operand=operand):
                elements = self.read(operand, "list")
                return len(elements or ())
            case syntax.Sum(operands=operands, signs=signs):
                terms = [self.read(operand, "number") for operand in operands]
                return None if None in terms else sum(term if sign == "+" else -term for term, sign in zip(terms, signs, strict=True))
            case syntax.Product(operands=operands):
                product: Value = 1
                for operand in operands:
                    factor = self.read(operand, "number")
                    product = None if product is None or factor is None else product * factor
                return product
            case _:
                return self.holds(node)

    def meant(self, node: syntax.Expression) -> syntax.Expression:
        """The expression without parentheses, and what it names where that is a `let`."""
        while isinstance(node, syntax.Group) or (isinstance(node, syntax.Name) and node.name in self.policy.lets):
            node = node.operand if isinstance(node, syntax.Group) else self.policy.lets[node.name]
        return node

    def type_of(self, node: syntax.Expression) -> str | None:
        """The type of an expression; None for `body(…)`, whose place decides."""
        node = self.meant(node)
        match node:
            case syntax.Call(function="body", argument=path):
                return "list" if "*" in path.value.split(".") else None
            case syntax.Call(function="fits" | "healthy"):
                return "bool"
            case syntax.Call(function="cost" | "quota"):
                return "number"
            case syntax.Text() | syntax.Call():
                return "text"
            case syntax.Number() | syntax.Sum() | syntax.Product() | syntax.Count():
                return "number"
            case syntax.Time():
                return "time"
            case syntax.Weekday():
                return "weekday"
            case syntax.ListLiteral():
                return "list"
            case syntax.Name(name=name) if name not in self.request.predicates:
                return self.policy.types[name]
            case _:
                return "bool"


def json_at(body: Any, path: str) -> Any:
    """The JSON value at a path of keys, indices, `last` and `*` (then a list); None where there is none."""
    return below(body, path.split(".")) if isinstance(body, dict) else None


def below(body: Any, parts: list[str]) -> Any:
    for at, part in enumerate(parts):
        if part == "*":
            if not isinstance(body, list):
                return None
            rest = parts[at + 1 :]
            under = [below(element, rest) for element in body]
            return [leaf for inner in under for leaf in inner or []] if "*" in rest else under
        if isinstance(body, list) and part == "last":
            body = body[-1] if body else None
        elif isinstance(body, list) and part.isdecimal() and part.isascii() and int(part) < len(body):
            body = body[int(part)]
        elif isinstance(body, dict):
            body = body.get(part)
        else:
            return None
    return body


def typed(value: Any, asked: str | None) -> Value:
    """A JSON value as a value of the type that is asked; None where it is of another."""
    match value:
        case bool():
            return value if asked == "bool" else None
        case int() if asked == "number":
            return value
        case float() if asked == "number" and value - value == 0:
            return Fraction(repr(value))
        case str() if asked == "text":
            return value
        case list() if asked == "list":
            return tuple(item for item in value if isinstance(item, str))
        case _:
            return None


def written(by: syntax.Expression) -> str:
    """The fact of a split as `fmt` prints it; the names that the tests use need no escapes."""
    match by:
        case syntax.Call(function=function, argument=argument):
            return f'{function}("{argument.value}")'
        case syntax.Name(name=name):
            return name
        case _:
            raise TypeError(by)

"""Random policies and requests: policies of every statement and target, requests drawn near the constants of the policies."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, get_args

from hypothesis import strategies as st

from ccproxy.language import syntax

from .expressions import FACTS, HEADERS, LABEL_CALLS, METADATA, NOWHERE, NUMBERS, TEXTS, TIMES, Draw, Writer, at_level, name, text_literal
from .printing import show

LABELS = ("default", "fast", "deep_think", "openai/gpt-4o", "with space", "when", "4")
SHARES = ((50, 50), (90, 10), (Fraction(25, 2), Fraction(75, 2), 50), (100,), (20, 40, 40), (Fraction(1, 1_000), Fraction(99_999, 1_000)))
LET_TYPES = ("bool", "bool", "bool", "number", "number", "text", "list", "time", "weekday", "numbers", "texts", "times", "weekdays")


class Written:
    """A policy, shown as its text."""

    def __init__(self, statements: tuple[syntax.Statement, ...]) -> None:
        self.statements = statements
        self.lines = [show(statement) + "\n" for statement in statements]

    def __repr__(self) -> str:
        return "\n" + "".join(self.lines)


@st.composite
def policies(draw: Draw) -> Written:
    """A policy of up to a dozen statements that checks without errors."""
    names: dict[str, list[str]] = {}
    write = Writer(draw, names)
    statements: list[syntax.Statement] = []
    if write.seldom():
        statements.append(syntax.Version(NOWHERE, syntax.Number(NOWHERE, 1)))
    if write.seldom():
        arguments = write.pick((argument(None, "p"),), (argument("key", "p"),))
        statements.append(syntax.Predicate(NOWHERE, name("asks"), text_literal("property_rules.Asks"), arguments))
        names["bool"] = ["asks"]
    for index in range(draw(st.integers(0, 6))):
        type_ = write.pick(*LET_TYPES)
        literal = type_.endswith("s")
        value = write.list_literal(type_[:-1]) if literal else write.expression(type_, 2)
        if isinstance(syntax.bare(value), syntax.Call) and type_ == "bool":
            value = syntax.Not(NOWHERE, value)  # `let x = body(…)` has no type
        statements.append(syntax.Let(NOWHERE, name(f"x{index}"), value))
        names.setdefault(type_, []).append(f"x{index}")
    for _ in range(draw(st.integers(1, 6))):
        statements.append(syntax.Rule(NOWHERE, write.expression("bool", 3), target(write), because(write)))
    if write.seldom():
        labels = tuple(syntax.Label(NOWHERE, label) for label in draw(st.lists(st.sampled_from(LABELS), min_size=1, max_size=2)))
        statements.append(syntax.Assertion(NOWHERE, write.expression("bool", 1), write.pick("never", "only"), labels))
    if write.pick(True, True, False):
        statements.append(syntax.Rule(NOWHERE, None, target(write, stays=False), because(write)))
    return Written(tuple(statements))


@st.composite
def keyed_policies(draw: Draw) -> Written:
    """A policy of many rules that ask for values of few facts."""
    write = Writer(draw, {})
    facts = [(type_, name(fact)) for type_ in ("number", "number", "text", "weekday") for fact in FACTS[type_][:1]]

    def condition(depth: int) -> syntax.Expression:
        type_, fact = write.pick(*facts)
        match write.pick("equal", "listed", "range", "range", "other", *["and", "and", "or"] * (depth > 0)):
            case "equal":
                sides = draw(st.permutations([fact, write.list_literal(type_).items[0]]))
                return syntax.Comparison(NOWHERE, tuple(sides), ("==",))
            case "listed":
                return syntax.Test(NOWHERE, fact, write.pick("in", "in", "not in"), write.list_literal(type_))
            case "range" if type_ == "number":
                ends = [syntax.Number(NOWHERE, end) for end in sorted(write.pick(*NUMBERS) for _ in range(2))]
                return syntax.Test(NOWHERE, fact, "in", syntax.Range(NOWHERE, *ends))
            case "and":
                return syntax.And(NOWHERE, tuple(at_level(condition(depth - 1), 2) for _ in range(2)))
            case "or":
                return syntax.Or(NOWHERE, tuple(at_level(condition(depth - 1), 1) for _ in range(write.pick(2, 3))))
            case _:
                return write.expression("bool", 0)

    rules = [syntax.Rule(NOWHERE, condition(2), target(write), None) for _ in range(draw(st.integers(4, 25)))]
    return Written((*rules, syntax.Rule(NOWHERE, None, target(write, stays=False), None)))


@st.composite
def chained_policies(draw: Draw) -> Written:
    """A policy of lets that each ask the one before, and of rules that ask the last ones."""
    names: dict[str, list[str]] = {}
    write = Writer(draw, names)

    def asking(let: str) -> syntax.Expression:
        junction, level = write.pick((syntax.And, 2), (syntax.Or, 1))
        operands = [write.pick(name(let), syntax.Not(NOWHERE, name(let))), at_level(write.expression("bool", 0), level)]
        joined: syntax.Expression = junction(NOWHERE, tuple(draw(st.permutations(operands))))
        return joined

    lets = [f"x{index}" for index in range(draw(st.integers(2, 6)))]
    values = [syntax.Not(NOWHERE, at_level(write.expression("bool", 1), 2)), *map(asking, lets[:-1])]
    defined = [syntax.Let(NOWHERE, name(let), value) for let, value in zip(lets, values, strict=True)]
    rules = [syntax.Rule(NOWHERE, asking(write.pick(*lets[-3:])), target(write), None) for _ in range(draw(st.integers(1, 4)))]
    return Written((*defined, *rules, syntax.Rule(NOWHERE, None, target(write, stays=False), None)))


def argument(keyword: str | None, value: str) -> syntax.Argument:
    return syntax.Argument(NOWHERE, keyword, text_literal(value))


def because(write: Writer) -> syntax.Text | None:
    return text_literal('a "reason"\n') if write.seldom() else None


def target(write: Writer, *, stays: bool = True) -> syntax.Target:
    def label() -> syntax.Label:
        return syntax.Label(NOWHERE, write.pick(*LABELS))

    fallbacks = tuple(label() for _ in range(write.pick(0, 0, 1, 2)))
    kind = write.pick(syntax.Route, syntax.Split, *get_args(syntax.Target))
    if kind is syntax.Route:
        return syntax.Route(NOWHERE, label(), fallbacks)
    if kind is syntax.Stay and stays:
        return syntax.Stay(NOWHERE, fallbacks)
    if kind in (syntax.Keep, syntax.Stay):
        return syntax.Keep(NOWHERE)
    if kind is syntax.Reject:
        return syntax.Reject(NOWHERE, text_literal(write.pick("no", 'a "message"\n')))
    assert kind is syntax.Split
    labels = [syntax.Label(NOWHERE, item) for item in write.draw(st.permutations(LABELS))]
    branches = tuple(syntax.Branch(NOWHERE, *pair) for pair in zip(write.pick(*SHARES), labels, strict=False))
    by = write.pick(None, *map(name, write.facts["text"]), *[write.text_call(), write.body()] * 5)
    return syntax.Split(NOWHERE, branches, by, fallbacks)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its body and headers, and facts set outright over what they have (None: missing)."""

    body: Any
    headers: dict[str, str]
    facts: dict[str, Any]

    def __repr__(self) -> str:
        there = {name: value for name, value in self.facts.items() if value is not None}
        return f"Asked({self.body!r}, {self.headers!r}, {there!r})"


def numbers() -> st.SearchStrategy[Any]:
    return st.sampled_from([*NUMBERS, 4, 11, 59_999, 60_001, -1])


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "number": numbers(),
    "text": st.sampled_from(TEXTS),
    "bool": st.booleans(),
    "list": st.lists(st.sampled_from(TEXTS), max_size=3).map(tuple),
    "time": st.sampled_from([*TIMES, 2, 719]),
    "weekday": st.integers(0, 6),
}


def value_of(fact: str, type_: str) -> st.SearchStrategy[Any]:
    """A value for a fact; None, missing, only where a request can be without it."""
    never_missing = fact.split(".", maxsplit=1)[0] in ("tokens", "images", "documents", "audio", "video")
    return VALUES[type_] if never_missing else st.none() | VALUES[type_]


JSON_NUMBERS = st.sampled_from([0, 1, 5, 10, 0.1, 0.5, 1.5, -1, 1e3, float("nan"), float("inf")])
JSON = st.recursive(
    st.none() | st.booleans() | JSON_NUMBERS | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["0", "1", "r", "er", "p", "a"]), inner, max_size=3),
    max_leaves=4,
)


@st.composite
def requests(draw: Draw) -> Asked:
    """Facts set outright, each missing now and then, and a body for `body`, `metadata` and predicates."""
    facts = {fact: draw(value_of(fact, type_)) for type_, names in FACTS.items() for fact in names}
    facts["session.label"] = draw(st.none() | st.sampled_from(LABELS))
    for label in LABELS:
        facts[show(syntax.Call(NOWHERE, "fits", text_literal(label)))] = draw(st.sampled_from([True, True, False]))
    for type_, calls in LABEL_CALLS.items():
        for function, label in calls:
            shown = show(syntax.Call(NOWHERE, function, text_literal(label)))
            facts[shown] = draw(VALUES[type_] if type_ == "bool" else st.none() | VALUES[type_])
    body = draw(st.dictionaries(st.sampled_from(["p", "q", "deep", "0"]), JSON, max_size=4))
    if draw(st.booleans()):
        body["q"] = draw(st.lists(JSON, max_size=3))
    if draw(st.booleans()):
        body["metadata"] = draw(st.dictionaries(st.sampled_from(METADATA), st.sampled_from(TEXTS) | JSON, max_size=2))
    headers = draw(st.dictionaries(st.sampled_from([header.lower() for header in HEADERS]), st.sampled_from(TEXTS), max_size=2))
    return Asked(body, headers, facts)

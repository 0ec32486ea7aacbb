"""Random well-typed expressions, as the parser would build them: parentheses are nodes, and stand wherever precedence needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, get_args

from hypothesis import strategies as st

from ccproxy.facts import definitions
from ccproxy.language import syntax
from ccproxy.language.types import Type
from ccproxy.source import Source, Span

Draw = Callable[[st.SearchStrategy[Any]], Any]
Expression = syntax.Expression

NOWHERE = Span(Source(""), 0, 0)

FACTS: Mapping[str, tuple[str, ...]] = {str(kind): tuple(fact.name for fact in definitions.FACTS if fact.type is kind) for kind in Type}
"""Every fact by its type."""

NUMBERS: tuple[syntax.Exact, ...] = (0, 1, 2, 3, 5, 10, 1_000, 60_000, *(Fraction(tenths, 10) for tenths in (1, 2, 5, 15)))
TEXTS = ("", "a", "b", "ab", "ba", "aab", "abba", "A", "a\nb", "é", "a*", "[a]", '"\\', "main", "😀b", "claude-haiku")
GLOBS = (
    *("*", "a*", "*b", "*a*", "?", "??", "a?b*", "[ab]", "[!a]*", "[*]", "a[*]", "[a-c]?", "", "a", "*b*a", "**", "\\*", "[[]a]"),
    "[!a-z]b",
)
PATTERNS = (
    *(("a", ""), ("^a", ""), ("b$", ""), ("^[ab]+$", ""), ("a.b", ""), ("a.b", "s"), ("^b", "m"), ("A", "i"), ("É", "i"), ("a/b|b", "")),
    *(("(a|b){2}", ""), ("\\bA\\b", "i"), ("^$", ""), ("\\d", ""), ("a$.^b", "ims"), ("[^a]", ""), ("x*", ""), ("\\W", "")),
)
TIMES = (0, 1, 359, 360, 720, 1_319, 1_320, 1_439)
PATHS = ("p", "q.0", "q.1.r", "deep.er", "0", "q.last", "q.last.r", "deep.last")
LIST_PATHS = ("p.*", "q.*", "q.*.r", "q.*.0", "q.*.*", "q.*.last", "q.*.r.*", "deep.er.*", "q.last.*", "*")
HEADERS = ("x-a", "X-B")
METADATA = ("k", "l.m")

LABEL_CALLS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "bool": (("fits", "fast"), ("healthy", "with space")),
    "number": (("cost", "openai/gpt-4o"), ("quota", "default"), ("cost", "when")),
}
"""Functions of labels by type, each with its label."""

TEXT_OPERATORS = [operator for operator in get_args(syntax.Infix) if operator not in ("==", "!=", "in", "not in")]

LEVELS: Mapping[type, int] = {
    syntax.Or: 0,
    syntax.And: 1,
    syntax.Not: 2,
    syntax.Comparison: 3,
    syntax.Test: 3,
    syntax.Quantified: 3,
    syntax.Sum: 4,
    syntax.Product: 5,
    syntax.Has: 6,
}
"""How loosely a node binds; all others are atoms."""


def at_level(node: Expression, level: int) -> Expression:
    """The node, in parentheses where it binds more loosely than its place allows."""
    return syntax.Group(NOWHERE, node) if LEVELS.get(type(node), 7) < level else node


def name(text: str) -> syntax.Name:
    return syntax.Name(NOWHERE, text)


def text_literal(value: str) -> syntax.Text:
    return syntax.Text(NOWHERE, value)


class Writer:
    """Writes expressions with one `draw`.

    `names` are the `let`s (and predicates) so far, by type: under `"texts"` those that name a list literal of texts, and so on.
    A writer asks for few facts of each type, so that what it writes asks for the same ones again and again.
    """

    def __init__(self, draw: Draw, names: Mapping[str, list[str]]) -> None:
        self.draw = draw
        self.names = names
        self.facts = {type_: draw(st.lists(st.sampled_from(facts), min_size=1, max_size=3)) for type_, facts in FACTS.items()}

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def seldom(self) -> bool:
        """True once in five."""
        return self.pick(False, False, False, False, True) is True

    def expression(self, type_: str, depth: int) -> Expression:
        node: Expression = getattr(self, f"_{type_}")(depth)
        return syntax.Group(NOWHERE, node) if self.seldom() else node

    def operand(self, type_: str, depth: int, level: int) -> Expression:
        return at_level(self.expression(type_, depth), level)

    def named(self, type_: str) -> Expression:
        """A fact or a `let` of the type."""
        names = self.names.get(type_, [])
        return name(self.pick(*(names if names and self.pick(True, False) else self.facts[type_])))

    def of_label(self, type_: str) -> Expression:
        """A function of a label."""
        function, label = self.pick(*LABEL_CALLS[type_])
        return syntax.Call(NOWHERE, function, text_literal(label))

    def body(self) -> Expression:
        return syntax.Call(NOWHERE, "body", text_literal(self.pick(*PATHS)))

    def body_list(self) -> Expression:
        return syntax.Call(NOWHERE, "body", text_literal(self.pick(*LIST_PATHS)))

    # One method a type

    def _number(self, depth: int) -> Expression:
        match self.pick(*["fact"] * 4, "label", "literal", *["sum", "product", "count"] * (depth > 0)):
            case "fact":
                return self.named("number")
            case "label":
                return self.of_label("number")
            case "literal":
                return syntax.Number(NOWHERE, self.pick(*NUMBERS))
            case "count":
                return syntax.Count(NOWHERE, self.list_or_body(depth - 1))
            case "sum":
                operands = self.several(lambda: self.number_or_body(depth - 1, 5))
                return syntax.Sum(NOWHERE, operands, ("+", *(self.pick("+", "-") for _ in operands[1:])))
            case _:
                return syntax.Product(NOWHERE, self.several(lambda: self.number_or_body(depth - 1, 6)))

    def _text(self, _depth: int) -> Expression:
        match self.pick(*["fact"] * 3, "literal", "header", "metadata"):
            case "fact":
                return self.named("text")
            case "literal":
                return text_literal(self.pick(*TEXTS))
            case "header":
                return syntax.Call(NOWHERE, "header", text_literal(self.pick(*HEADERS)))
            case _:
                return syntax.Call(NOWHERE, "metadata", text_literal(self.pick(*METADATA)))

    def _list(self, _depth: int) -> Expression:
        return self.body_list() if self.seldom() else self.named("list")

    def _time(self, _depth: int) -> Expression:
        return self.named("time") if self.pick(True, False) else syntax.Time(NOWHERE, self.pick(*TIMES))

    def _weekday(self, _depth: int) -> Expression:
        return syntax.Weekday(NOWHERE, self.pick(*range(7))) if self.seldom() else self.named("weekday")

    def _bool(self, depth: int) -> Expression:
        comparisons, connectives = ["equal", "order", "in", "text", "any"], ["and", "or", "not"] * (depth > 0)
        facts = ["fact"] * (4 if "bool" in self.names else 1)
        match self.pick(*facts, "label", "body", "literal", "has", *comparisons * 3, *connectives * 3):
            case "fact":
                return self.named("bool")
            case "label":
                return self.of_label("bool")
            case "body":
                return self.body()
            case "literal":
                return syntax.Bool(NOWHERE, self.pick(True, False))
            case "has":
                types = ("number", "text", "list", "bool", "time", "weekday")
                fact = name(self.pick(*(fact for type_ in types for fact in self.facts[type_])))
                return syntax.Has(
                    NOWHERE, self.pick(fact, self.body(), self.body_list(), at_level(self.text_call(), 7), syntax.Group(NOWHERE, fact))
                )
            case "equal":
                type_ = self.pick("number", "text", "time", "weekday")
                sides = [self.operand(type_, depth - 1, 4), self.body() if type_ in ("number", "text") and self.seldom() else None]
                sides = [side or self.operand(type_, depth - 1, 4) for side in sides]
                return syntax.Comparison(NOWHERE, tuple(self.draw(st.permutations(sides))), (self.pick("==", "!="),))
            case "order":
                return self.order(depth)
            case "in":
                return self.inside(depth)
            case "text":
                operator = self.pick(*TEXT_OPERATORS)
                left = self.body() if self.seldom() else self.operand("text", depth - 1, 4)
                return syntax.Test(NOWHERE, left, operator, self.right_of(operator))
            case "any":
                return self.quantified(depth)
            case "and":
                return syntax.And(NOWHERE, self.several(lambda: self.operand("bool", depth - 1, 2)))
            case "or":
                return syntax.Or(NOWHERE, self.several(lambda: self.operand("bool", depth - 1, 1)))
            case _:
                return syntax.Not(NOWHERE, self.operand("bool", depth - 1, 2))

    # The pieces of a condition

    def several(self, make: Callable[[], Expression]) -> tuple[Expression, ...]:
        return tuple(make() for _ in range(self.pick(2, 2, 3)))

    def number_or_body(self, depth: int, level: int) -> Expression:
        return self.body() if self.seldom() else self.operand("number", depth, level)

    def list_or_body(self, depth: int) -> Expression:
        return self.body() if self.seldom() else self.operand("list", depth, 7)

    def text_call(self) -> Expression:
        return syntax.Call(NOWHERE, *self.pick(("header", text_literal(HEADERS[0])), ("metadata", text_literal(METADATA[0]))))

    def order(self, depth: int) -> Expression:
        relations: tuple[Any, ...] = tuple(self.pick(("<", "<="), (">", ">=")))
        chosen = tuple(self.pick(*relations) for _ in range(self.pick(1, 1, 2, 3)))
        if self.seldom():
            return syntax.Comparison(NOWHERE, tuple(self.operand("time", depth - 1, 4) for _ in range(len(chosen) + 1)), chosen)
        return syntax.Comparison(NOWHERE, tuple(self.number_or_body(depth - 1, 4) for _ in range(len(chosen) + 1)), chosen)

    def inside(self, depth: int) -> Expression:
        operator = self.pick("in", "not in")
        kind = self.pick("listed", "range", "fact")
        if kind == "fact":
            return syntax.Test(NOWHERE, self.operand("text", depth - 1, 4), operator, at_level(self.list_or_body(depth - 1), 4))
        type_ = self.pick("number", "number", "time", "weekday", *["text"] * (kind == "listed"))
        bodied = type_ in ("number", "text") and self.seldom()
        left = self.body() if bodied else self.operand(type_, depth - 1, 4)
        return syntax.Test(NOWHERE, left, operator, self.listed(type_) if kind == "listed" else self.range(type_, depth, not bodied))

    def listed(self, type_: str) -> Expression:
        names = self.names.get(f"{type_}s", [])
        if names and self.pick(True, False):
            return name(self.pick(*names))
        return self.list_literal(type_)

    def list_literal(self, type_: str) -> syntax.ListLiteral:
        pool: dict[str, tuple[Any, ...]] = {"number": NUMBERS, "text": TEXTS, "time": TIMES, "weekday": tuple(range(7))}
        node: Any = {"number": syntax.Number, "text": syntax.Text, "time": syntax.Time, "weekday": syntax.Weekday}[type_]
        values = self.draw(st.lists(st.sampled_from(pool[type_]), min_size=1, max_size=4))
        return syntax.ListLiteral(NOWHERE, tuple(node(NOWHERE, value) for value in values))

    def range(self, type_: str, depth: int, typed: bool) -> Expression:
        """A range; where the left side is not `typed`, the low end is no body value either."""
        low = self.number_or_body(depth - 1, 4) if type_ == "number" and typed else self.operand(type_, depth - 1, 4)
        high = self.number_or_body(depth - 1, 4) if type_ == "number" else self.operand(type_, depth - 1, 4)
        if type_ == "time" and self.seldom():
            high = syntax.Time(NOWHERE, 1_440)
        return syntax.Range(NOWHERE, low, high)

    def quantified(self, depth: int) -> Expression:
        operator = self.pick(*get_args(syntax.Infix))
        quantifier = self.pick("any", "all", "none")
        return syntax.Quantified(NOWHERE, quantifier, self.list_or_body(depth), operator, self.right_of(operator))

    def right_of(self, operator: str) -> Expression:
        """What may stand right of a text operator."""
        match operator:
            case "in" | "not in":
                return self.listed("text") if self.pick(True, False) else self.named("list")
            case "matches" if self.pick(True, False):
                return text_literal(self.pick(*GLOBS))
            case "matches":
                return syntax.Pattern(NOWHERE, *self.pick(*PATTERNS))
            case _:
                return self.body() if self.seldom() else self.operand("text", 0, 4)

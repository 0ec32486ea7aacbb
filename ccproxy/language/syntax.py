"""The abstract syntax of a policy, as written and not yet checked.

Every node is frozen and carries the span it was read from; spans do not take part in equality, so two trees are
equal when they say the same. Numbers are exact: `int` if whole, else `Fraction`. `and`, `or`, `+`, `*` are n-ary, so that
a long chain is a long tuple and never a deep tree; depth comes only from `Group` and `Not`, which the parser bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from operator import attrgetter
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from ccproxy.frozen import frozen
from ccproxy.source import Source, Span

Exact = int | Fraction
"""An exact decimal number: `int` if whole."""

PLACES = frozenset({"span", "source", "sources"})
"""The attributes of nodes that say where something is, and so don't count for equality."""


@frozen
class Node:
    """Anything with a place in a source. Two nodes are equal when they say the same, wherever they stand."""

    span: Span

    def _content(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in type(self).__match_args__ if name not in PLACES)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._content() == other._content()

    def __hash__(self) -> int:
        return hash((type(self), self._content()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._content()))})"


# ── Expressions ──────────────────────────────────────────────────────────────────────────────────────────────────────


@frozen
class Number(Node):
    """`60k`."""

    value: Exact


@frozen
class Text(Node):
    """`"…"`: the value, escapes resolved."""

    value: str


@frozen
class Bool(Node):
    """`true` or `false`."""

    value: bool


@frozen
class Time(Node):
    """`22:00`: minutes since midnight, 0 to 1440 (`24:00`)."""

    minutes: int


@frozen
class Weekday(Node):
    """`mon`: 0 is Monday, 6 is Sunday."""

    day: int


@frozen
class Pattern(Node):
    """`/…/ims`: RE2 text with `\\/` resolved to `/`; flags in the order `i m s`."""

    pattern: str
    flags: str


@frozen
class ListLiteral(Node):
    """`[a, b]`: literals; only right of `in` or in a `let`."""

    items: tuple[Expression, ...]


@frozen
class Range(Node):
    """`a..b`; only right of `in`."""

    low: Expression
    high: Expression


@frozen
class Name(Node):
    """A bare name: a fact (`tokens`, `agent.class`), a `let` or a `predicate`; the checks find out which.

    `own` marks a fact's name that a `let` or `predicate` of the policy has taken.
    """

    name: str
    own: bool = False


Reader = Literal["header", "metadata", "body"]


@frozen
class Call(Node):
    """`header("name")`, `metadata("key")`, `body("a.0.b")`; of a label `fits(think)`, quoted or not; the checks reject other functions."""

    function: str
    argument: Text


@frozen
class Count(Node):
    """`count(L)`."""

    operand: Expression


@frozen
class Has(Node):
    """`has f`."""

    operand: Expression


@frozen
class Group(Node):
    """`( … )`: parentheses as written."""

    operand: Expression


@frozen
class Not(Node):
    """`not …`."""

    operand: Expression


@frozen
class And(Node):
    """`a and b and …`: two operands or more."""

    operands: tuple[Expression, ...]


@frozen
class Or(Node):
    """`a or b or …`: two operands or more."""

    operands: tuple[Expression, ...]


Relation = Literal["==", "!=", "<", "<=", ">", ">="]


@frozen
class Comparison(Node):
    """`a == b`, `1k < tokens <= 60k`: one more operand than relations."""

    operands: tuple[Expression, ...]
    relations: tuple[Relation, ...]


Infix = Literal["==", "!=", "in", "not in", "matches", "contains", "starts with", "ends with"]
"""The operators that can follow a quantified list; all but the first two also make a `Test`."""


@frozen
class Test(Node):
    """`left OP right` for `in`, `not in`, `matches`, `contains`, `starts with`, `ends with`."""

    left: Expression
    operator: Infix
    right: Expression


Quantifier = Literal["any", "all", "none"]


@frozen
class Quantified(Node):
    """`any L OP y`: whether some, every or no element of the list satisfies the operator."""

    quantifier: Quantifier
    operand: Expression
    operator: Infix
    right: Expression


@frozen
class Sum(Node):
    """`a + b - c`: `signs[i]` belongs to `operands[i]`; the first is always `+`."""

    operands: tuple[Expression, ...]
    signs: tuple[Literal["+", "-"], ...]


@frozen
class Product(Node):
    """`a * b * …`: two operands or more."""

    operands: tuple[Expression, ...]


Literal_ = Number | Text | Bool | Time | Weekday
Expression = (
    Number
    | Text
    | Bool
    | Time
    | Weekday
    | Pattern
    | ListLiteral
    | Range
    | Name
    | Call
    | Count
    | Has
    | Group
    | Not
    | And
    | Or
    | Comparison
    | Test
    | Quantified
    | Sum
    | Product
)


# ── Targets ──────────────────────────────────────────────────────────────────────────────────────────────────────────
#
# All targets have `labels`, those written in it, in order; `reads`, the facts that it depends on; and `clauses`, how it is written.
# Two that are equal say the same. What a target does with a request is up to `compile_target`.


@frozen
class Label(Node):
    """The name of a model group; quotes are not kept."""

    name: str


@frozen
class Branch(Node):
    """`90% label`: the share in percent, as written."""

    share: Exact
    label: Label


Clause = tuple[str | Label | Branch | Expression, ...]
"""Words and nodes that stay on one line; a line may end before each clause of a target but the first."""


@frozen
class Route(Node):
    """`label fallback a fallback b`."""

    label: Label
    fallbacks: tuple[Label, ...]
    reads: ClassVar[tuple[Expression, ...]] = ()

    @property
    def labels(self) -> tuple[Label, ...]:
        """The label, then its fallbacks."""
        return (self.label, *self.fallbacks)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The label; each fallback."""
        return ((self.label,), *_fallbacks(self.fallbacks))


@frozen
class Split(Node):
    """`90% a, 10% b by FACT fallback c`; `by` is None where it was not written (then it is `session`)."""

    branches: tuple[Branch, ...]
    by: Expression | None
    fallbacks: tuple[Label, ...]

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels of the branches, then the fallbacks."""
        return (*(branch.label for branch in self.branches), *self.fallbacks)

    @property
    def reads(self) -> tuple[Expression, ...]:
        """The fact that decides the branch."""
        return (self.fact,)

    @property
    def fact(self) -> Expression:
        """The fact that decides the branch: `session` if none is written."""
        return Name(self.span, "session") if self.by is None else self.by

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Each branch, with a comma after all but the last; the fact; each fallback."""
        *others, last = self.branches
        by: tuple[Clause, ...] = () if self.by is None else (("by", self.by),)
        return (*((branch, ",") for branch in others), (last,), *by, *_fallbacks(self.fallbacks))


@frozen
class Stay(Node):
    """`stay fallback a`: the label that the conversation is at, which the request tells; `labels` are the fallbacks alone."""

    fallbacks: tuple[Label, ...]
    reads: ClassVar[tuple[Expression, ...]] = ()

    @property
    def labels(self) -> tuple[Label, ...]:
        """The fallbacks."""
        return self.fallbacks

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The word; each fallback."""
        return (("stay",), *_fallbacks(self.fallbacks))


@frozen
class Keep(Node):
    """`keep`: the request keeps its model, so its label is unknown."""

    labels: ClassVar[tuple[Label, ...]] = ()
    reads: ClassVar[tuple[Expression, ...]] = ()
    clauses: ClassVar[tuple[Clause, ...]] = (("keep",),)


@frozen
class Reject(Node):
    """`reject "message"`."""

    message: Text
    labels: ClassVar[tuple[Label, ...]] = ()
    reads: ClassVar[tuple[Expression, ...]] = ()

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The word and the message."""
        return (("reject", self.message),)


def _fallbacks(labels: tuple[Label, ...]) -> Iterator[Clause]:
    return (("fallback", label) for label in labels)


Target = Route | Split | Stay | Keep | Reject


# ── Statements ───────────────────────────────────────────────────────────────────────────────────────────────────────


@frozen
class Version(Node):
    """`version 1`."""

    number: Number


@frozen
class Rule(Node):
    """`when CONDITION -> TARGET because "why"`, or `default -> …` with `condition` None."""

    condition: Expression | None
    target: Target
    because: Text | None


@frozen
class Let(Node):
    """`let NAME = EXPRESSION`."""

    name: Name
    value: Expression


@frozen
class Include(Node):
    """`include "other.ccp"`."""

    path: Text


@frozen
class Timezone(Node):
    """`timezone "Area/City"`."""

    zone: Text


@frozen
class Argument(Node):
    """One argument of a predicate; `name` is None for a positional one."""

    name: str | None
    value: Number | Text | Bool


@frozen
class Predicate(Node):
    """`predicate NAME = "package.module.Thing"(1, "two", key=3)`."""

    name: Name
    target: Text
    arguments: tuple[Argument, ...]


@frozen
class Assertion(Node):
    """`assert when CONDITION -> never L1, L2` or `-> only L1, L2`."""

    condition: Expression
    kind: Literal["never", "only"]
    labels: tuple[Label, ...]


Statement = Version | Rule | Let | Include | Timezone | Predicate | Assertion


@frozen
class File(Node):
    """The statements of one file, includes not followed."""

    source: Source
    statements: tuple[Statement, ...]


@frozen
class Policy(Node):
    """A whole policy: the statements of the main file, with those of its includes spliced in where they are included.

    `sources` are the files in reading order, the main one first. Each `Include` statement stays, before the statements it brought in.
    """

    sources: tuple[Source, ...]
    statements: tuple[Statement, ...]


# ── Walking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


_BELOW: Mapping[type[Node], Callable[[Any], tuple[Expression, ...]]] = MappingProxyType(
    {
        **dict.fromkeys((Group, Not, Has, Count), lambda node: (node.operand,)),
        **dict.fromkeys((And, Or, Comparison, Sum, Product), attrgetter("operands")),
        Test: attrgetter("left", "right"),
        Quantified: attrgetter("operand", "right"),
        Range: attrgetter("low", "high"),
        ListLiteral: attrgetter("items"),
        **dict.fromkeys((Rule, Assertion), lambda node: (node.condition,) if node.condition is not None else ()),
        Let: lambda node: (node.value,),
    }
)
"""What is directly below a node of each class that has anything below it."""


def children_of(node: Node) -> tuple[Expression, ...]:
    """The expressions directly below a node, in the order they are written."""
    below = _BELOW.get(type(node))
    return () if below is None else below(node)


def walk(node: Node) -> Iterator[Expression]:
    """Every expression below a node, without recursion, parents before children and left to right."""
    stack = [*reversed(children_of(node))]
    while stack:
        child = stack.pop()
        yield child
        if (below := _BELOW.get(type(child))) is not None:
            stack.extend(below(child)[::-1])


def bare(expression: Expression) -> Expression:
    """The expression without the parentheses around it."""
    while isinstance(expression, Group):
        expression = expression.operand
    return expression

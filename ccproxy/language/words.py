"""The keywords and operators of the language, described for hover, completion and the operator table of the language reference."""

from __future__ import annotations

from ccproxy.frozen import frozen
from ccproxy.language.types import Type


@frozen
class Operator:
    """An operator: its spelling, the form of a use, the types of its left operand, when it holds or what it yields."""

    written: str
    form: str
    types: tuple[Type, ...]
    meaning: str


@frozen
class Keyword:
    """A keyword that is not an operator: the form of a use, and what it does."""

    written: str
    form: str
    meaning: str


_NUMBER, _TEXT, _BOOL, _LIST, _TIME, _WEEKDAY = Type.NUMBER, Type.TEXT, Type.BOOL, Type.LIST, Type.TIME, Type.WEEKDAY
_EQUAL = (_NUMBER, _TEXT, _TIME, _WEEKDAY)
_ORDERED = (_NUMBER, _TIME)

OPERATORS: tuple[Operator, ...] = (
    Operator("or", "a or b", (_BOOL,), "one of them holds"),
    Operator("and", "a and b", (_BOOL,), "both hold"),
    Operator("not", "not a", (_BOOL,), "`a` does not hold"),
    Operator("==", "a == b", _EQUAL, "they are equal"),
    Operator("!=", "a != b", _EQUAL, "exactly `not a == b`: true too where one is missing"),
    Operator("<", "a < b", _ORDERED, "`a` is less; comparisons of one direction chain: `1k < tokens <= 60k`"),
    Operator("<=", "a <= b", _ORDERED, "`a` is less or equal"),
    Operator(">", "a > b", _ORDERED, "`a` is more"),
    Operator(">=", "a >= b", _ORDERED, "`a` is more or equal"),
    Operator(
        "in",
        "x in [a, b], x in a..b, x in tools",
        _EQUAL,
        "an element equals `x`; of a range: `a` included, `b` not (of weekdays both); times and weekdays may wrap",
    ),
    Operator("not in", "x not in [a, b]", _EQUAL, "exactly `not (x in …)`: true too where `x` is missing"),
    Operator("matches", 'x matches "claude-*", x matches /opus/i', (_TEXT,), "the glob matches the whole text; the pattern is found in it"),
    Operator("contains", 'x contains "y"', (_TEXT,), "`y` is somewhere in `x`, case counts"),
    Operator("starts with", 'x starts with "y"', (_TEXT,), "`x` starts with `y`, case counts"),
    Operator("ends with", 'x ends with "y"', (_TEXT,), "`x` ends with `y`, case counts"),
    Operator("any", 'any tools == "Bash"', (_LIST,), "some element satisfies what follows"),
    Operator("all", 'all tools starts with "mcp__"', (_LIST,), "every element does; true for an empty or missing list"),
    Operator("none", 'none tools matches "mcp__*"', (_LIST,), "no element does; true for an empty or missing list"),
    Operator("count", "count(tools)", (_LIST,), "the number of elements; 0 for a missing list"),
    Operator("has", "has effort", tuple(Type), "the fact is not missing"),
    Operator("+", "a + b", (_NUMBER,), "the sum; missing where one of them is"),
    Operator("-", "a - b", (_NUMBER,), "the difference; missing where one of them is"),
    Operator("*", "a * b", (_NUMBER,), "the product; missing where one of them is"),
)
"""All operators, loosest binding first."""

KEYWORDS: tuple[Keyword, ...] = (
    Keyword("version", "version 1", "the version of the language; only first in a file"),
    Keyword("when", "when CONDITION -> TARGET", "a rule: the first one whose condition holds decides"),
    Keyword("default", "default -> TARGET", "the last rule: it takes every request that no other did"),
    Keyword("let", "let NAME = EXPRESSION", "a name for an expression, evaluated at most once per request"),
    Keyword("include", 'include "other.ccp"', "the statements of that file stand here"),
    Keyword("timezone", 'timezone "Europe/Berlin"', "the zone of `time` and `weekday`; UTC without it"),
    Keyword("predicate", 'predicate NAME = "package.module.Thing"(key="value")', "a condition of your own, written in Python"),
    Keyword("assert", "assert when CONDITION -> never LABEL", "what `ccproxy check` proves of the whole policy"),
    Keyword("never", "-> never LABEL, LABEL", "no such request can end at these labels, by a split or a fallback either"),
    Keyword("only", "-> only LABEL, LABEL", "every such request ends at one of these labels, or is rejected"),
    Keyword("because", 'because "why"', "why the rule is there: explanations and records tell it"),
    Keyword("fallback", "LABEL fallback LABEL", "the model group that LiteLLM tries next"),
    Keyword("by", "90% a, 10% b by FACT", "what a split goes by: requests with the same value go the same way; `session` without it"),
    Keyword(
        "stay",
        "-> stay fallback LABEL",
        "go on at the label that the conversation is at, if it is one of this policy and takes the request",
    ),
    Keyword("keep", "-> keep", "leave the model that the client asked for"),
    Keyword("reject", '-> reject "message"', "answer with an error 400 that carries the message"),
    Keyword("true", "true", "the condition that always holds"),
    Keyword("false", "false", "the condition that never holds"),
)
"""All keywords that are neither (part of) an operator nor a weekday."""

"""Routing rules that nobody tuned anything for, drawn by chance, and each as text of several languages.

Two kinds: rules by one fact each, and rules by three or four facts joined by `and`, `or` and `not`. Every request has every fact, so that
no language has to say what a missing one means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

Kind = Literal["one fact", "mixed facts"]
Language = Literal["ccp", "python", "cel", "cedar", "rego", "rule-engine"]
Request = tuple[dict[str, Any], dict[str, str]]

FIELDS: Mapping[str, str] = {
    "model": "model",
    "team": 'header("x-team")',
    "project": 'metadata("project")',
    "effort": "effort",
    "stream": "stream",
    "max_tokens": "max_tokens",
    "messages": "messages",
    "tools": "tools",
}
"""The facts, as the language has them."""


@dataclass(frozen=True)
class Atom:
    """One question: `is`, `starts`, `contains`, `has` (a tool), `over`, `within` (from, up to) or `true`."""

    what: Literal["is", "starts", "contains", "has", "over", "within", "true"]
    field: str
    value: Any = None
    end: int = 0


@dataclass(frozen=True)
class Joined:
    """Conditions joined by a word; `not` has one."""

    word: Literal["and", "or", "not"]
    parts: tuple[Condition, ...]


Condition = Atom | Joined


def written(condition: Condition, language: Language) -> str:
    """The condition as text of a language; what Rego joins are rules (`rego_module`)."""
    if isinstance(condition, Atom):
        return _ATOMS[language](condition)
    parts = [f"({written(part, language)})" for part in condition.parts]
    words = {"and": "&&", "or": "||", "not": "!"} if language in ("cel", "cedar") else {}
    word = words.get(condition.word, condition.word)
    return f"{word} {parts[0]}" if condition.word == "not" else f" {word} ".join(parts)


def _ccp(atom: Atom) -> str:
    field = FIELDS[atom.field]
    return {
        "is": f'{field} == "{atom.value}"',
        "starts": f'{field} starts with "{atom.value}"',
        "contains": f'{field} contains "{atom.value}"',
        "has": f'any {field} == "{atom.value}"',
        "over": f"{field} > {atom.value}",
        "within": f"{field} in {atom.value}..{atom.end}",
        "true": field,
    }[atom.what]


def _in_words(name: str, starts: str, contains: str, has: str, join: str) -> Callable[[Atom], str]:
    def write(atom: Atom) -> str:
        field = name.format(atom.field)
        return {
            "is": f'{field} == "{atom.value}"',
            "starts": starts.format(field, atom.value),
            "contains": contains.format(field, atom.value),
            "has": has.format(field, atom.value),
            "over": f"{field} > {atom.value}",
            "within": f"{field} >= {atom.value} {join} {field} < {atom.end}",
            "true": field,
        }[atom.what]

    return write


_ATOMS: Mapping[Language, Callable[[Atom], str]] = {
    "ccp": _ccp,
    "python": _in_words("{}", '{}.startswith("{}")', '"{1}" in {0}', '"{1}" in {0}', "and"),
    "cel": _in_words("{}", '{}.startsWith("{}")', '{}.contains("{}")', '"{1}" in {0}', "&&"),
    "cedar": _in_words("context.{}", '{} like "{}*"', '{} like "*{}*"', '{}.contains("{}")', "&&"),
    "rego": _in_words("input.{}", 'startswith({}, "{}")', 'contains({}, "{}")', '"{1}" in {0}', ";"),
    "rule-engine": _in_words("{}", '{} =~ "{}.*"', '{} =~ ".*{}.*"', '"{1}" in {0}', "and"),
}


def rego_module(conditions: Sequence[Condition]) -> str:
    """The rules as a module of Rego, each with the next as its `else`. What is joined by `or`, or denied, is a rule by itself there."""
    own: list[str] = []

    def body(condition: Condition) -> str:
        if isinstance(condition, Atom):
            return written(condition, "rego")
        if condition.word == "and":
            return "; ".join(body(part) for part in condition.parts)
        bodies = [body(part) for part in condition.parts]
        name = f"own_{len(own)}"
        own.extend(f"{name} if {{ {one} }}" for one in bodies)
        return f"not {name}" if condition.word == "not" else name

    rules = [f':= "l{number}" if {{ {body(condition)} }}' for number, condition in enumerate(conditions)]
    return "\n".join(["package routing", "import rego.v1", *own, "route " + "\nelse ".join([*rules, ':= "default"'])])


# ── Drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def conditions(kind: Kind, rules: int) -> list[Condition]:
    """The conditions of so many rules; the label of each is its number."""
    source = Random(rules)
    return [_one(source, number) if kind == "one fact" else _mixed(source, number) for number in range(rules)]


def _one(source: Random, number: int) -> Condition:
    """A question that few requests are asked for."""
    return source.choice(
        [
            Atom("is", "team", f"team-{number}"),
            Atom("is", "model", f"model-{number}"),
            Atom("starts", "model", f"vendor-{number}/"),
            Atom("contains", "model", f"-{number}-"),
            Atom("has", "tools", f"mcp__server_{number}"),
            Atom("is", "project", f"project-{number}"),
        ]
    )


def _common(source: Random) -> Condition:
    """A question that many requests are asked for."""
    start = source.randrange(100, 30_000)
    return source.choice(
        [
            Atom("is", "effort", source.choice(["low", "medium", "high"])),
            Atom("true", "stream"),
            Atom("over", "messages", source.randrange(1, 40)),
            Atom("over", "max_tokens", source.randrange(1_000, 32_000)),
            Atom("within", "max_tokens", start, start + source.randrange(100, 30_000)),
            Atom("has", "tools", source.choice(["Bash", "Read", "WebSearch"])),
        ]
    )


def _mixed(source: Random, number: int) -> Condition:
    rare, one, two, three = _one(source, number), *[_common(source) for _ in range(3)]
    if source.random() < 0.4:
        one = Joined("not", (one,))
    match source.randrange(4):
        case 0:
            return Joined("and", (rare, one, two))
        case 1:
            return Joined("and", (Joined("or", (one, two)), rare, three))
        case 2:
            return Joined("and", (Joined("or", (rare, _one(source, number))), one))
        case _:
            return Joined("and", (rare, Joined("not", (Joined("and", (one, two)),))))


def requests(rules: int, number: int = 40) -> list[Request]:
    """Requests of which most are near one rule, drawn over all of them, and some near none."""
    source = Random(rules + 1)
    return [_request(source, source.randrange(rules)) for _ in range(number)]


def _request(source: Random, rule: int) -> Request:
    tools = source.choice([["Bash", "Read"], ["Read", "WebSearch"], ["Bash", f"mcp__server_{rule}"]])
    body = {
        "model": source.choice([f"model-{rule}", f"vendor-{rule}/large", f"eu-{rule}-large", "claude-sonnet-4-5"]),
        "stream": source.choice([True, False]),
        "max_tokens": source.choice([4_096, 8_192, 32_000]),
        "messages": [{"role": "user", "content": "hello"}] * source.randrange(1, 45),
        "tools": [{"name": name} for name in tools],
        "output_config": {"effort": source.choice(["low", "medium", "high"])},
        "metadata": {"project": source.choice([f"project-{rule}", "none"])},
    }
    return body, {"x-team": source.choice([f"team-{rule}", "none"])}

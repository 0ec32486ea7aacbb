"""Values of facts as a request that has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from ccproxy.analysis.formulas.atoms import Call, Kind, Source, Subject
from ccproxy.analysis.formulas.translate import HEADER_FACTS
from ccproxy.analysis.space.variables import Choices
from ccproxy.analysis.witness.dialogue import conversation
from ccproxy.facts.values import Value
from ccproxy.language.literals import exact

Envelope = dict[str, Any]
"""A request file: `path`, `headers`, `body`, `key`, `at`, and `facts` that are set outright; `predicates` are the answers of Python's."""

_PATHS = {
    "messages": "/v1/messages",
    "count_tokens": "/v1/messages/count_tokens",
    "chat": "/v1/chat/completions",
    "completions": "/v1/completions",
    "responses": "/v1/responses",
    "embeddings": "/v1/embeddings",
}
_FACT_HEADERS = {fact: header for header, fact in HEADER_FACTS.items()} | {
    "agent.class": "x-claude-code-request-class",
    "session": "x-claude-code-session-id",
}
_MONDAY = datetime(2026, 1, 5)
MODEL = "claude-sonnet-4-5"


def request_of(choices: Choices) -> Envelope:
    """A request whose facts have these values, as far as its own fields go; token counts are not among them.

    Whether it has them is for its reader to find out: facts that depend on each other may ask for what no request has.
    """
    facts = {subject.of.name: value for subject, value in choices.items() if isinstance(subject.of, Source) and subject.of.reader == "fact"}
    body: dict[str, Any] = {"model": MODEL}
    envelope: Envelope = {"body": body}
    _put_simple(facts, body)
    body.update(conversation(facts))
    _put_thinking(facts, body)
    _put_tools(facts, body)
    headers = {header: facts[fact] for fact, header in _FACT_HEADERS.items() if facts.get(fact) is not None}
    for subject, value in choices.items():
        if not isinstance(subject.of, Source) or value is None:
            continue
        if subject.of.reader == "header":
            headers[subject.of.name] = value
        elif subject.of.reader == "metadata":
            body.setdefault("metadata", {})[subject.of.name] = value
        elif subject.of.reader == "body" and not (subject.kind is Kind.ANY and _typed(subject.of, choices)):
            # a value of no type that is asked for is an object
            _put_at(body, subject.of.name.split("."), {} if subject.kind is Kind.ANY else as_json(value))
    _put_betas(facts, headers, body)
    if headers:
        envelope["headers"] = headers
    if "endpoint" in facts:
        endpoint = facts["endpoint"]
        envelope["path"] = _PATHS.get(endpoint, "/other") if isinstance(endpoint, str) else "/other"
    key = _key(facts)
    if key:
        envelope["key"] = key
    if "time" in facts or "weekday" in facts:
        envelope["at"] = _moment(facts.get("time"), facts.get("weekday"))
    predicates = {subject.of.name: bool(value) for subject, value in choices.items() if isinstance(subject.of, Call)}
    if predicates:
        envelope["predicates"] = predicates
    return envelope


def with_budgets(choices: Choices) -> Iterator[Choices]:
    """The values, where the share of a key's budget that is used is one of them with the spend, then the budget, that make it so."""
    spend, budget, used = (Subject(Kind.NUMBER, Source("fact", f"key.{name}")) for name in ("spend", "budget", "budget_used"))
    share = choices.get(used)
    if isinstance(share, int | Fraction):
        total, spent = choices.get(budget), choices.get(spend)
        total = total if isinstance(total, int | Fraction) and total else 100
        yield {**choices, budget: total, spend: exact(Fraction(share) * total / 100)}
        if share and isinstance(spent, int | Fraction):
            yield {**choices, budget: exact(Fraction(spent) * 100 / share)}
    else:
        yield choices


def as_json(value: Value) -> Any:
    """The value as JSON has it."""
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, bool | int | str) or value is None else float(value)


def _typed(source: Source, choices: Choices) -> bool:
    """Whether the place in the body has a value of some type."""
    return any(subject.of == source and subject.kind is not Kind.ANY and value is not None for subject, value in choices.items())


def _put_simple(facts: Mapping[str, Value], body: dict[str, Any]) -> None:
    """The facts that are one field of the body."""
    places = {
        "model": ("model",),
        "stream": ("stream",),
        "max_tokens": ("max_tokens",),
        "system": ("system",),
        "output.format": ("output_config", "format", "type"),
        "speed": ("speed",),
        "user": ("user",),
    }
    for fact, place in places.items():
        value = facts.get(fact)
        if value is not None:
            _put_at(body, list(place), as_json(value))
        elif fact in facts:
            body.pop(place[0], None)
    if facts.get("mode") is not None:
        body["safeguards"] = [{"classifier_context": {"permission_mode": facts["mode"]}}]
    choice = facts.get("tool_choice")
    if choice is not None:
        body["tool_choice"] = {"type": choice} if choice in ("auto", "any", "none") else {"type": "tool", "name": choice}


def _put_thinking(facts: Mapping[str, Value], body: dict[str, Any]) -> None:
    kind, budget, thinking, effort = (facts.get(name) for name in ("thinking.type", "thinking.budget", "thinking", "effort"))
    sent: dict[str, Any] = {}
    if kind is not None:
        sent["type"] = kind
    elif thinking and "thinking.type" not in facts:
        sent["type"] = "enabled"
    elif thinking is False and "thinking.type" not in facts:
        sent["type"] = "disabled"
    if budget is not None:
        sent["budget_tokens"] = as_json(budget)
    if sent or (thinking is False and effort != "none"):
        body["thinking"] = sent
    if effort is not None:
        if thinking is not None and "thinking" not in body:
            body["reasoning_effort"] = effort
        else:
            _put_at(body, ["output_config", "effort"], effort)
    elif thinking and "thinking" not in body:
        body["reasoning_effort"] = "medium"


def _put_tools(facts: Mapping[str, Value], body: dict[str, Any]) -> None:
    names, types = facts.get("tools"), facts.get("tools.types")
    if not isinstance(names, tuple) and not isinstance(types, tuple):
        return
    names = names if isinstance(names, tuple) else ()
    types = types if isinstance(types, tuple) else ()
    tools: list[dict[str, Any]] = []
    for index in range(max(len(names), len(types))):
        tool: dict[str, Any] = {}
        if index < len(types):
            tool["type"] = types[index]
        if index < len(names):
            tool["name"] = names[index]
            if index >= len(types):
                tool["input_schema"] = {"type": "object"}
        tools.append(tool)
    body["tools"] = tools


def _put_betas(facts: Mapping[str, Value], headers: dict[str, Any], body: dict[str, Any]) -> None:
    betas = facts.get("betas")
    if not isinstance(betas, tuple):
        return
    plain = betas and all("," not in name and name.isascii() and name.isprintable() for name in betas)
    if plain and "anthropic-beta" not in headers:
        headers["anthropic-beta"] = ",".join(betas)
    else:
        body["betas"] = list(betas)


def _key(facts: Mapping[str, Value]) -> dict[str, Any]:
    names = ("alias", "team", "user", "org", "tags", "spend", "budget")
    key = {name: as_json(facts[f"key.{name}"]) for name in names if facts.get(f"key.{name}") is not None}
    return key


def _moment(time: Value, weekday: Value) -> str:
    """Wall time in a week without a change of clocks."""
    days = weekday if isinstance(weekday, int) else 0
    minutes = time if isinstance(time, int) else 12 * 60
    return (_MONDAY + timedelta(days=days, minutes=minutes)).isoformat()


def _put_at(body: dict[str, Any], parts: list[str], value: Any) -> None:
    """Put the value at a path into the body, through what is there already."""
    here: Any = body
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        new: Any = value if following is None else {}
        if isinstance(here, list):
            index = int(part) if part.isdigit() and len(part) < 4 else 0
            here.extend({} for _ in range(index + 1 - len(here)))
            if following is None or not isinstance(here[index], dict | list):
                here[index] = new
            here = here[index]
        else:
            if following is None or not isinstance(here.get(part), dict | list):
                here[part] = new
            here = here[part]

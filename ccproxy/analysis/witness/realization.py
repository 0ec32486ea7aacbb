"""Realizes an assignment: puts each value where its fact is read from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import zip_longest
from typing import Any, assert_never
from urllib.parse import quote

from ccproxy.analysis.formulas.atoms import CACHED, CACHED_AN_HOUR, Call, Kind, Source, Subject
from ccproxy.analysis.space.laws import IN_EVERY_BODY
from ccproxy.analysis.space.variables import Choices, subject_of
from ccproxy.analysis.witness.apis import endpoint_for, format_in, place_in, shape_for, tool, tool_choice
from ccproxy.analysis.witness.dialogue import conversation
from ccproxy.facts.definitions import BY_NAME, ENDPOINT_PATHS, FACT_NAMES
from ccproxy.facts.endpoint import of_body
from ccproxy.facts.schema import Fact, InBody, InHeader, InKey, InPath, Made
from ccproxy.facts.shapes.generate_content import GENERATE_CONTENT
from ccproxy.facts.shapes.shape import Shape
from ccproxy.facts.values import Value, at_path
from ccproxy.language.literals import exact
from ccproxy.language.paths import EACH, LAST, is_list, parts_of

Envelope = dict[str, Any]
"""A request file: `path`, `headers`, `body`, `key`, `at`, and `facts` that are set outright; `predicates` are the answers of Python's."""

_MONDAY = datetime(2026, 1, 5)
_ORDER = {name: number for number, name in enumerate(FACT_NAMES)}
_SPEND, _BUDGET, _USED = map(subject_of, ("key.spend", "key.budget", "key.budget_used"))
_ELSEWHERE = "/other"
"""A path of no API."""

Facts = Mapping[str, Value]
"""The chosen values of facts by name; None is missing, and those that nobody asked for are not in it."""


def request_of(choices: Choices) -> Envelope:
    """A request whose facts have these values, as far as its own fields go; what is set outright is not among them.

    Whether it has them is for its reader to find out: facts that depend on each other may ask for what no request has.
    """
    facts = facts_of(choices)
    endpoint = endpoint_for(facts)
    shape = shape_for(endpoint)
    headers: dict[str, Any] = {}
    body: dict[str, Any] = {"model": BY_NAME["model"].example}
    envelope: Envelope = {"body": body}
    for name, value in facts.items():
        _put(BY_NAME[name], value, shape, envelope, headers)
    body.update(conversation(shape, facts))
    for put in _PUTTERS:
        put(facts, shape, envelope)
    _put_read(choices, headers, body)
    if choices.get(Subject(Kind.BOOL, CACHED)):
        hour = {"ttl": "1h"} if choices.get(Subject(Kind.BOOL, CACHED_AN_HOUR)) else {}
        body["cache_control"] = {"type": "ephemeral", **hour}
    _put_betas(facts, shape, headers, body)
    _put_tags(facts, headers, body)
    if "endpoint" in facts or of_body(body)[0] != endpoint or shape.streams_by_path:
        envelope["path"] = _path_of(endpoint, body)
        if shape.streams_by_path:
            body.pop("stream", None)
            if facts.get("stream"):
                envelope["path"] = envelope["path"].replace(":generateContent", ":streamGenerateContent")
    if headers:
        envelope["headers"] = headers
    if any(facts.get(name, 0) is None for name in IN_EVERY_BODY):
        envelope["body"] = None
    predicates = {subject.of.name: bool(value) for subject, value in choices.items() if isinstance(subject.of, Call)}
    if predicates:
        envelope["predicates"] = predicates
    return envelope


def facts_of(choices: Choices) -> Facts:
    """The facts among the subjects, in their own order."""
    found = {subject.of.name: value for subject, value in choices.items() if isinstance(subject.of, Source) and subject.of.reader == "fact"}
    return {name: found[name] for name in sorted(found, key=_ORDER.__getitem__)}


def labelled_in(choices: Choices) -> Facts:
    """The functions of labels among the subjects, by their canonical texts; what is missing is not set."""
    found = {
        subject.of.name: value for subject, value in choices.items() if isinstance(subject.of, Source) and subject.of.reader == "label"
    }
    return {name: value for name, value in found.items() if value is not None}


def _path_of(endpoint: str | None, body: Mapping[str, Any]) -> str:
    written = next((path for name, path in ENDPOINT_PATHS if name == endpoint), _ELSEWHERE)
    return written.replace("{model}", quote(str(body.get("model")), safe=""))


def _put(fact: Fact, value: Value, shape: Shape, envelope: Envelope, headers: dict[str, Any]) -> None:
    """Puts a fact where it has a place of its own."""
    body = envelope["body"]
    match fact.place:
        case InBody() as place:
            path = place_in(shape, fact.name, place)
            if value is None:
                body.pop(path[0] if path and len(path) == 1 else None, None)
            elif path is not None:
                _put_at(body, *format_in(shape, str(value)) if fact.name == "output.format" else (path, as_json(value)))
            elif fact.name == "user":
                _put_at(body, ("metadata", "user_id"), value)
        case InHeader(name) if value is not None:
            headers[name] = value
        case InKey(name) if value is not None:
            envelope.setdefault("key", {})[name] = as_json(value)
        case InHeader() | InKey() | InPath() | Made():
            pass
        case _:
            assert_never(fact.place)


def _put_read(choices: Choices, headers: dict[str, Any], body: dict[str, Any]) -> None:
    """Puts what is read with an argument; lists that a `*` gathers first, so that paths to single elements meet arrays."""
    arrays = {_before(EACH, parts_of(subject.of.name)) for subject in choices if isinstance(subject.of, Source) and _is_gathered(subject)}
    for subject, value in sorted(choices.items(), key=lambda item: not _is_gathered(item[0])):
        if not isinstance(subject.of, Source):
            continue
        name = subject.of.name
        if subject.of.reader == "body" and not _is_gathered(subject) and at_path(body, parts_of(name)) != value:
            _end_anew(body, parts_of(name), arrays)
        if value is None:
            continue
        match subject.of.reader:
            case "header":
                headers[name] = value
            case "metadata":
                body.setdefault("metadata", {})[name] = value
            case "body" if isinstance(value, tuple) and _is_gathered(subject):
                if not name.startswith(EACH):  # the body is no array
                    _gather(body, parts_of(name), value)
            case "body":
                if subject.kind is not Kind.ANY or not _typed(subject.of, choices):
                    # a value of no type that is asked for is an object
                    _put_at(body, name.split("."), {} if subject.kind is Kind.ANY else as_json(value))
            case "fact" | "label" | "cache":  # a function of a label is set outright, by `attempts`
                pass
            case reader:
                raise KeyError(reader)


def _is_gathered(subject: Subject) -> bool:
    return isinstance(subject.of, Source) and subject.of.reader == "body" and is_list(subject.of.name)


def _gather(body: dict[str, Any], parts: Sequence[str], texts: tuple[str, ...]) -> None:
    """Puts texts where a path with `*` finds them: the last `*` stands for an array of them all, those before it for arrays of one."""
    last = len(parts) - 1 - [*reversed(parts)].index(EACH)
    before, after = ["0" if part == EACH else part for part in parts[:last]], parts[last + 1 :]
    array = at_path(body, tuple(before))
    array = [item if isinstance(item, dict) else {} for item in array] if after and isinstance(array, list) else []
    array.extend({} for _ in range(len(texts) - len(array)))
    for index, item in enumerate(array):
        if index >= len(texts):
            item.pop(after[0], None)
        elif after:
            _put_at(item, after, texts[index])
        else:
            array[index] = texts[index]
    _put_at(body, [0 if part == EACH else part for part in parts[:last]], array)


def _before(selector: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    return parts[: parts.index(selector)]


def _end_anew(body: dict[str, Any], parts: tuple[str, ...], arrays: Collection[tuple[str, ...]]) -> None:
    """Puts an empty object behind an array whose last element a path asks for, if it is one of those that a `*` gathers from."""
    if LAST in parts and _before(LAST, parts) in arrays:
        array = at_path(body, _before(LAST, parts))
        if isinstance(array, list) and array:
            array.append({})


def with_budgets(choices: Choices) -> Iterator[Choices]:
    """The values, where the share of a key's budget that is used is one of them with the spend, then the budget, that make it so."""
    share = choices.get(_USED)
    if isinstance(share, int | Fraction):
        total, spent = choices.get(_BUDGET), choices.get(_SPEND)
        total = total if isinstance(total, int | Fraction) and total else 100
        yield {**choices, _BUDGET: total, _SPEND: exact(Fraction(share) * total / 100)}
        if share and isinstance(spent, int | Fraction):
            yield {**choices, _BUDGET: exact(Fraction(spent) * 100 / share)}
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


def _put_tool_choice(facts: Facts, shape: Shape, envelope: Envelope) -> None:
    choice = facts.get("tool_choice")
    if isinstance(choice, str):
        key = "toolConfig" if shape is GENERATE_CONTENT else "tool_choice"
        envelope["body"][key] = tool_choice(shape, choice, choice in BY_NAME["tool_choice"].texts.values)


def _put_thinking(facts: Facts, shape: Shape, envelope: Envelope) -> None:
    body: dict[str, Any] = envelope["body"]
    kind, budget, thinking, effort = (facts.get(name) for name in ("thinking.type", "thinking.budget", "thinking", "effort"))
    if shape is GENERATE_CONTENT:
        config = {"thinkingLevel": effort, "thinkingBudget": as_json(budget) if budget is not None else None}
        if budget is None and effort is None and thinking is not None:
            config["thinkingBudget"] = 1024 if thinking else 0
        if sent_config := {key: value for key, value in config.items() if value is not None}:
            _put_at(body, ["generationConfig", "thinkingConfig"], sent_config)
        return
    if not shape.thinking_type.places:
        # an effort says both
        told = effort if effort is not None or thinking is None else "medium" if thinking else "none"
        if told is not None:
            _put_at(body, ["reasoning", "effort"], told)
        return
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
        if "output_config" not in shape.keys or (thinking is not None and "thinking" not in body):
            body["reasoning_effort"] = effort
        else:
            _put_at(body, ["output_config", "effort"], effort)
    elif thinking and "thinking" not in body:
        body["reasoning_effort"] = "medium"


def _put_tools(facts: Facts, shape: Shape, envelope: Envelope) -> None:
    names, types = facts.get("tools"), facts.get("tools.types")
    if not isinstance(names, tuple) and not isinstance(types, tuple):
        return
    names = names if isinstance(names, tuple) else ()
    types = types if isinstance(types, tuple) else ()
    pairs = zip_longest(names, types)
    envelope["body"]["tools"] = [tool(shape, name, kind) for name, kind in pairs]


def _put_betas(facts: Facts, shape: Shape, headers: dict[str, Any], body: dict[str, Any]) -> None:
    betas = facts.get("betas")
    if not isinstance(betas, tuple):
        return
    if (_fits_a_header(betas) or not shape.body_betas.places) and "anthropic-beta" not in headers:
        headers["anthropic-beta"] = ",".join(betas)
    else:
        body["betas"] = list(betas)


def _put_tags(facts: Facts, headers: dict[str, Any], body: dict[str, Any]) -> None:
    tags = facts.get("tags")
    if not isinstance(tags, tuple):
        return
    if _fits_a_header(tags) and "x-litellm-tags" not in headers:
        headers["x-litellm-tags"] = ",".join(tags)
    else:
        body["tags"] = list(tags)


def _fits_a_header(names: tuple[str, ...]) -> bool:
    """Whether a header that is split at commas has these names, and no others."""
    return bool(names) and all("," not in name and name.isascii() and name.isprintable() for name in names)


def _put_moment(facts: Facts, shape: Shape, envelope: Envelope) -> None:
    """Wall time in a week without a change of clocks."""
    if "time" in facts or "weekday" in facts:
        time, weekday = facts.get("time"), facts.get("weekday")
        days = weekday if isinstance(weekday, int) else 0
        minutes = time if isinstance(time, int) else 12 * 60
        envelope["at"] = (_MONDAY + timedelta(days=days, minutes=minutes)).isoformat()


def _put_at(body: dict[str, Any], parts: Sequence[str | int], value: Any) -> None:
    """Puts the value at a path into the body, through what is there already; numbers and `last` are elements of arrays."""
    here: Any = body
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        new: Any = value if following is None else [] if isinstance(following, int) or following == LAST else {}
        if isinstance(here, list):
            index = int(part) if isinstance(part, int) or (part.isdigit() and len(part) < 4) else max(len(here) - 1, 0)
            here.extend({} for _ in range(index + 1 - len(here)))
            if following is None or not isinstance(here[index], dict | list):
                here[index] = new
            here = here[index]
        else:
            if following is None or not isinstance(here.get(part), dict | list):
                here[part] = new
            here = here[part]


def _putter(made: Made) -> Callable[[Facts, Shape, Envelope], None] | None:
    """What puts the facts that share a place; None where they are put otherwise."""
    match made:
        case Made.THINKING:
            return _put_thinking
        case Made.TOOLS:
            return _put_tools
        case Made.TOOL_CHOICE:
            return _put_tool_choice
        case Made.CLOCK:
            return _put_moment
        case Made.CONVERSATION | Made.BETAS | Made.TAGS | Made.BUDGET | Made.MEMORY | Made.OUTRIGHT:
            return None  # before the others; after all headers; from other facts, before (`with_budgets`); by `attempts`
        case _:
            assert_never(made)


_PUTTERS = tuple(put for made in Made if (put := _putter(made)) is not None)

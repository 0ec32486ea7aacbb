"""Turns an assignment into candidate requests, the most natural first, and simplifies the one found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ccproxy.analysis.space.variables import Choices
from ccproxy.analysis.witness.dialogue import MAX_MESSAGES
from ccproxy.analysis.witness.realization import Envelope, as_json, facts_of, labelled_in, request_of, with_budgets
from ccproxy.facts.claude_code import SESSION_HEADER
from ccproxy.facts.definitions import BY_NAME
from ccproxy.facts.schema import Fact, Made
from ccproxy.language.types import Type


def attempts(choices: Choices, strict: bool, exact: bool) -> Iterator[Envelope]:
    """Requests that may have these values, the most natural first.

    With `strict` only counts are set outright; without it at last every fact. With `exact` token counts are just as chosen from the
    start, and nobody has to count; else only where the request's own would not do.
    """
    facts = facts_of(choices)
    counts = {name: value for name, value in facts.items() if BY_NAME[name].place in (Made.MEMORY, Made.OUTRIGHT)}
    counts |= labelled_in(choices)
    plain: Envelope = {}
    for consistent in with_budgets(choices):
        plain = request_of(consistent)
        if not exact:
            yield plain
        if counts:
            yield {**plain, "facts": counts}
        if exact:
            yield plain
    large = {name: value for name, value in facts.items() if isinstance(value, int) and _is_too_large(BY_NAME[name], value)}
    if large:
        yield {**plain, "facts": {**counts, **large}}
    if not strict:
        yield {**plain, "facts": {**facts, **labelled_in(choices)}}


def as_file(envelope: Envelope) -> dict[str, Any]:
    """The request as a request file, with JSON values only."""
    file = dict(envelope)
    if "facts" in file:
        file["facts"] = {name: as_json(value) for name, value in file["facts"].items()}
    return file


def simplest(envelope: Envelope, accepts: Callable[[Envelope], bool], keep: tuple[str, ...] = ()) -> Envelope:
    """The request without all that it does as well without, but for what `keep` names."""
    for place in ((), ("body",), ("headers",), ("key",), ("facts",), ("body", "metadata")):
        for name in list(_at(envelope, place)):
            if name in ("body", "model", "messages", *keep):
                continue
            shorter = _without(envelope, place, name)
            if accepts(shorter):
                envelope = shorter
    return envelope


def with_session_outright(envelope: Envelope) -> Envelope:
    """The request with its session set outright, if it says it by Claude Code's header."""
    session = _at(envelope, ("headers",)).get(SESSION_HEADER)
    if session is None:
        return envelope
    return {**_without(envelope, ("headers",), SESSION_HEADER), "facts": {**envelope.get("facts", {}), "session": session}}


def _at(envelope: Envelope, place: tuple[str, ...]) -> dict[str, Any]:
    here: Any = envelope
    for name in place:
        here = here.get(name) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


def _without(envelope: Envelope, place: tuple[str, ...], name: str) -> Envelope:
    """A copy of the request without one field; an object that is empty then goes too."""
    if not place:
        return {key: value for key, value in envelope.items() if key != name}
    inner = _without(envelope[place[0]], place[1:], name)
    if not inner and place[0] != "body":
        return {key: value for key, value in envelope.items() if key != place[0]}
    return {**envelope, place[0]: inner}


def _is_too_large(fact: Fact, count: int) -> bool:
    """Whether a count is larger than messages are written for it."""
    return fact.type is Type.NUMBER and fact.place is Made.CONVERSATION and count > MAX_MESSAGES

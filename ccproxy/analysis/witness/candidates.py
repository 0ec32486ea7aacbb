"""From values of facts to requests that may have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ccproxy.analysis.formulas.atoms import Source
from ccproxy.analysis.space.variables import Choices
from ccproxy.analysis.witness.dialogue import MAX_MESSAGES, items_without_messages
from ccproxy.analysis.witness.realization import Envelope, as_json, request_of, with_budgets
from ccproxy.facts.values import Value

_OUTRIGHT = ("tokens", "tokens.system", "tokens.tools", "tokens.messages", "tokens.latest")
"""Facts that a request file may set outright: nobody wants to read the text that would make so many tokens."""
_COUNTS = ("messages", "turns", "images", "images.latest", "documents")


def attempts(choices: Choices, strict: bool, exact: bool) -> Iterator[Envelope]:
    """Requests that may have these values, the most natural first.

    With `strict` only counts are set outright; without it at last every fact. With `exact` token counts are just as chosen from the
    start, and nobody has to count; else only where the request's own would not do.
    """
    facts = _facts(choices)
    counts = {name: facts[name] for name in _OUTRIGHT if name in facts}
    plain: Envelope = {}
    for consistent in with_budgets(choices):
        plain = request_of(consistent)
        if not exact:
            yield plain
        if counts:
            yield {**plain, "facts": counts}
        if exact:
            yield plain
    if facts.get("messages") == 0 and (items := items_without_messages(facts)):
        body = {name: value for name, value in plain["body"].items() if name != "messages"}
        yield {**plain, "body": {**body, **items}} | ({"facts": counts} if counts else {})
    large = {name: value for name in _COUNTS if isinstance(value := facts.get(name), int) and value > MAX_MESSAGES}
    if large:
        yield {**plain, "facts": {**counts, **large}}
    if not strict:
        yield {**plain, "facts": facts}


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


def _at(envelope: Envelope, place: tuple[str, ...]) -> dict[str, Any]:
    here: Any = envelope
    for name in place:
        here = here.get(name, {})
    return here if isinstance(here, dict) else {}


def _without(envelope: Envelope, place: tuple[str, ...], name: str) -> Envelope:
    """A copy of the request without one field; an object that is empty then goes too."""
    if not place:
        return {key: value for key, value in envelope.items() if key != name}
    inner = _without(envelope[place[0]], place[1:], name)
    if not inner and place[0] != "body":
        return {key: value for key, value in envelope.items() if key != place[0]}
    return {**envelope, place[0]: inner}


def _facts(choices: Choices) -> dict[str, Value]:
    return {subject.of.name: value for subject, value in choices.items() if isinstance(subject.of, Source) and subject.of.reader == "fact"}

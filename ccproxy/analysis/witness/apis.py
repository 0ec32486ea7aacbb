"""Chooses the API of a witness, and the keys of its body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccproxy.facts.schema import InBody
from ccproxy.facts.shapes import BY_ENDPOINT, BY_KEY, SHAPES
from ccproxy.facts.shapes.chat import CHAT
from ccproxy.facts.shapes.conversation import INPUT_KEY, MESSAGES_KEY
from ccproxy.facts.shapes.generate_content import CONTENTS_KEY, GENERATE_CONTENT
from ccproxy.facts.shapes.responses import RESPONSES
from ccproxy.facts.shapes.shape import Conversation, Shape
from ccproxy.facts.values import Value

_FIELDS = {"system": "system_prompt", "user": "body_user"}
"""Fields of `Shape` of facts in the body that need more than their places."""


def endpoint_for(facts: Mapping[str, Value]) -> str | None:
    """The endpoint to make the request for: the one chosen, else that of the first API whose requests can have these facts.

    None, a path of no API, where no API's can.
    """
    if "endpoint" in facts:
        chosen = facts["endpoint"]
        return chosen if isinstance(chosen, str) else None
    return next((shape.endpoints[0][1] for shape in SHAPES if _can_have(shape, facts)), None)


def shape_for(endpoint: str | None) -> Shape:
    """How requests to an endpoint are read."""
    return BY_ENDPOINT.get(endpoint, BY_KEY)


def _can_have(shape: Shape, facts: Mapping[str, Value]) -> bool:
    if not all(shape.has(name) for name, value in facts.items() if value is not None):
        return False
    if _has_items_alone(facts):
        return MESSAGES_KEY not in shape.conversations
    alone = facts.get("prompt") is not None and None in (facts.get("messages", 0), facts.get("turns", 0))
    return not alone or bool(shape.text.places)


def _has_items_alone(facts: Mapping[str, Value]) -> bool:
    """Whether there is something in the conversation, but no message."""
    inside = ("tools.called", "images", "images.latest", "documents", "audio", "video")
    return facts.get("messages") == 0 and any(facts.get(name) for name in inside)


def conversation_key(shape: Shape, facts: Mapping[str, Value]) -> Conversation | None:
    """Where a request of this API that shall have these facts has its conversation; None: nowhere."""
    keys = shape.conversations
    if keys == (CONTENTS_KEY,):
        return CONTENTS_KEY
    return INPUT_KEY if INPUT_KEY in keys and (MESSAGES_KEY not in keys or _has_items_alone(facts)) else MESSAGES_KEY if keys else None


def place_in(shape: Shape, fact: str, place: InBody) -> tuple[str | int, ...] | None:
    """The path at which the API has a fact of the body; None where it has no place for it."""
    places = getattr(shape, _FIELDS.get(fact, fact.replace(".", "_")), None)
    if places is None:
        return place.path
    if not places.places:
        return None
    first = places.places[0]
    return tuple([int(part) if part.isdigit() else part for part in (first.path + first.within).split(".")])


def format_in(shape: Shape, written: str) -> tuple[tuple[str | int, ...], Any]:
    """Where the API has the format of the output, and what stands there for this one."""
    if shape is not GENERATE_CONTENT:
        return tuple(shape.output_format.places[0].path.split(".")), written
    if written == "json_schema":
        return ("generationConfig", "responseSchema"), {}
    return ("generationConfig", "responseMimeType"), "application/json" if written == "json_object" else written


def tool(shape: Shape, name: str | None, kind: str | None) -> dict[str, Any]:
    """A tool offered, as the API has it; `kind` is the type of one that the provider runs."""
    if shape is GENERATE_CONTENT:
        return ({} if name is None else {"functionDeclarations": [{"name": name}]}) | ({} if kind is None else {kind: {}})
    if shape is CHAT:
        return {"type": kind or "function", **({} if name is None else {"function": {"name": name}})}
    if shape is RESPONSES:
        return {"type": kind or "function", **({} if name is None else {"name": name})}
    named: dict[str, Any] = {} if kind is None else {"type": kind}
    if name is not None:
        named["name"] = name
        if kind is None:
            named["input_schema"] = {"type": "object"}
    return named


def tool_choice(shape: Shape, choice: str, plain: bool) -> Any:
    """A choice of tools, as the API has it; `plain`: not a tool's name."""
    if shape is GENERATE_CONTENT:
        allowed = {"mode": choice.upper()} if plain else {"mode": "ANY", "allowedFunctionNames": [choice]}
        return {"functionCallingConfig": allowed}
    if shape in (CHAT, RESPONSES):
        if plain:
            return "required" if choice == "any" else choice
        return {"type": "function", "function": {"name": choice}} if shape is CHAT else {"type": "function", "name": choice}
    return {"type": choice} if plain else {"type": "tool", "name": choice}

"""`extra_body`: what LiteLLM puts over a finished request belongs to what rules see."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ccproxy.facts.shapes import BY_ENDPOINT, BY_KEY
from ccproxy.facts.shapes.shape import Body
from ccproxy.facts.values import Json

_MOVED: Mapping[str | None, frozenset[str]] = MappingProxyType(
    {
        None: BY_KEY.keys | {"metadata", "tags"},
        **{endpoint: shape.keys | {"metadata", "tags"} for endpoint, shape in BY_ENDPOINT.items()},
        "generate_content": frozenset(),
    }
)
"""The keys that are moved to the top level, by the endpoint; None: of a request whose API nobody knows."""
OF_ANOTHER_API = frozenset({"messages", "system", "input", "instructions", "prompt", "contents", "systemInstruction", "system_instruction"})
"""Where some API has text for the model: left in place, it would go to a deployment of that API."""


def merged(body: Body, endpoint: str | None) -> dict[str, Json]:
    """The body with its `extra_body` moved to the top level, as far as the API knows its keys; `model` never is."""
    extra = body.get("extra_body")
    moved, left = split(extra, endpoint) if isinstance(extra, Mapping) else ({}, {})
    whole = {**body, **moved}
    if left:
        whole["extra_body"] = left
    else:
        whole.pop("extra_body", None)
    return whole


def split(extra: Body, endpoint: str | None) -> tuple[dict[str, Json], dict[str, Json]]:
    """What of an `extra_body` moves to the top level, and what stays in it."""
    moves = _MOVED.get(endpoint, _MOVED[None])
    moved = {name: value for name, value in extra.items() if name in moves}
    left = {name: value for name, value in extra.items() if name not in moves and name not in OF_ANOTHER_API and name != "model"}
    return moved, left

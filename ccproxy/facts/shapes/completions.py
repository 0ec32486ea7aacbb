"""OpenAI's Completions, the API before Chat: one text without a conversation."""

from __future__ import annotations

from ccproxy.facts.shapes.shape import Body, Place, Places, Shape, given
from ccproxy.facts.values import number


def _mark(body: Body) -> str | None:
    return "body `prompt`" if body.get("prompt") is not None else None


COMPLETIONS = Shape(
    endpoints=(("completions", "completions"),),
    mark=_mark,
    text=Places(Place("prompt", given)),
    body_user=Places(Place("user", str)),
    stream=Places(Place("stream", bool)),
    max_tokens=Places(Place("max_tokens", number)),
)

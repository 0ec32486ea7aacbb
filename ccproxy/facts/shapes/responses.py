"""OpenAI's Responses."""

from __future__ import annotations

from ccproxy.facts.shapes.chat import plain_choice
from ccproxy.facts.shapes.conversation import INPUT_KEY, TOOLS_ITEM
from ccproxy.facts.shapes.reasoning import is_thinking
from ccproxy.facts.shapes.shape import Body, Item, Joined, Place, Places, Shape
from ccproxy.facts.shapes.tools import server_tools, unfolded
from ccproxy.facts.values import Json, number, text


def _mark(body: Body) -> str | None:
    return "body `input`" if body.get("input") is not None else None


def _calls(item: Item) -> list[Json]:
    """An item that is a call has its tool's name."""
    return [item.get("name")] if item.get("role") is None else []


def _choice(choice: Json) -> str | None:
    """`"auto"`, `"none"`, `"required"`, a tool by name, a hosted tool by type, or the mode in `{"type": "allowed_tools", "mode": …}`."""
    if isinstance(choice, dict):
        kind = choice.get("type")
        if kind != "allowed_tools":
            return text(choice.get("name")) or (None if kind in ("function", "custom", "tool") else plain_choice(kind))
        choice = choice.get("mode")
    return plain_choice(choice)


def _additional(input_items: Json) -> list[Json] | None:
    """The tools that items of the input offer; None without such an item."""
    items = (
        [item for item in input_items if isinstance(item, dict) and item.get("type") == TOOLS_ITEM] if isinstance(input_items, list) else []
    )
    return [tool for item in items if isinstance(item.get("tools"), list) for tool in item["tools"]] if items else None


def _additional_types(input_items: Json) -> tuple[str, ...] | None:
    tools = _additional(input_items)
    return None if tools is None else server_tools(unfolded(tools, _WITHIN))


_WITHIN = ("tools",)
_ADDITIONAL = ".*.tools"

RESPONSES = Shape(
    endpoints=(("responses", "responses"), ("responses/compact", "compact")),
    mark=_mark,
    conversations=(INPUT_KEY,),
    calls=(_calls,),
    system_prompt=Places(Place("instructions", str), Place("instructions", list)),
    tools_offered=Joined(Place("tools", list), Place("input", _additional, _ADDITIONAL)),
    tool_names=(("name",),),
    tools_within=_WITHIN,
    cache_key=Places(Place("prompt_cache_key", str)),
    request_effort=Places(Place("reasoning.effort", str)),
    body_user=Places(Place("user", str)),
    stream=Places(Place("stream", bool)),
    max_tokens=Places(Place("max_output_tokens", number)),
    thinking=Places(Place("reasoning.effort", is_thinking)),
    tools_types=Joined(Place("tools", server_tools), Place("input", _additional_types, _ADDITIONAL)),
    tool_choice=Places(Place("tool_choice", _choice)),
    output_format=Places(Place("text.format.type", str)),
)

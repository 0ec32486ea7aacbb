"""Anthropic's Messages."""

from __future__ import annotations

from ccproxy.facts.shapes.conversation import CALL_BLOCKS, MESSAGES_KEY
from ccproxy.facts.shapes.reasoning import BUDGET, THINKING, THINKING_TYPE, is_thinking
from ccproxy.facts.shapes.shape import Item, Place, Places, Shape
from ccproxy.facts.shapes.tools import server_tools
from ccproxy.facts.values import Json, member, number, text


def block_calls(item: Item) -> list[Json]:
    """Names in the blocks that are calls."""
    content = item.get("content")
    blocks = content if isinstance(content, list) else ()
    return [block.get("name") for block in blocks if isinstance(block, dict) and block.get("type") in CALL_BLOCKS]


def _choice(choice: Json) -> str | None:
    """`{"type": "auto"}`, `any`, `none`, or `{"type": "tool", "name": …}`."""
    kind = member(choice, "type")
    if kind == "tool":
        return text(choice.get("name")) or None
    return kind if kind in ("auto", "any", "none") else None


def _permission_mode(safeguards: Json) -> str | None:
    for element in safeguards if isinstance(safeguards, list) else ():
        mode = text(member(element, "classifier_context", "permission_mode"))
        if mode is not None:
            return mode
    return None


MESSAGES = Shape(
    endpoints=(("messages", "messages"), ("count_tokens", "count_tokens")),
    conversations=(MESSAGES_KEY,),
    calls=(block_calls,),
    item_efforts=("output_config",),
    system_prompt=Places(Place("system", str), Place("system", list)),
    tools_offered=Places(Place("tools", list)),
    tool_names=(("name",),),
    request_effort=Places(Place("output_config.effort", str), Place("reasoning_effort", str)),
    body_betas=Places(Place("betas", list)),
    stream=Places(Place("stream", bool)),
    max_tokens=Places(Place("max_tokens", number)),
    thinking=Places(THINKING, Place("reasoning_effort", is_thinking)),
    thinking_type=Places(THINKING_TYPE),
    thinking_budget=Places(BUDGET),
    tools_types=Places(Place("tools", server_tools)),
    tool_choice=Places(Place("tool_choice", _choice)),
    output_format=Places(Place("output_config.format.type", str), Place("output_format.type", str)),
    mode=Places(Place("safeguards", _permission_mode, ".0.classifier_context.permission_mode")),
    speed=Places(Place("speed", str)),
)

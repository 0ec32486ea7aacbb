"""OpenAI's Chat Completions."""

from __future__ import annotations

from operator import itemgetter

from ccproxy.facts.shapes.conversation import MESSAGES_KEY
from ccproxy.facts.shapes.reasoning import BUDGET, THINKING, THINKING_TYPE, is_thinking
from ccproxy.facts.shapes.shape import Body, Item, Place, Places, Shape
from ccproxy.facts.shapes.tools import server_tools
from ccproxy.facts.values import Json, member, number

_OWN_KEYS = ("max_completion_tokens", "response_format", "reasoning_effort", "n", "logprobs")
_OWN_KEY_SET = frozenset(_OWN_KEYS)
_OWN_ROLES = frozenset(("developer", "tool"))
_role = itemgetter("role")


def _mark(body: Body) -> str | None:
    """A key, a role or a tool that Messages has not."""
    messages, tools = body.get("messages"), body.get("tools")
    if not _OWN_KEY_SET.isdisjoint(body):
        for key in _OWN_KEYS:
            if body.get(key) is not None:
                return f"body `{key}`"
    if not _may_be_marked(messages, tools):
        return None
    for position, message in enumerate(messages if isinstance(messages, list) else ()):
        role = message.get("role") if isinstance(message, dict) else None
        if role in ("developer", "tool") or (role == "system" and position == 0):
            return f"body `messages.{position}.role`"
    for position, tool in enumerate(tools if isinstance(tools, list) else ()):
        if isinstance(tool, dict) and tool.get("function") is not None:
            return f"body `tools.{position}.function`"
    return None


def _may_be_marked(messages: Json, tools: Json) -> bool:
    """False if no message has a role of Chat's own and no tool a `function`, found in few steps for each; True if a closer look is due."""
    try:
        if messages and (not _OWN_ROLES.isdisjoint(map(_role, messages)) or messages[0]["role"] == "system"):
            return True
        return bool(tools) and True in ["function" in tool for tool in tools]
    except (KeyError, TypeError):
        return True


def _calls(item: Item) -> list[Json]:
    """Names in `tool_calls`, and of the `function_call` that was before them."""
    calls = item.get("tool_calls")
    names = []
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            names.append(member(call.get("function") or call.get("custom"), "name"))
    return [*names, member(item.get("function_call"), "name")]


def _wrapped_name(tool: Json) -> str | None:
    """The name in `{"type": "function", "function": {"name": …}}`."""
    return next((name for kind in ("function", "custom") if isinstance(name := member(tool, kind, "name"), str)), None)


def _choice(choice: Json) -> str | None:
    """`"auto"`, `"none"`, `"required"`, a tool, or the mode in `{"type": "allowed_tools", "allowed_tools": {"mode": …}}`."""
    if isinstance(choice, dict):
        if choice.get("type") != "allowed_tools":
            return _wrapped_name(choice) or None
        choice = member(choice, "allowed_tools", "mode")
    return plain_choice(choice)


def plain_choice(choice: Json) -> str | None:
    """A choice by its name; OpenAI's `required` is `any`."""
    if not isinstance(choice, str) or not choice:
        return None
    return "any" if choice == "required" else choice


CHAT = Shape(
    endpoints=(("chat/completions", "chat"),),
    mark=_mark,
    conversations=(MESSAGES_KEY,),
    calls=(_calls,),
    tools_offered=Places(Place("tools", list)),
    tool_names=(("function", "name"), ("custom", "name")),
    request_effort=Places(Place("reasoning_effort", str)),
    body_user=Places(Place("user", str)),
    stream=Places(Place("stream", bool)),
    max_tokens=Places(Place("max_completion_tokens", number), Place("max_tokens", number)),
    thinking=Places(THINKING, Place("reasoning_effort", is_thinking)),
    thinking_type=Places(THINKING_TYPE),
    thinking_budget=Places(BUDGET),
    tools_types=Places(Place("tools", server_tools)),
    tool_choice=Places(Place("tool_choice", _choice)),
    output_format=Places(Place("response_format.type", str)),
)

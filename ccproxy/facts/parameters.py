"""Facts of the body's own fields, beside the conversation."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from ccproxy.facts.values import Json, member, text

if TYPE_CHECKING:
    from ccproxy.facts.facts import Facts


_own_name = itemgetter("name")


def thinking(facts: Facts) -> tuple[bool | None, str]:
    """`thinking`: by the object `thinking`; without one, by an effort other than `none`."""
    body = facts.body
    given = body.get("thinking")
    if isinstance(given, dict):
        return given.get("type") in ("enabled", "adaptive"), "body `thinking.type`"
    effort = body.get("reasoning_effort")
    if isinstance(effort, str):
        return effort != "none", "body `reasoning_effort`"
    effort = member(body, "reasoning", "effort")
    if isinstance(effort, str):
        return effort != "none", "body `reasoning.effort`"
    return None, ""


def effort(facts: Facts) -> tuple[str | None, str]:
    """`effort`: of the last message that has one, else of the request."""
    items: list[Json] = facts.items or []
    for item in reversed(items):
        if isinstance(item, dict) and "output_config" in item:
            value = member(item["output_config"], "effort")
            if isinstance(value, str):
                return value, "the last message with an `output_config.effort`"
    for path in (("output_config", "effort"), ("reasoning_effort",), ("reasoning", "effort")):
        value = member(facts.body, *path)
        if isinstance(value, str):
            return value, f"body `{'.'.join(path)}`"
    return None, ""


def tools(facts: Facts) -> tuple[str, ...] | None:
    """`tools`: the names of the tools offered."""
    offered = facts.body.get("tools")
    if not isinstance(offered, list):
        return None
    try:
        names = tuple(map(_own_name, offered))
        "".join(names)  # raises unless every one is text
        return names
    except (KeyError, TypeError):
        return tuple([name for name in map(_name, offered) if isinstance(name, str)])


def _name(tool: Json) -> Json:
    """The name of a tool; of Chat Completions: `{"type": "function", "function": {"name": …}}`."""
    name = member(tool, "name")
    return name if isinstance(name, str) else _wrapped_name(tool)


def _wrapped_name(tool: Json) -> Json:
    name = member(tool, "function", "name")
    return name if name is not None else member(tool, "custom", "name")


def tools_types(facts: Facts) -> tuple[str, ...] | None:
    """`tools.types`: the types of the server tools offered."""
    offered = facts.body.get("tools")
    if not isinstance(offered, list):
        return None
    try:
        kinds = [tool["type"] for tool in offered if "type" in tool]
    except TypeError:  # an element that is no object
        kinds = [member(tool, "type") for tool in offered]
    return tuple([kind for kind in kinds if isinstance(kind, str) and kind not in ("function", "custom")]) if kinds else ()


_NAMES_A_TOOL = ("tool", "function", "custom")
"""Types of a `tool_choice` that stand for the tool they name; any other type is a choice itself."""


def tool_choice(facts: Facts) -> str | None:
    """`tool_choice`: `auto`, `any`, `none`, or the name of the forced tool (of a hosted tool without a name: its type)."""
    choice = facts.body.get("tool_choice")
    if isinstance(choice, dict):
        kind = choice.get("type")
        if kind == "allowed_tools":
            mode = choice.get("mode")
            choice = mode if mode is not None else member(choice, "allowed_tools", "mode")
        else:
            named = next((name for name in (choice.get("name"), _wrapped_name(choice)) if isinstance(name, str)), None)
            choice = named if named is not None or kind in _NAMES_A_TOOL else kind
    if not isinstance(choice, str) or not choice:
        return None
    return "any" if choice == "required" else choice


def mode(facts: Facts) -> str | None:
    """`mode`: the permission mode that Claude Code tells its safeguards."""
    safeguards = facts.body.get("safeguards")
    if not isinstance(safeguards, list) or not safeguards:
        return None
    return text(member(safeguards[0], "classifier_context", "permission_mode"))


def betas(facts: Facts) -> tuple[str, ...] | None:
    """`betas`: those of the header, then those of the body, each once."""
    header = facts.header("anthropic-beta")
    listed = facts.body.get("betas")
    if not isinstance(listed, list):
        if header is None:
            return None
        listed = []
    names = header.split(",") if header is not None else []
    names.extend([name for name in listed if isinstance(name, str)])
    return tuple(dict.fromkeys([name for name in map(str.strip, names) if name]))

"""Messages, turns and blocks, whichever API sends them.

An *item* is an element of `messages` or of Responses' `input`. A *block* is an object with a `type` in the `content` of an item.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ccproxy.facts.values import Json, member, text

if TYPE_CHECKING:
    from ccproxy.facts.facts import Facts

TEXT_BLOCKS = ("text", "input_text", "output_text")
IMAGE_BLOCKS = ("image", "image_url", "input_image")
DOCUMENT_BLOCKS = ("document", "file", "input_file")
CALL_BLOCKS = ("tool_use", "server_tool_use", "mcp_tool_use")
_WITHOUT_MEDIA = (*TEXT_BLOCKS, *CALL_BLOCKS, "thinking")

_REMINDER_START = "<system-reminder>"
_REMINDER_END = "</system-reminder>"
_ASSISTANT_ITEMS = ("reasoning", "mcp_list_tools", "mcp_approval_request")


def items(facts: Facts) -> list[Json] | None:
    """The items of the conversation: `messages`, else `input`, whose text is one user message; None without either."""
    body = facts.body
    messages = body.get("messages")
    if isinstance(messages, list):
        return messages
    given = body.get("input")
    if isinstance(given, list):
        return given
    return [{"role": "user", "content": given}] if isinstance(given, str) else None


def is_assistant(item: Json) -> bool:
    """Whether the assistant made this item: by its role, or for items of Responses without one by their type."""
    if not isinstance(item, dict):
        return False
    role = item.get("role")
    if role is not None:
        return bool(role == "assistant")
    kind = item.get("type")
    return isinstance(kind, str) and (kind.endswith("_call") or kind in _ASSISTANT_ITEMS)


def latest_start(items: list[Json]) -> int:
    """The index after the last assistant item; 0 without one."""
    for index in range(len(items) - 1, -1, -1):
        if is_assistant(items[index]):
            return index + 1
    return 0


def text_parts(content: Json) -> list[str]:
    """The texts of some content: itself, or those of its text blocks."""
    if isinstance(content, str):
        return [content]
    if not isinstance(content, list):
        return []
    found = []
    for block in content:
        if isinstance(block, dict) and block.get("type") in TEXT_BLOCKS:
            part = block.get("text")
            if isinstance(part, str):
                found.append(part)
    return found


def without_reminders(written: str) -> str:
    """The text with every `<system-reminder>…</system-reminder>` cut out, trimmed."""
    start = written.find(_REMINDER_START)
    if start < 0:
        return written.strip()
    kept = []
    position = 0
    while start >= 0:
        end = written.find(_REMINDER_END, start)
        if end < 0:
            break
        kept.append(written[position:start])
        position = end + len(_REMINDER_END)
        start = written.find(_REMINDER_START, position)
    kept.append(written[position:])
    return "".join(kept).strip()


def human_text(content: Json) -> str | None:
    """What a person wrote in the content of a user message: its texts without reminders, joined by newlines; None for nothing."""
    parts = [part for part in map(without_reminders, text_parts(content)) if part]
    return "\n".join(parts) if parts else None


def prompt_of(items: list[Json]) -> str | None:
    """The human text of the last user message that has any."""
    for item in reversed(items):
        if isinstance(item, dict) and item.get("role") == "user":
            written = human_text(item.get("content"))
            if written is not None:
                return written
    return None


def turns_of(items: list[Json]) -> int:
    """How many user messages have human text, or an image or document outside tool results."""
    return sum(1 for item in items if isinstance(item, dict) and item.get("role") == "user" and _is_turn(item.get("content")))


def _is_turn(content: Json) -> bool:
    if any(map(without_reminders, text_parts(content))):
        return True
    return isinstance(content, list) and any(
        isinstance(block, dict) and (block.get("type") in IMAGE_BLOCKS or block.get("type") in DOCUMENT_BLOCKS) for block in content
    )


def media_in(items: list[Json]) -> tuple[int, int]:
    """How many images and how many documents the items hold, also inside tool results and documents."""
    images = documents = 0
    pending = [items]
    while pending:
        for value in pending.pop():
            if isinstance(value, list):
                pending.append(value)
            elif isinstance(value, dict):
                kind = value.get("type")
                if kind in _WITHOUT_MEDIA:
                    continue
                if kind in IMAGE_BLOCKS:
                    images += 1
                elif kind in DOCUMENT_BLOCKS:
                    documents += 1
                    inside = member(value, "source", "content")
                    if isinstance(inside, list):
                        pending.append(inside)
                for key in ("content", "output"):
                    child = value.get(key)
                    if isinstance(child, list):
                        pending.append(child)
                    elif isinstance(child, dict):
                        pending.append([child])
    return images, documents


def called_in(items: list[Json], run: bool) -> tuple[str, ...] | None:
    """The names of the tools that the last assistant item calls; with `run`, the last run of assistant items. None without one."""
    end = latest_start(items)
    if end == 0:
        return None
    start = end - 1
    while run and start > 0 and is_assistant(items[start - 1]):
        start -= 1
    names: list[Json] = []
    for item in items[start:end]:
        names.extend(_called_by(item))
    return tuple([name for name in names if isinstance(name, str)])


def _called_by(item: dict[str, Json]) -> list[Json]:
    names = [item.get("name")] if item.get("role") is None else []
    content = item.get("content")
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict) and block.get("type") in CALL_BLOCKS:
            names.append(block.get("name"))
    calls = item.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            function = call.get("function") or call.get("custom")
            names.append(function.get("name") if isinstance(function, dict) else None)
    legacy = item.get("function_call")
    if isinstance(legacy, dict):
        names.append(legacy.get("name"))
    return names


def source(facts: Facts) -> str:
    """Where the conversation is in this request."""
    return "body `input`" if facts.is_responses else "body `messages`"


def messages(facts: Facts) -> int | None:
    """`messages`: how many; of Responses' items those with a role."""
    given = facts.body.get("messages")
    if isinstance(given, list):
        return len(given)
    if facts.items is None:
        return None
    return sum(1 for item in facts.items if isinstance(item, dict) and isinstance(item.get("role"), str))


def turns(facts: Facts) -> int | None:
    """`turns`: how many messages in which a person says or shows something."""
    return None if facts.items is None else turns_of(facts.items)


def tools_called(facts: Facts) -> tuple[str, ...] | None:
    """`tools.called`: what the assistant called last."""
    return None if facts.items is None else called_in(facts.items, facts.is_responses)


def prompt(facts: Facts) -> tuple[str | None, str]:
    """`prompt`: what a person wrote last."""
    if facts.items is not None:
        return prompt_of(facts.items), source(facts)
    return human_text(text(facts.body.get("prompt"))), "body `prompt`"


def system(facts: Facts) -> tuple[str | None, str]:
    """`system`: the texts of the system prompt, beside the messages and among them."""
    key = system_key(facts.body)
    parts = text_parts(facts.body.get(key))
    sources = [f"body `{key}`"] if parts else []
    among = [
        part
        for item in facts.items or ()
        if isinstance(item, dict) and item.get("role") in ("system", "developer")
        for part in text_parts(item.get("content"))
    ]
    if among:
        sources.append("messages of role system or developer")
    parts.extend(among)
    return ("\n".join(parts) if parts else None), ", ".join(sources)


def system_key(body: Mapping[str, Json]) -> str:
    """The key of the system prompt: `system`, else Responses' `instructions`."""
    return "system" if isinstance(body.get("system"), (str, list)) else "instructions"

"""Messages, turns and blocks, whichever API sends them.

An *item* is an element of `messages` or of Responses' `input`. A *block* is an object with a `type` in the `content` of an item.
"""

from __future__ import annotations

from collections.abc import Callable

from ccproxy.facts.shapes.shape import Conversation, Item
from ccproxy.facts.values import Json, member

TEXT_BLOCKS = ("text", "input_text", "output_text")
IMAGE_BLOCKS = ("image", "image_url", "input_image")
DOCUMENT_BLOCKS = ("document", "file", "input_file")
CALL_BLOCKS = ("tool_use", "server_tool_use", "mcp_tool_use")
_WITHOUT_MEDIA = (*TEXT_BLOCKS, *CALL_BLOCKS, "thinking")

_REMINDER_START = "<system-reminder>"
_REMINDER_END = "</system-reminder>"
_ASSISTANT_ITEMS = ("reasoning", "mcp_list_tools", "mcp_approval_request")


def _array(given: Json) -> list[Json] | None:
    return given if isinstance(given, list) else None


def _input_items(given: Json) -> list[Json] | None:
    return [{"role": "user", "content": given}] if isinstance(given, str) else _array(given)


def _with_role(items: list[Json]) -> int:
    return sum(1 for item in items if isinstance(item, dict) and isinstance(item.get("role"), str))


MESSAGES_KEY = Conversation("messages", _array, len)
"""`messages`: every element is one."""
INPUT_KEY = Conversation("input", _input_items, _with_role, runs=True)
"""`input`: messages are the items with a role; a text is one user message."""


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


def called_in(items: list[Json], calls: tuple[Callable[[Item], list[Json]], ...], runs: bool) -> tuple[str, ...] | None:
    """The names of the tools that the last assistant item calls; with `runs`, the last run of assistant items. None without one."""
    end = latest_start(items)
    if end == 0:
        return None
    start = end - 1
    while runs and start > 0 and is_assistant(items[start - 1]):
        start -= 1
    names = [name for item in items[start:end] for names_in in calls for name in names_in(item)]
    return tuple([name for name in names if isinstance(name, str)])


def instructions_in(items: list[Json]) -> list[str]:
    """The texts of messages of role `system` and `developer`."""
    return [
        part
        for item in items
        if isinstance(item, dict) and item.get("role") in ("system", "developer")
        for part in text_parts(item.get("content"))
    ]


def effort_in(items: list[Json], keys: tuple[str, ...]) -> str | None:
    """The `effort` under a key of the last item that has one."""
    for key in keys:
        for item in reversed(items):
            if isinstance(item, dict) and key in item:
                value = member(item[key], "effort")
                if isinstance(value, str):
                    return value
    return None

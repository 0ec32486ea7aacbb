"""Messages, turns and blocks, whichever API sends them.

An *item* is an element of `messages` or of Responses' `input`. A *block* is an object with a `type` in the `content` of an item.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ccproxy.facts.shapes.shape import Conversation, Item
from ccproxy.facts.values import Json, member

TEXT_BLOCKS = ("text", "input_text", "output_text")
IMAGE_BLOCKS = ("image", "image_url", "input_image", "computer_screenshot", "image_generation_call")
"""The types of blocks and items that are images, to `images` and to the counter of tokens alike."""
DOCUMENT_BLOCKS = ("document", "file", "input_file")
AUDIO_BLOCKS = ("input_audio", "audio", "audio_url")
VIDEO_BLOCKS = ("input_video", "video", "video_url")
CALL_BLOCKS = ("tool_use", "server_tool_use", "mcp_tool_use")
_WITHOUT_MEDIA = (*TEXT_BLOCKS, *CALL_BLOCKS, "thinking")

_REMINDER_START = "<system-reminder>"
_REMINDER_END = "</system-reminder>"
_NOBODYS_ITEMS = ("compaction_trigger", "item_reference", "agent_message")
"""Items of Responses that neither the assistant nor a tool has made."""
TOOLS_ITEM = "additional_tools"
"""An item of Responses that offers tools; it is no part of the conversation."""


ByHand = Callable[[str], str]
"""What a person wrote of the text of a block, trimmed; the rest its client has put there."""


def _array(given: Json) -> list[Json] | None:
    return given if isinstance(given, list) else None


def as_blocks(given: Json) -> Json:
    """A list of texts as blocks; anything else as it is."""
    return [{"type": "text", "text": text} for text in given if isinstance(text, str)] if isinstance(given, list) else given


def _input_items(given: Json) -> list[Json] | None:
    if not isinstance(given, list):
        return [{"role": "user", "content": given}] if isinstance(given, str) else None
    if given and isinstance(given[0], str):
        return [{"role": "user", "content": as_blocks(given)}]
    kept = [item for item in given if not (isinstance(item, dict) and item.get("type") == TOOLS_ITEM)]
    if any(map(_is_said_by_nobody, kept)):
        return [{**item, "role": "user"} if _is_said_by_nobody(item) else item for item in kept]
    return given if len(kept) == len(given) else kept


def _is_said_by_nobody(item: Json) -> bool:
    """Whether an item of Responses has something to say and no role: LiteLLM makes it a message of the user."""
    if not isinstance(item, dict) or item.get("role") or item.get("content") is None:
        return False
    kind = item.get("type")
    return not isinstance(kind, str) or not (kind.endswith(("_call", "_output")) or kind in _NOBODYS_ITEMS or kind == "reasoning")


def _with_role(items: list[Json]) -> int:
    return sum(1 for item in items if isinstance(item, dict) and isinstance(item.get("role"), str))


MESSAGES_KEY = Conversation("messages", _array, len)
"""`messages`: every element is one."""
INPUT_KEY = Conversation("input", _input_items, _with_role, runs=True)
"""`input`: messages are the items with a role, and those that LiteLLM gives one; a text, or a list of them, is one user message."""


def is_assistant(item: Json) -> bool:
    """Whether the assistant made this item: by its role, or for items of Responses without one by their type."""
    if not isinstance(item, dict):
        return False
    role = item.get("role")
    if role is not None:
        return bool(role == "assistant")
    kind = item.get("type")
    return isinstance(kind, str) and not kind.endswith("_output") and kind not in _NOBODYS_ITEMS


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


def without(written: str, opening: str, closing: str) -> str:
    """The text with everything from each opening to the next closing cut out."""
    start = written.find(opening)
    if start < 0:
        return written
    kept = []
    position = 0
    while start >= 0:
        end = written.find(closing, start)
        if end < 0:
            break
        kept.append(written[position:start])
        position = end + len(closing)
        start = written.find(opening, position)
    kept.append(written[position:])
    return "".join(kept)


def without_reminders(written: str) -> str:
    """The text with every `<system-reminder>…</system-reminder>` cut out, trimmed."""
    return without(written, _REMINDER_START, _REMINDER_END).strip()


def reminder_starts_with(content: Json, start: str) -> bool:
    """Whether a `<system-reminder>` in some content starts so."""
    parts = [part for part in text_parts(content) if start in part]
    return any(reminder.lstrip().startswith(start) for part in parts for reminder in part.split(_REMINDER_START)[1:])


def human_text(content: Json, by_hand: ByHand = without_reminders) -> str | None:
    """What a person wrote in the content of a user message: what `by_hand` leaves of its texts, joined by newlines; None for nothing."""
    parts = [part for part in map(by_hand, text_parts(content)) if part]
    return "\n".join(parts) if parts else None


def prompt_of(items: list[Json], by_hand: ByHand) -> str | None:
    """The human text of the last user message that has any; `by_hand` is what a person wrote of a text."""
    for item in reversed(items):
        if isinstance(item, dict) and item.get("role") == "user":
            written = human_text(item.get("content"), by_hand)
            if written is not None:
                return written
    return None


def turns_of(items: list[Json], by_hand: ByHand) -> int:
    """How many user messages have human text, or an image or document outside tool results."""
    return sum(1 for item in items if isinstance(item, dict) and item.get("role") == "user" and _is_turn(item.get("content"), by_hand))


def step_of(items: list[Json], by_hand: ByHand, runs: bool) -> int:
    """How many assistant items (with `runs`, runs of them) follow the last human text; at least 1 where there is none."""
    start = 0
    for index in range(len(items) - 1, -1, -1):
        item = items[index]
        if isinstance(item, dict) and item.get("role") == "user" and human_text(item.get("content"), by_hand) is not None:
            start = index + 1
            break
    made = [is_assistant(item) for item in items[start:]]
    steps = sum(1 for index, one in enumerate(made) if one and not (runs and index and made[index - 1]))
    return steps if start else max(steps, 1)


def _is_turn(content: Json, by_hand: ByHand) -> bool:
    if any(map(by_hand, text_parts(content))):
        return True
    return isinstance(content, list) and any(
        isinstance(block, dict) and (block.get("type") in IMAGE_BLOCKS or block.get("type") in DOCUMENT_BLOCKS) for block in content
    )


class Media(NamedTuple):
    """How many blocks of each kind."""

    images: int
    documents: int
    audio: int
    video: int


def media_in(items: list[Json]) -> Media:
    """How many images, documents, sounds and videos the items hold, also inside tool results and documents."""
    images = documents = audio = video = 0
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
                elif kind in AUDIO_BLOCKS:
                    audio += 1
                elif kind in VIDEO_BLOCKS:
                    video += 1
                for key in ("content", "output"):
                    child = value.get(key)
                    if isinstance(child, list):
                        pending.append(child)
                    elif isinstance(child, dict):
                        pending.append([child])
    return Media(images, documents, audio, video)


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
        for item in reversed(_that_may_have(key, items)):
            if isinstance(item, dict) and key in item:
                value = member(item[key], "effort")
                if isinstance(value, str):
                    return value
    return None


def _that_may_have(key: str, items: list[Json]) -> list[Json]:
    """The items that have a key, found in few steps for each; all of them if a closer look is needed."""
    try:
        return [item for item in items if key in item]
    except TypeError:
        return items

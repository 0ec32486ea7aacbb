"""Builds a conversation with given counts of messages, turns, images and documents, and a given prompt."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ccproxy.analysis.witness.apis import conversation_key
from ccproxy.facts.definitions import BY_NAME
from ccproxy.facts.shapes.chat import CHAT
from ccproxy.facts.shapes.generate_content import CONTENTS_KEY
from ccproxy.facts.shapes.shape import Shape
from ccproxy.facts.values import Value

MAX_MESSAGES = 60
"""Larger counts are not written out as messages."""

_GREETING = BY_NAME["prompt"].example


def conversation(shape: Shape, facts: Mapping[str, Value]) -> dict[str, Any]:
    """The fields of a body that hold the conversation, as an API has them."""
    where = conversation_key(shape, facts)
    prompt = facts.get("prompt", _GREETING)
    if where is None or facts.get("messages", 0) is None:
        return {"prompt": prompt} if shape.text.places and prompt is not None and (where is None or "prompt" in facts) else {}
    apart = where.runs
    end = _items(facts) if apart else _messages(shape, facts)
    count, turns = facts.get("messages", 1), facts.get("turns")
    wants_prompt = prompt is not None and turns != 0 and count != 0
    if wants_prompt:
        if end and not apart and end[-1]["role"] == "user":
            end[-1]["content"].append({"type": "text", "text": prompt})
        else:
            end.append(_user(prompt))
    told = facts.get("system")
    start = [] if told is None or shape.system_prompt.places else [{"role": "system", "content": told}]
    earlier = min(_count(turns) - 1, MAX_MESSAGES) if wants_prompt else 0
    start += [_user(_GREETING)] * max(earlier, 0)
    missing = min(_count(count), MAX_MESSAGES) - len(start) - where.count(end)
    if count == 0 and not end:
        return {where.key: []}
    items = [*start, *[_user("")] * max(missing, 0), *end]
    return {where.key: [_content(item) for item in items] if where is CONTENTS_KEY else items}


def _messages(shape: Shape, facts: Mapping[str, Value]) -> list[dict[str, Any]]:
    """Messages with images, documents, sound, video and calls."""
    images, latest, documents = (_count(facts.get(name)) for name in ("images", "images.latest", "documents"))
    called = facts.get("tools.called")
    found: list[dict[str, Any]] = []
    if images > latest:
        found.append(_user([_result([_IMAGE] * (images - latest))]))
    if isinstance(called, tuple) or images > latest:
        names = called if isinstance(called, tuple) else ()
        if shape is CHAT:
            calls = [
                {"id": f"t{index}", "type": "function", "function": {"name": name, "arguments": "{}"}} for index, name in enumerate(names)
            ]
            found.append({"role": "assistant", "content": "…", **({"tool_calls": calls} if calls else {})})
        else:
            uses = [{"type": "tool_use", "id": f"t{index}", "name": name, "input": {}} for index, name in enumerate(names)]
            found.append({"role": "assistant", "content": uses or "…"})
    media = [_IMAGE] * latest + [_DOCUMENT] * documents + _heard_and_seen(facts)
    if media:
        found.append(_user([_result(media)]))
    return found


def _items(facts: Mapping[str, Value]) -> list[dict[str, Any]]:
    """Items of Responses, no messages, with images, documents, sound, video and calls."""
    images, latest, documents = (_count(facts.get(name)) for name in ("images", "images.latest", "documents"))
    called = facts.get("tools.called")
    items: list[dict[str, Any]] = []
    if images > latest:
        items.append(_output([_INPUT_IMAGE] * (images - latest)))
    if isinstance(called, tuple) and called:
        items += [{"type": "function_call", "call_id": "t0", "name": name, "arguments": "{}"} for name in called]
    elif isinstance(called, tuple) or images > latest:
        items.append({"type": "reasoning", "summary": []})
    media = [_INPUT_IMAGE] * latest + [_INPUT_FILE] * documents + _heard_and_seen(facts)
    if media:
        items.append(_output(media))
    return items


def _heard_and_seen(facts: Mapping[str, Value]) -> list[dict[str, Any]]:
    """Blocks of sound and video."""
    return [_SOUND] * _count(facts.get("audio")) + [_VIDEO] * _count(facts.get("video"))


def _output(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": "t0", "output": content}


def _content(message: dict[str, Any]) -> dict[str, Any]:
    """A message as Gemini's API has it."""
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return {"role": "model" if message["role"] == "assistant" else message["role"], "parts": [_part(block) for block in blocks]}


def _part(block: dict[str, Any]) -> dict[str, Any]:
    match block["type"]:
        case "text":
            return {"text": block["text"]}
        case "tool_use":
            return {"functionCall": {"name": block["name"], "args": {}}}
        case "tool_result":
            return {"functionResponse": {"name": "t0", "response": {}, "parts": [_part(inner) for inner in block["content"]]}}
        case kind:
            return {"fileData": {"mimeType": _MIME_TYPES[kind], "fileUri": "https://example.invalid/file"}}


def _count(value: Value) -> int:
    return min(int(value), MAX_MESSAGES) if isinstance(value, int) else 0


def _user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _result(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": "t0", "content": content}


_IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.invalid/picture.png"}}
_DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "…"}}
_INPUT_IMAGE = {"type": "input_image", "image_url": "https://example.invalid/picture.png"}
_SOUND = {"type": "input_audio", "input_audio": {"format": "wav", "data": ""}}
_VIDEO = {"type": "video_url", "video_url": {"url": "https://example.invalid/film.mp4"}}
_MIME_TYPES = MappingProxyType({"image": "image/png", "document": "application/pdf", "input_audio": "audio/wav", "video_url": "video/mp4"})
_INPUT_FILE = {"type": "input_file", "file_url": "https://example.invalid/document.pdf"}

"""A conversation with so many messages, turns, images, and this prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccproxy.facts.definitions import BY_NAME
from ccproxy.facts.values import Value

MAX_MESSAGES = 60
"""Larger counts are not written out as messages."""

_GREETING = BY_NAME["prompt"].example


def conversation(facts: Mapping[str, Value]) -> dict[str, Any]:
    """The fields of a body that hold the conversation."""
    asked = facts.get("messages", 1)
    prompt = facts.get("prompt", _GREETING)
    if asked is None:
        return {"prompt": prompt} if facts.get("prompt") is not None else {}
    images, latest, documents = (_count(facts.get(name)) for name in ("images", "images.latest", "documents"))
    called = facts.get("tools.called")
    turns = facts.get("turns")
    end: list[dict[str, Any]] = []
    if isinstance(called, tuple) or images > latest:
        content: list[dict[str, Any]] = []
        if images > latest:
            end.append(_user([_result([_IMAGE] * (images - latest))]))
        content += [{"type": "tool_use", "id": f"t{index}", "name": name, "input": {}} for index, name in enumerate(called or ())]  # type: ignore[arg-type]
        end.append({"role": "assistant", "content": content or "…"})
    media = [_IMAGE] * latest + [_DOCUMENT] * documents
    if media:
        end.append(_user([_result(media)]))
    wants_prompt = prompt is not None and turns != 0 and asked != 0
    if wants_prompt:
        if media and end[-1]["role"] == "user":
            end[-1]["content"].append({"type": "text", "text": prompt})
        else:
            end.append(_user(prompt))
    earlier = min(_count(turns) - 1, MAX_MESSAGES) if wants_prompt else 0
    start = [_user(_GREETING)] * max(earlier, 0)
    missing = min(_count(asked), MAX_MESSAGES) - len(start) - len(end)
    if facts.get("messages") == 0 and not end:
        return {"messages": []}
    return {"messages": [*start, *[_user("")] * max(missing, 0), *end]}


def items_without_messages(facts: Mapping[str, Value]) -> dict[str, Any]:
    """The fields of a body of Responses with calls, images and documents but no message; none where these facts have none of them."""
    images, latest, documents = (_count(facts.get(name)) for name in ("images", "images.latest", "documents"))
    called = facts.get("tools.called")
    items: list[dict[str, Any]] = []
    if images > latest:
        items.append(_output([_INPUT_IMAGE] * (images - latest)))
    if isinstance(called, tuple) and called:
        items += [{"type": "function_call", "call_id": "t0", "name": name, "arguments": "{}"} for name in called]
    elif isinstance(called, tuple) or images > latest:
        items.append({"type": "reasoning", "summary": []})
    if latest or documents:
        items.append(_output([_INPUT_IMAGE] * latest + [_INPUT_FILE] * documents))
    return {"input": items} if items else {}


def _output(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": "t0", "output": content}


def _count(value: Value) -> int:
    return min(int(value), MAX_MESSAGES) if isinstance(value, int) else 0


def _user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _result(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": "t0", "content": content}


_IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.invalid/picture.png"}}
_DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "…"}}
_INPUT_IMAGE = {"type": "input_image", "image_url": "https://example.invalid/picture.png"}
_INPUT_FILE = {"type": "input_file", "file_url": "https://example.invalid/document.pdf"}

"""What of a request is counted: its texts to tokenise, and fixed estimates for what is no text.

| block | counted |
|---|---|
| text (`text`, `input_text`, `output_text`), plain strings | the text |
| `thinking` | the thinking; no signature |
| `redacted_thinking` | an estimate by its length |
| `tool_use`, `server_tool_use`, `mcp_tool_use` | the name and the input as compact JSON, in one text |
| `tool_result` and every other `…_tool_result` | its content |
| `tool_reference` | the tool's name |
| `image`, `image_url`, `input_image`, `computer_screenshot`, `image_generation_call` | by its pixels (`media.py`) |
| `document`, `file`, `input_file` | title and context; text and content as such, a file by its bytes |
| `input_audio`, `audio`, `audio_url` | by its bytes |
| messages (objects with a role) | the content; the name and arguments of each tool call; all else as of anything else: reasoning, refusal |
| `function_call`, `custom_tool_call`, `mcp_call` | the name and arguments or input, in one text; the output |
| `…_call_output` | the output |
| `reasoning` (Responses) | summary and content |
| tools | each as compact JSON, without `cache_control` |
| numbers in `input` and `prompt` | token ids: one token each |
| anything else | every text in it but types, ids, roles and signatures; base64 and what is encrypted by its length |

The text of a block is one text, so that it is counted once however long the conversation grows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from ccproxy.facts.counting import media
from ccproxy.facts.shapes.conversation import AUDIO_BLOCKS, IMAGE_BLOCKS
from ccproxy.facts.values import Json, member

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class Pieces:
    """What a part of a request is counted by: texts to tokenise, and tokens that are known."""

    __slots__ = ("fixed", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.fixed = 0

    def add_text(self, text: Json) -> None:
        """Counts a text; anything else is nothing."""
        if isinstance(text, str) and text:
            self.texts.append(text)

    def add_tool(self, tool: Json) -> None:
        """Counts a tool definition."""
        bare = {key: value for key, value in tool.items() if key != "cache_control"} if isinstance(tool, dict) else tool
        self.texts.append(compact(bare))

    def add(self, content: Json) -> None:
        """Counts content: text, a block, a message, or any nesting of lists of them."""
        texts = self.texts
        pending: list[Json] = [[content]]
        while pending:
            values = pending.pop()
            for value in values if isinstance(values, list) else (values,):
                kind = type(value)
                if kind is dict:
                    if value.get("type") == "text":
                        self.add_text(value.get("text"))
                    else:
                        pending.extend(self._add_object(value))
                elif kind is str:
                    if value:
                        texts.append(value)
                elif kind is list:
                    pending.append(value)
                elif kind is int:
                    self.fixed += 1

    def _add_object(self, value: dict[str, Json]) -> tuple[Json, ...]:
        """Counts a block or message; what it returns is content that is still to be counted."""
        kind = value.get("type")
        if isinstance(kind, str):
            handler = _HANDLERS.get(kind)
            if handler is not None:
                return handler(self, value)
            if kind.endswith("tool_result"):
                return (value.get("content"),)
            if kind.endswith("_call_output"):
                return (value.get("output"),)
        return _message(self, value) if "role" in value else _other(self, value)


def compact(value: Json) -> str:
    """A value as compact JSON, its keys in their order; where it can't be written (nested too deep), its texts."""
    try:
        return _encode(value)
    except (RecursionError, TypeError, ValueError):
        return " ".join(_texts_in(value))


def _texts_in(value: Json) -> list[str]:
    """Every key and text in a value, however deep."""
    found: list[str] = []
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            found.extend([key for key in value if isinstance(key, str)])
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return found


def _text(pieces: Pieces, block: dict[str, Json]) -> tuple[Json, ...]:
    text = block.get("text")
    if isinstance(text, str) and text:
        pieces.texts.append(text)
    return ()


def _thinking(pieces: Pieces, block: dict[str, Json]) -> tuple[Json, ...]:
    pieces.add_text(block.get("thinking"))
    return ()


def _redacted(pieces: Pieces, block: dict[str, Json]) -> tuple[Json, ...]:
    data = block.get("data")
    pieces.fixed += media.cipher_tokens(data) if isinstance(data, str) else 0
    return ()


def _call(pieces: Pieces, call: dict[str, Json]) -> tuple[Json, ...]:
    """The name of a call and what it is called with; the output of one that brings it along."""
    name = call.get("name")
    given = next((call[key] for key in ("input", "arguments") if call.get(key) is not None), "")
    pieces.add_text((name if isinstance(name, str) else "") + (given if isinstance(given, str) else compact(given)))
    return (call.get("output"),)


def _tool_reference(pieces: Pieces, block: dict[str, Json]) -> tuple[Json, ...]:
    pieces.add_text(block.get("tool_name"))
    return ()


def _image(pieces: Pieces, block: dict[str, Json]) -> tuple[Json, ...]:
    """`{"source": {"type": "base64", "data": …}}`, `{"image_url": {"url": …}}` or `{"image_url": …}`."""
    url = block.get("image_url")
    data = member(block, "source", "data") if url is None else url.get("url") if isinstance(url, dict) else url
    pieces.fixed += media.image_tokens(data)
    return ()


def _generated_image(pieces: Pieces, item: dict[str, Json]) -> tuple[Json, ...]:
    pieces.fixed += media.image_tokens(item.get("result"))
    return ()


def _document(pieces: Pieces, block: dict[str, Json]) -> tuple[Json, ...]:
    source = block.get("source")
    pieces.add_text(block.get("title"))
    pieces.add_text(block.get("context"))
    kind = member(source, "type")
    if kind in ("text", "content"):
        return (member(source, "data" if kind == "text" else "content"),)
    pieces.fixed += media.document_tokens(member(source, "data"), member(source, "media_type"))
    return ()


def _file(pieces: Pieces, block: dict[str, Json]) -> tuple[Json, ...]:
    """`{"file": {"file_data": …}}` of Chat Completions, `{"file_data": …}` of Responses."""
    file = block.get("file")
    pieces.fixed += media.document_tokens((file if isinstance(file, dict) else block).get("file_data"))
    return ()


def _audio(pieces: Pieces, block: dict[str, Json]) -> tuple[Json, ...]:
    pieces.fixed += media.sound_tokens(next((data for path in _SOUND_PATHS if (data := member(block, *path)) is not None), None))
    return ()


def _message(pieces: Pieces, message: dict[str, Json]) -> tuple[Json, ...]:
    content = message.get("content")
    if len(message) == 2 and isinstance(content, (str, list)):
        return (content,)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = member(call, "function") or member(call, "custom")
        if isinstance(function, dict):
            _call(pieces, function)
    legacy = message.get("function_call")
    if isinstance(legacy, dict):
        _call(pieces, legacy)
    rest = {key: value for key, value in message.items() if key not in _READ_OF_MESSAGES}
    return (content, *_other(pieces, rest)) if rest else (content,)


def _other(pieces: Pieces, value: dict[str, Json]) -> tuple[Json, ...]:
    """A block of no known type: its texts, but no ids, and what is encrypted, a `data:` URL or long base64 by its length."""
    pending: list[Json] = []
    for key, child in value.items():
        if isinstance(child, str):
            if key in _HOUSEKEEPING or key.endswith("_id"):
                continue
            if key.startswith("encrypted_") or child.startswith("data:") or _BASE64.fullmatch(child[:_SAMPLE]):
                pieces.fixed += media.cipher_tokens(child)
            else:
                pieces.add_text(child)
        elif isinstance(child, (dict, list)) and key != "cache_control":
            pending.append(child)
    return tuple(pending)


_READ_OF_MESSAGES = frozenset(("role", "type", "content", "tool_calls", "function_call", "output_config", "cache_control"))
"""What is counted of a message by itself, and what is a setting."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_=-]{256,}")
_SAMPLE = 4096
"""Characters that tell base64 from text: no text has so many without a space, and a megabyte takes its time to look through."""
_HOUSEKEEPING = ("id", "role", "signature", "status", "type")

_SOUND_PATHS = (("input_audio", "data"), ("source", "data"), ("audio_url", "url"), ("data",))

_HANDLERS: dict[str, Callable[[Pieces, dict[str, Json]], tuple[Json, ...]]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "tool_use": _call,
    "server_tool_use": _call,
    "mcp_tool_use": _call,
    "tool_reference": _tool_reference,
    "document": _document,
    "file": _file,
    "input_file": _file,
    **dict.fromkeys(AUDIO_BLOCKS, _audio),
    "message": _message,
    "function_call": _call,
    "custom_tool_call": _call,
    "mcp_call": _call,
    **dict.fromkeys(IMAGE_BLOCKS, _image),
    "image_generation_call": _generated_image,
}

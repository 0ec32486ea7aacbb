"""Gemini's API. Its keys are read in camelCase and in snake_case, and its parts as the blocks that they stand for."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from typing import TypeVar

from ccproxy.facts.shapes.messages import block_calls
from ccproxy.facts.shapes.shape import Body, Conversation, Place, Places, Shape
from ccproxy.facts.values import Json, member, number, text

V = TypeVar("V")
_DECLARATIONS = ("functionDeclarations", "function_declarations")
_FOREIGN_KEYS = frozenset(("type", "name", "function", "custom"))


def _either(value: Json, camel: str) -> Json:
    """The value under a key in camelCase, else under it in snake_case."""
    found = member(value, camel)
    return member(value, _snake(camel)) if found is None else found


def _snake(camel: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in camel)


def _camel(written: str) -> str:
    first, *others = written.split("_")
    return first + "".join(other.capitalize() for other in others)


def _through(camel_path: str, take: Callable[[Json], V | None]) -> Callable[[Json], V | None]:
    """A reader of what stands at a path, each of whose keys may be in either case."""

    def read(value: Json) -> V | None:
        for key in camel_path.split("."):
            value = _either(value, key)
        return None if value is None else take(value)

    return read


def _places(camel_path: str, take: Callable[[Json], V | None]) -> Places[V]:
    """Places for a path, its first key in either case."""
    key, _, inner = camel_path.partition(".")
    reader = _through(inner, take) if inner else take
    within = f".{inner}" if inner else ""
    return Places(*[Place(name, reader, within) for name in dict.fromkeys((key, _snake(key)))])


def _items(given: Json) -> list[Json] | None:
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if isinstance(given, dict):
        given = [given]
    return [_item(content) for content in given] if isinstance(given, list) else None


def _item(content: Json) -> Json:
    """A content as a message: `model` is the assistant, no role the user."""
    if not isinstance(content, dict):
        return content
    parts = content.get("parts")
    role = content.get("role")
    blocks = [block for part in (parts if isinstance(parts, list) else [parts]) for block in _blocks(part)]
    return {"role": "assistant" if role == "model" else "user" if role is None else role, "content": blocks}


def _blocks(part: Json) -> list[Json]:
    """The blocks that a part stands for; what is not known of it stays, so that it is counted."""
    if isinstance(part, str):
        return [{"type": "text", "text": part}]
    if not isinstance(part, dict):
        return []
    known: list[Json] = []
    written = part.get("text")
    if isinstance(written, str):
        known.append({"type": "thinking", "thinking": written} if part.get("thought") is True else {"type": "text", "text": written})
    if isinstance(call := _either(part, "functionCall"), dict):
        known.append({"type": "tool_use", "name": call.get("name"), "input": call.get("args") or {}})
    if isinstance(answer := _either(part, "functionResponse"), dict):
        known.append({"type": "tool_result", "content": [_answer(answer), *_answered_parts(answer)]})
    if isinstance(data := _either(part, "inlineData"), dict):
        known.append(_medium(data, data.get("data"), None))
    if isinstance(file := _either(part, "fileData"), dict):
        known.append(_medium(file, None, _either(file, "fileUri")))
    rest = {key: value for key, value in part.items() if _camel(key) not in _READ}
    return [*known, rest] if rest else known


def _answer(answer: dict[str, Json]) -> Json:
    given = answer.get("response")
    return {"type": "text", "text": given if isinstance(given, str) else _compact(given)}


def _answered_parts(answer: dict[str, Json]) -> list[Json]:
    parts = answer.get("parts")
    return list(chain.from_iterable(map(_blocks, parts))) if isinstance(parts, list) else []


def _compact(value: Json) -> str:
    try:
        return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (RecursionError, TypeError, ValueError):
        return ""


def _medium(described: Json, data: Json, uri: Json) -> Json:
    """The block for bytes or a file, by its MIME type."""
    kind = text(_either(described, "mimeType")) or ""
    source = {"type": "url", "url": uri} if data is None else {"type": "base64", "media_type": kind, "data": data}
    match kind.partition("/")[0]:
        case "image":
            return {"type": "image", "source": source}
        case "audio":
            return {"type": "input_audio", "input_audio": {"data": data}}
        case "video":
            return {"type": "input_video", "input_video": {"data": data}}
        case _:
            return {"type": "document", "source": source}


def _instruction(given: Json) -> list[Json] | None:
    """The text blocks of a system instruction: a text, a content, or its parts."""
    parts = member(given, "parts") if isinstance(given, dict) else given
    blocks = [block for part in (parts if isinstance(parts, list) else [parts]) for block in _blocks(part)]
    return blocks or None


def _server_tools(tools: Json) -> tuple[str, ...] | None:
    """The keys under which tools are asked for that Google runs: `googleSearch`, `urlContext`, `codeExecution`."""
    if not isinstance(tools, list):
        return None
    # tools of other APIs have a type or a name
    own = [tool for tool in tools if isinstance(tool, dict) and _FOREIGN_KEYS.isdisjoint(tool)]
    return tuple([_camel(key) for tool in own for key, value in tool.items() if isinstance(value, dict) and key not in _DECLARATIONS])


def _choice(config: Json) -> str | None:
    """The mode of `functionCallingConfig` in lower case, or the only function allowed."""
    settings = _either(config, "functionCallingConfig")
    allowed = _either(settings, "allowedFunctionNames")
    if isinstance(allowed, list) and len(allowed) == 1 and isinstance(allowed[0], str) and allowed[0]:
        return allowed[0]
    return _lower(member(settings, "mode"))


def _thinking(config: Json) -> bool | None:
    """Whether a level is given (another than `none`), or a budget other than 0."""
    settings = _either(config, "thinkingConfig")
    level = _lower(_either(settings, "thinkingLevel"))
    if level is not None:
        return level != "none"
    budget = number(_either(settings, "thinkingBudget"))
    return None if budget is None else budget != 0


def _format(config: Json) -> str | None:
    """`json_schema` where there is a schema, `json_object` for JSON, else the MIME type as it stands."""
    if any(_either(config, key) is not None for key in ("responseSchema", "responseJsonSchema")):
        return "json_schema"
    kind = text(_either(config, "responseMimeType"))
    return "json_object" if kind == "application/json" else kind


def _lower(value: Json) -> str | None:
    return value.lower() or None if isinstance(value, str) else None


def _mark(body: Body) -> str | None:
    return "body `contents`" if body.get("contents") is not None else None


_READ = frozenset(("text", "thought", "thoughtSignature", "functionCall", "functionResponse", "inlineData", "fileData"))
"""The keys of a part that are read, and its signature."""

CONTENTS_KEY = Conversation("contents", _items, len)
"""`contents`: every element is a message."""

GENERATE_CONTENT = Shape(
    endpoints=((":generateContent", "generate_content"), (":streamGenerateContent", "generate_content")),
    mark=_mark,
    conversations=(CONTENTS_KEY,),
    calls=(block_calls,),
    system_prompt=_places("systemInstruction", _instruction),
    tools_offered=Places(Place("tools", list)),
    tool_names=(("name",),),
    tools_within=_DECLARATIONS,
    request_effort=_places("generationConfig.thinkingConfig.thinkingLevel", _lower),
    streams_by_path=True,
    max_tokens=_places("generationConfig.maxOutputTokens", number),
    thinking=_places("generationConfig", _thinking),
    thinking_budget=_places("generationConfig.thinkingConfig.thinkingBudget", number),
    tools_types=Places(Place("tools", _server_tools)),
    tool_choice=_places("toolConfig", _choice),
    output_format=_places("generationConfig", _format),
)

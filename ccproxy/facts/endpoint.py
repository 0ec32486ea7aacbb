"""Which API a request is for: the fact `endpoint`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from ccproxy.facts.values import Json

if TYPE_CHECKING:
    from ccproxy.facts.facts import Facts

_MODEL_IN_PATH = re.compile(
    r"/(?:engines|openai/deployments)/(?P<openai>.+?)/(?:chat/completions|completions|embeddings)/?$"
    r"|/models/(?P<google>.+):(?:generateContent|streamGenerateContent|countTokens)/?$"
)
_CHAT_KEYS = ("max_completion_tokens", "response_format", "reasoning_effort", "n", "logprobs")


def endpoint(facts: Facts) -> tuple[str | None, str]:
    """`endpoint`: by the path; without one, by the body."""
    path = facts.path
    if isinstance(path, str) and path:
        return of_path(path), "the path"
    return of_body(facts.body) if facts.is_object else (None, "")


def of_path(path: str) -> str | None:
    """The endpoint that a URL or its path names, whatever stands before it and whatever query follows; None for another one."""
    parts = path.partition("?")[0].rstrip("/").rsplit("/", 2)
    last = parts[-1]
    if last == "compact":
        return "compact" if parts[-2:-1] == ["responses"] else None
    if last.endswith((":generateContent", ":streamGenerateContent")):
        return "generate_content"
    if last == "completions":
        return "chat" if parts[-2:-1] == ["chat"] else "completions"
    return last if last in ("messages", "count_tokens", "responses", "embeddings") else None


def model_in(path: str) -> str | None:
    """The model that a URL or its path names, which goes before the body's: LiteLLM serves it. None where it names none.

    On chat, completions and embeddings LiteLLM takes the `model` of the query too.
    """
    route, _, query = path.partition("?")
    if found := _MODEL_IN_PATH.search(route):
        return unquote(found["openai"] or found["google"])
    if query and of_path(path) in ("chat", "completions", "embeddings") and not route.rstrip("/").endswith("/cursor/chat/completions"):
        return dict(parse_qsl(query.partition("#")[0])).get("model") or None
    return None


def model(facts: Facts) -> tuple[str | None, str]:
    """`model`: the path's where it names one, else the body's."""
    named = model_in(facts.path) if isinstance(facts.path, str) else None
    if named is not None:
        return named, "the path"
    value = facts.body.get("model")
    return (value, "body `model`") if isinstance(value, str) else (None, "")


def of_body(body: dict[str, Json]) -> tuple[str, str]:
    """The endpoint that a body was made for, and the mark that tells."""
    if body.get("messages") is None:
        if body.get("input") is not None:
            return "responses", "body `input`"
        if body.get("prompt") is not None:
            return "completions", "body `prompt`"
        return "messages", "no other mark in the body"
    for key in _CHAT_KEYS:
        if body.get(key) is not None:
            return "chat", f"body `{key}`"
    messages = body["messages"]
    for position, message in enumerate(messages if isinstance(messages, list) else ()):
        role = message.get("role") if isinstance(message, dict) else None
        if role in ("developer", "tool") or (role == "system" and position == 0):
            return "chat", f"body `messages.{position}.role`"
    tools = body.get("tools")
    for position, tool in enumerate(tools if isinstance(tools, list) else ()):
        if isinstance(tool, dict) and tool.get("function") is not None:
            return "chat", f"body `tools.{position}.function`"
    return "messages", "no other mark in the body"

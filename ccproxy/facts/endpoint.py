"""Which API a request is for, and the model that its path names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote

from ccproxy.facts.shapes import BY_ENDPOINT, BY_KEY, SHAPES
from ccproxy.facts.shapes.conversation import MESSAGES_KEY
from ccproxy.facts.shapes.shape import Body, Shape, unmarked

_BY_END: Mapping[str, str] = MappingProxyType(dict(end for shape in SHAPES for end in shape.endpoints))
_MODEL_IN_PATH = re.compile(
    r"/(?:engines|openai/deployments)/(?P<openai>.+?)/(?:chat/completions|completions|embeddings)/?$"
    r"|/models/(?P<google>.+):(?:generateContent|streamGenerateContent|countTokens)/?$"
)


NO_MARK = "no other mark in the body"
_UNMARKED = (SHAPES[0], NO_MARK)
_MARKED = tuple(shape for shape in SHAPES if shape.mark is not unmarked)
_WITH_MESSAGES = tuple(shape for shape in _MARKED if MESSAGES_KEY in shape.conversations)
_WITHOUT = tuple(shape for shape in _MARKED if MESSAGES_KEY not in shape.conversations)
"""The APIs whose bodies are known by a mark; of those without messages only where there are none."""


@lru_cache(maxsize=1_000)
def of_path(path: str) -> str | None:
    """The endpoint that a URL or its path names, whatever stands before it and whatever query follows; None for another one."""
    parts = path.partition("?")[0].rstrip("/").rsplit("/", 2)
    _, colon, method = parts[-1].rpartition(":")
    return _BY_END.get("/".join(parts[-2:])) or _BY_END.get(colon + method)


@lru_cache(maxsize=1_000)
def shape_at(path: str) -> Shape:
    """How a body sent to a URL or its path is read: by key where the path names no API."""
    return BY_ENDPOINT.get(of_path(path), BY_KEY)


def shape_of(body: Body) -> tuple[Shape, str]:
    """How a body without a path is read, and the mark of its API that tells."""
    for shape in _WITHOUT if body.get("messages") is None else _WITH_MESSAGES:
        found = shape.mark(body)
        if found is not None:
            return shape, found
    return _UNMARKED


def of_body(body: Body) -> tuple[str, str]:
    """The endpoint that a body was made for, and the mark that tells."""
    shape, mark = shape_of(body)
    return shape.endpoints[0][1], mark


def streamed_by(path: str) -> bool | None:
    """Whether a path of Gemini's API asks for a stream; None for another path, whose body says it."""
    method = path.partition("?")[0].rpartition(":")[2]
    return {"streamGenerateContent": True, "generateContent": False}.get(method)


@lru_cache(maxsize=1_000)
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

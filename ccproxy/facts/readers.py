"""The readers of a request that take an argument, and what they refuse to read."""

from __future__ import annotations

from dataclasses import dataclass

from ccproxy.language.types import Type


@dataclass(frozen=True, slots=True)
class Function:
    """A reader with an argument: `header("name")`. `type` is None where the value's place tells the type."""

    name: str
    type: Type | None
    source: str
    meaning: str


FUNCTIONS: tuple[Function, ...] = (
    Function("header", Type.TEXT, "the request's headers", "a header by its name, in any case; repeated ones joined by `, `"),
    Function("metadata", Type.TEXT, "`metadata`", "a text of the body's `metadata` by its key"),
    Function(
        "body",
        None,
        "the body",
        "the JSON value at a path: keys and, for arrays, digits, with dots between; its place tells the type, `null` is missing",
    ),
)
"""The readers that take an argument."""

REFUSED_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "x-litellm-api-key",
        "cookie",
        "set-cookie",
    }
)
"""Headers that hold credentials, in lower case: no policy may read them."""

REFUSED_BODY_PARTS = frozenset({"api_key", "authorization", "x-api-key", "cookie"})
"""Parts of a path into the body that name credentials: no policy may read them."""

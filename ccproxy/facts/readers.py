"""The readers of a request that take an argument, and what they refuse to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ccproxy.facts.schema import Cost, Presence
from ccproxy.language.types import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A reader with an argument: `header("name")`. `type` is None where the value's place tells the type."""

    name: str
    type: Type | None
    presence: Presence
    cost: Cost
    source: str
    meaning: str
    of_the_body: bool = False
    """Whether it reads the body, so that a body which is no object has none."""


FUNCTIONS: tuple[Function, ...] = (
    Function(
        name="header",
        type=Type.TEXT,
        presence=Presence.SOMETIMES,
        cost=Cost.LOOK_UP,
        source="the request's headers",
        meaning="a header by its name, in any case; repeated ones joined by `, `",
    ),
    Function(
        name="metadata",
        type=Type.TEXT,
        presence=Presence.SOMETIMES,
        cost=Cost.LOOK_UP,
        source="`metadata`",
        meaning="a text of the body's `metadata` by its key",
        of_the_body=True,
    ),
    Function(
        name="body",
        type=None,
        presence=Presence.SOMETIMES,
        cost=Cost.LOOK_UP,
        source="the body",
        meaning="the JSON value at a path of keys with dots between; of an array digits, `last`, or `*` for all elements, which makes "
        "a list; else its place tells the type, `null` is missing",
        of_the_body=True,
    ),
)
"""The readers that take an argument."""

FUNCTION_BY_NAME: Mapping[str, Function] = MappingProxyType({function.name: function for function in FUNCTIONS})
"""Readers by their names: KeyError for any other."""

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

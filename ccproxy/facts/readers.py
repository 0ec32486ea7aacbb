"""The readers of a request that take an argument, and what they refuse to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from ccproxy.facts.schema import ANY_NUMBER, Bounds, Cost, Presence
from ccproxy.frozen import frozen
from ccproxy.language.literals import BARE_LABEL, LiteralError, read_text, write_label
from ccproxy.language.types import Type


@frozen(kw_only=True)
class Function:
    """A reader with an argument: `header("name")`. `type` is None where the value's place tells the type.

    One `of_label` has a label as its argument: `fits(think)`. It is set outright by its canonical text, and `unknown` where nobody did
    and nothing is known.
    """

    name: str
    type: Type | None
    presence: Presence
    cost: Cost
    source: str
    meaning: str
    of_the_body: bool = False
    """Whether it reads the body, so that a body which is no object has none."""
    of_label: bool = False
    unknown: bool | None = None
    unit: str = ""
    bounds: Bounds = ANY_NUMBER

    @property
    def form(self) -> str:
        """How a use looks."""
        return f"{self.name}(LABEL)" if self.of_label else f'{self.name}("…")'

    @property
    def opening(self) -> str:
        """What stands before its argument."""
        return f"{self.name}(" if self.of_label else f'{self.name}("'

    def of(self, label: str) -> str:
        """Its canonical text for a label."""
        return f"{self.name}({write_label(label)})"


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
    Function(
        name="fits",
        type=Type.BOOL,
        presence=Presence.ALWAYS,
        cost=Cost.TOKENS,
        source="LiteLLM's config and model map, against the request",
        meaning="some model behind the label can take the request; true where nothing is known of them",
        of_label=True,
        unknown=True,
    ),
    Function(
        name="cost",
        type=Type.NUMBER,
        presence=Presence.SOMETIMES,
        cost=Cost.TOKENS,
        source="LiteLLM's config and model map, `tokens`, `session.label` and `cache.tokens`",
        meaning="what the input of the request costs at the label, what is cached of it there included; missing where a price is unknown",
        of_label=True,
        unit="dollars",
        bounds=Bounds(least=0),
    ),
    Function(
        name="quota",
        type=Type.NUMBER,
        presence=Presence.SOMETIMES,
        cost=Cost.LOOK_UP,
        source="what the provider told of its limits in answers",
        meaning="percent used of the provider's limits, at the deployment of the label with most room; missing where none was told",
        of_label=True,
        unit="percent",
        bounds=Bounds(least=0),
    ),
    Function(
        name="healthy",
        type=Type.BOOL,
        presence=Presence.ALWAYS,
        cost=Cost.LOOK_UP,
        source="how the last attempts at the label ended",
        meaning="false while every deployment of the label that was tried in the last minute failed",
        of_label=True,
        unknown=True,
    ),
)
"""The readers that take an argument."""

FUNCTION_BY_NAME: Mapping[str, Function] = MappingProxyType({function.name: function for function in FUNCTIONS})
"""Readers by their names: KeyError for any other."""

_OF_LABEL = rf"\s*({'|'.join(one.name for one in FUNCTIONS if one.of_label)})\s*\(\s*({BARE_LABEL}|\".*\")\s*\)\s*"


def asked_of_label(written: str) -> tuple[Function, str] | None:
    """The function and the label of `fits(think)` or `fits("think")`; None for any other text."""
    match = re.fullmatch(_OF_LABEL, written) if "(" in written else None
    if match is None:
        return None
    name, label = match.groups()
    try:
        return FUNCTION_BY_NAME[name], read_text(label) if label.startswith('"') else label
    except LiteralError:
        return None


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

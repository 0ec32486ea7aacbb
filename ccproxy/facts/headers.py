"""Request headers by lower-case name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ccproxy.facts.definitions import BY_NAME
from ccproxy.facts.schema import InHeader

_LITELLM_SESSIONS = ("x-litellm-trace-id", "x-litellm-session-id")
_COMMON_SESSIONS = ("x-session-id", "x-session-affinity", "x-amp-thread-id")


def header_of(fact: str) -> str:
    """The header that the row of a fact names."""
    place = BY_NAME[fact].place
    if not isinstance(place, InHeader):
        raise TypeError(f"{fact} is in no header")
    return place.name


def first_filled(headers: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """The first of these headers that is there and not empty."""
    for name in names:
        value = headers.get(name)
        if isinstance(value, str) and value:
            return name
    return None


def session_header(headers: Mapping[str, Any]) -> str | None:
    """The header that names the session, of a client that has no other way: LiteLLM's, a vendor's, or a common one."""
    vendors = sorted([name for name in headers if name.endswith("-session-id") and name.startswith("x-") and name != "x-session-id"])
    return first_filled(headers, (*_LITELLM_SESSIONS, *vendors, *_COMMON_SESSIONS))


def by_name(headers: Any) -> Mapping[str, Any]:
    """Headers keyed by lower-case name; a name that comes more than once has its values joined by `, `.

    `headers` is any mapping of names to values, also one whose `items()` repeat a name. A dictionary whose names are lower case
    already, which is what web servers make, is returned as it is, so a value still has to be checked to be text.
    Anything that is no such mapping counts as no headers.
    """
    try:
        if type(headers) is dict and (not headers or (names := "\n".join(headers)) == names.lower()):
            return headers
    except TypeError:  # a name that is no text: dropped below
        pass
    if headers is None:
        return {}
    try:
        return _joined(headers.items())
    except Exception:  # a mapping of somebody else's making may raise anything, and a request must still be routed
        return {}


def _joined(items: Any) -> Mapping[str, str]:
    joined: dict[str, str] = {}
    for name, value in items:
        if isinstance(name, str) and isinstance(value, str):
            lower = name.lower()
            joined[lower] = f"{joined[lower]}, {value}" if lower in joined else value
    return joined

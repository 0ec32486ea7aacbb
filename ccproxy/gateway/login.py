"""Removes the login of a Claude subscription from calls to anybody but Anthropic.

LiteLLM passes it on to every deployment of its provider `anthropic`, whatever the address. Knows the arguments of LiteLLM's calls, and
imports nothing of LiteLLM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccproxy.models.addresses import ADDRESS_VARIABLES

LOGIN_PREFIX = "sk-ant-oat"
"""The prefix of a Claude subscription's token."""
HEADERS = ("provider_specific_header", "headers", "extra_headers")
"""Arguments of a call with headers for the provider; the first has them under `extra_headers`, or is a list of such objects."""


def address_of(arguments: Mapping[str, Any], credential: Mapping[str, Any], environment: Mapping[str, str]) -> str | None:
    """The address of a call to a deployment; None for the provider's own.

    `credential` is what the deployment takes from LiteLLM's credential_list.
    """
    named = [arguments.get("api_base"), arguments.get("base_url"), credential.get("api_base"), *map(environment.get, ADDRESS_VARIABLES)]
    return next((str(address) for address in named if address), None)


def login_in(arguments: Mapping[str, Any]) -> str | None:
    """The login of a Claude subscription in the arguments of a call; None without one."""
    for name in HEADERS:
        holder = arguments.get(name)
        for part in holder if isinstance(holder, list | tuple) else (holder,):
            if isinstance(part, Mapping):
                inner = part.get("extra_headers")
                values = [*part.values(), *(inner.values() if isinstance(inner, Mapping) else ())]
                if found := next((value for value in values if _is_login(value)), None):
                    return str(found)
    return None


def without_login(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments of a call without the login; None if they don't contain it."""
    changed = {name: left for name in HEADERS if (left := _without(arguments.get(name))) is not None}
    return {**arguments, **changed} if changed else None


def _without(holder: object) -> object:
    """A value with headers, or a list of such, without the login; None if it doesn't contain it."""
    if not isinstance(holder, list | tuple):
        return _headers_without(holder)
    left = [_headers_without(part) for part in holder]
    return [old if new is None else new for old, new in zip(holder, left, strict=True)] if any(new is not None for new in left) else None


def _headers_without(holder: object) -> dict[Any, Any] | None:
    """Headers, or an object with `extra_headers`, without the login. Doesn't recurse: clients can nest these as deep as they like."""
    if not isinstance(holder, Mapping):
        return None
    left = _values_without(holder)
    inner = holder.get("extra_headers")
    if isinstance(inner, Mapping):
        left["extra_headers"] = _values_without(inner)
    return left if left != holder else None


def _values_without(headers: Mapping[Any, Any]) -> dict[Any, Any]:
    return {name: value for name, value in headers.items() if not _is_login(value)}


def _is_login(value: object) -> bool:
    return isinstance(value, str) and (value.split() or [""])[-1].startswith(LOGIN_PREFIX)

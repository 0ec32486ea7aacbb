"""The login of a Claude subscription: it goes to Anthropic and to nobody else.

LiteLLM passes it on to every deployment of its provider `anthropic`, whatever the address. Knows the arguments of LiteLLM's calls, and
imports nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

LOGIN_PREFIX = "sk-ant-oat"
"""What the token of a Claude subscription begins with."""
ADDRESS_VARIABLES = ("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL")
"""Where LiteLLM looks for Anthropic's address when a deployment has none."""
HEADERS = ("provider_specific_header", "headers", "extra_headers")
"""Arguments of a call that hold headers for the provider; the first has them under `extra_headers`, or is a list of such."""


def is_anthropic_address(address: str) -> bool:
    """Whether an address is Anthropic's own: one of its hosts, by TLS."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    # other readers of addresses may take another part of these for the host
    plain = "@" not in parts.netloc and "\\" not in address
    return plain and parts.scheme == "https" and (host == "anthropic.com" or host.endswith(".anthropic.com"))


def host_of(address: str) -> str:
    """The host of an address, without what else may stand in it."""
    try:
        return urlsplit(address).hostname or "an address without a host"
    except ValueError:
        return "an address that is none"


def address_of(arguments: Mapping[str, Any], credential: Mapping[str, Any], environment: Mapping[str, str]) -> str | None:
    """The address that a call to a deployment is sent to; None for the provider's own.

    `credential` is what the deployment takes from LiteLLM's credential_list.
    """
    named = [arguments.get("api_base"), arguments.get("base_url"), credential.get("api_base"), *map(environment.get, ADDRESS_VARIABLES)]
    return next((str(address) for address in named if address), None)


def without_login(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments of a call without the login; None where it is not in them."""
    changed = {name: kept for name in HEADERS if (kept := _kept(arguments.get(name))) is not None}
    return {**arguments, **changed} if changed else None


def _kept(value: object) -> object:
    """What is left of headers, or of what holds them; None where the login is not in there."""
    if isinstance(value, list | tuple):
        kept = [_kept(part) for part in value]
        if all(part is None for part in kept):
            return None
        return [old if part is None else part for old, part in zip(value, kept, strict=True)]
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("extra_headers"), Mapping):
        inner = _kept(value["extra_headers"])
        return None if inner is None else {**value, "extra_headers": inner}
    others = {name: text for name, text in value.items() if not _is_login(text)}
    return others if len(others) < len(value) else None


def _is_login(value: object) -> bool:
    return isinstance(value, str) and value.strip().rpartition(" ")[2].startswith(LOGIN_PREFIX)

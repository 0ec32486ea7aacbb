"""The addresses that models are reached at: which are Anthropic's own."""

from __future__ import annotations

from urllib.parse import urlsplit

ADDRESS_VARIABLES = ("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL")
"""Where LiteLLM looks for Anthropic's address when a deployment has none."""


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

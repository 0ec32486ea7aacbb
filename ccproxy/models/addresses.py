"""Tells which API addresses are Anthropic's own."""

from __future__ import annotations

from urllib.parse import urlsplit

ADDRESS_VARIABLES = ("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL")
"""The variables in which LiteLLM looks for Anthropic's address if a deployment has none."""


def is_anthropic_address(address: str) -> bool:
    """Whether an address is Anthropic's own: one of its hosts, over TLS."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    # other parsers may take a different part of these for the host
    plain = "@" not in parts.netloc and "\\" not in address
    return plain and parts.scheme == "https" and (host == "anthropic.com" or host.endswith(".anthropic.com"))


def host_of(address: str) -> str:
    """The host of an address, without anything else that may be in it."""
    try:
        return urlsplit(address).hostname or "an address without a host"
    except ValueError:
        return "an address that is none"

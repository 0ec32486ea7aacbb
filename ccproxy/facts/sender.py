"""The clients that mark their requests, each by its own means."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from ccproxy.facts import claude_code, codex
from ccproxy.facts.shapes.conversation import ByHand, without_reminders
from ccproxy.facts.values import Json


class Sender(Enum):
    """A client whose marks are known."""

    CLAUDE_CODE = "Claude Code"
    CODEX = "Codex"
    OPENCODE = "opencode"


BY_HAND: Mapping[Sender | None, ByHand] = MappingProxyType(
    {
        Sender.CLAUDE_CODE: claude_code.by_hand,
        Sender.CODEX: codex.by_hand,
        Sender.OPENCODE: without_reminders,
        None: claude_code.by_hand,
    }
)
"""What a person wrote of the text of a block, by the client that sent it."""


_USER_AGENTS = (("claude-cli/", Sender.CLAUDE_CODE), ("codex_", Sender.CODEX), ("opencode/", Sender.OPENCODE))


def sender_of(headers: Mapping[str, Json]) -> Sender | None:
    """The client, by a header that only it sends, or by its user agent; None for one without marks."""
    if codex.TURN_HEADER in headers:
        return Sender.CODEX
    client = headers.get("user-agent")
    if isinstance(client, str):
        for start, sender in _USER_AGENTS:
            if client.startswith(start):
                return sender
    return None

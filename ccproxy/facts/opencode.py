"""What opencode marks its requests with: session and class of agent."""

from __future__ import annotations

from collections.abc import Mapping

from ccproxy.facts.values import Json

SESSION_HEADER = "x-session-id"
PARENT_HEADER = "x-parent-session-id"


def class_of(headers: Mapping[str, Json], tools: tuple[str, ...] | None) -> tuple[str, str]:
    """The class of the agent that a request is of, and the mark that tells; `tools` are the names of those offered."""
    if isinstance(headers.get(PARENT_HEADER), str):
        return "subagent", f"header {PARENT_HEADER}"
    return ("main", "opencode, with tools") if tools else ("auxiliary", "opencode, without tools")

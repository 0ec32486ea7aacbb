"""What Codex marks its requests with: session, class and kind of agent, compaction, and what in a message no person wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ccproxy.facts.values import Json, member, text

TURN_HEADER = "x-codex-turn-metadata"
SESSION_HEADERS = ("session-id", "session_id", "thread-id", "conversation_id")
SUBAGENT_HEADER = "x-openai-subagent"
THREAD_HEADER = "thread-id"
PARENT_HEADER = "x-codex-parent-thread-id"
_WRAPPERS = (
    ("<environment_context>", "</environment_context>"),
    ("<user_instructions>", "</user_instructions>"),
    ("# AGENTS.md instructions for ", "</INSTRUCTIONS>"),
)


def turn_of(headers: Mapping[str, Json]) -> Mapping[str, Json]:
    """The metadata of the turn, which the header holds as JSON; empty without it."""
    document = headers.get(TURN_HEADER)
    try:
        turn = json.loads(document) if isinstance(document, str) else None
    except (ValueError, RecursionError):
        turn = None
    return turn if isinstance(turn, dict) else {}


def class_of(turn: Mapping[str, Json], headers: Mapping[str, Json], endpoint: str | None, items: list[Json]) -> tuple[str, str]:
    """The class of the agent that a request is of, and the mark that tells; `items` is the conversation."""
    kind, subagent = turn.get("request_kind"), text(headers.get(SUBAGENT_HEADER)) or None
    if kind == "compaction":
        return "compaction", f"header {TURN_HEADER}: request_kind"
    if endpoint == "compact":
        return "compaction", "the path"
    if items and member(items[-1], "type") == "compaction_trigger":
        return "compaction", "the last item of body `input`"
    if subagent == "compact":
        return "compaction", f"header {SUBAGENT_HEADER}"
    if kind == "prewarm":
        return "auxiliary", f"header {TURN_HEADER}: request_kind"
    if subagent == "memory_consolidation":
        return "auxiliary", f"header {SUBAGENT_HEADER}"
    if subagent is not None:
        return "subagent", f"header {SUBAGENT_HEADER}"
    if turn.get("thread_source") == "subagent":
        return "subagent", f"header {TURN_HEADER}: thread_source"
    return "main", "Codex, and no mark of another class"


def type_of(turn: Mapping[str, Json], headers: Mapping[str, Json]) -> tuple[str | None, str]:
    """The kind of subagent, and where it stands."""
    named = text(headers.get(SUBAGENT_HEADER))
    if named is not None:
        return named, f"header {SUBAGENT_HEADER}"
    return text(turn.get("subagent_kind")), f"header {TURN_HEADER}: subagent_kind"


def compaction_of(turn: Mapping[str, Json]) -> tuple[str | None, str]:
    """What set off a compaction, and where it stands."""
    return text(member(turn.get("compaction"), "trigger")), f"header {TURN_HEADER}: compaction.trigger"


def by_hand(block: str) -> str:
    """What a person wrote of a block: all of it, trimmed, or nothing where Codex wrote it."""
    block = block.strip()
    if any(block.startswith(start) and block.endswith(end) for start, end in _WRAPPERS) or block == "</image>":
        return ""
    return "" if block.startswith("<image") and block.find(">") == len(block) - 1 else block


def heard(items: list[Json]) -> list[Json]:
    """The items as a subagent takes them: what another agent tells it is a message of its user."""
    return [{**item, "role": "user"} if isinstance(item, dict) and item.get("type") == "agent_message" else item for item in items]

"""Facts that Claude Code marks its requests with: session, user, and the class of the agent."""

from __future__ import annotations

import json
import re

from ccproxy.facts.headers import header_of
from ccproxy.facts.shapes.conversation import reminder_starts_with, without, without_reminders
from ccproxy.facts.values import Json, member, text

CLASS_HEADER = header_of("agent.class")
SESSION_HEADER = header_of("session")
_SUBAGENT_MARK = "cc_is_subagent=true"
_TAGS = ("local-command-caveat", "command-name", "command-message", "local-command-stdout", "session_context")
_WRAPPERS = tuple((f"<{tag}>", f"</{tag}>") for tag in _TAGS)
_ARGUMENTS = ("<command-args>", "</command-args>")
_INTERRUPTED = "[Request interrupted by user"
_PLAN_REMINDER = "Plan mode is active"
_OLD_USER_ID = r"user_(?P<device>[^_]*)_account_(?P<account>[^_]*)_session_"


def class_by_marks(tools: tuple[str, ...] | None, types: tuple[str, ...] | None, agent: str | None, system: Json) -> tuple[str, str]:
    """The class of the agent that a request of Claude Code without hint headers is of, and the mark that tells.

    `types` are those of the server tools, `system` is the system prompt.
    """
    if not tools and not types:
        return "auxiliary", "fallback: no tools"
    for kind in types or ():
        if kind.startswith("web_"):
            return "auxiliary", f"fallback: a tool of type {kind}"
    if agent is not None:
        return "subagent", "fallback: header x-claude-code-agent-id"
    if _SUBAGENT_MARK in _first_text(system):
        return "subagent", f"fallback: {_SUBAGENT_MARK} in the first system block"
    return "main", "fallback: no mark of another class"


def _first_text(system: Json) -> str:
    if isinstance(system, list) and system:
        system = member(system[0], "text")
    return system if isinstance(system, str) else ""


def by_hand(block: str) -> str:
    """What a person wrote of a block, trimmed: without reminders, and without what Claude Code (or Gemini CLI) puts around commands."""
    if "<" in block:
        for opening, closing in _WRAPPERS:
            block = without(block, opening, closing)
        for tag in _ARGUMENTS:
            block = block.replace(tag, "")
    block = without_reminders(block)
    return "" if block.startswith(_INTERRUPTED) and block.endswith("]") else block


def has_plan_reminder(items: list[Json]) -> bool:
    """Whether the last user message holds the reminder by which Claude Code tells the model of plan mode."""
    last = next((item for item in reversed(items) if isinstance(item, dict) and item.get("role") == "user"), None)
    return last is not None and reminder_starts_with(last.get("content"), _PLAN_REMINDER)


def session_of(user_id: str) -> str | None:
    """The session in `metadata.user_id`."""
    document = _json_object(user_id)
    return (user_id.partition("_session_")[2] if document is None else text(document.get("session_id"))) or None


def user_of(user_id: str) -> str:
    """The account in `metadata.user_id`, else the device there, else all of it."""
    document = _json_object(user_id)
    if document is not None:
        names = [text(document.get("account_uuid")), text(document.get("device_id"))]
    else:
        old = re.match(_OLD_USER_ID, user_id)
        names = [old["account"], old["device"]] if old else []
    return next((name for name in names if name), user_id)


def _json_object(document: str) -> dict[str, Json] | None:
    """The JSON object that a text is, if it is one."""
    if not document.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(document)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

"""Facts that Claude Code marks its requests with: session, user, and the class of the agent."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ccproxy.facts.values import Json, member, text

if TYPE_CHECKING:
    from ccproxy.facts.facts import Facts

_USER_AGENT = "claude-cli/"
_SESSION_HEADER = "x-claude-code-session-id"
_SUBAGENT_MARK = "cc_is_subagent=true"
_OLD_USER_ID = re.compile(r"user_(?P<device>[^_]*)_account_(?P<account>[^_]*)_session_")


def agent_class(facts: Facts) -> tuple[str | None, str]:
    """`agent.class`: as the client says; for Claude Code without hint headers, as the request's marks tell."""
    told = facts.header("x-claude-code-request-class")
    if told is not None:
        return told, "header x-claude-code-request-class"
    client = facts.client
    if client is None or not client.startswith(_USER_AGENT):
        return None, ""
    if facts.endpoint == "count_tokens":
        return "auxiliary", "fallback: the path is count_tokens"
    if not facts.tools and not facts.tools_types:
        return "auxiliary", "fallback: no tools"
    for kind in facts.tools_types or ():
        if kind.startswith("web_"):
            return "auxiliary", f"fallback: a tool of type {kind}"
    if facts.agent_id is not None:
        return "subagent", "fallback: header x-claude-code-agent-id"
    if _SUBAGENT_MARK in _first_system_text(facts.body):
        return "subagent", f"fallback: {_SUBAGENT_MARK} in the first system block"
    return "main", "fallback: no mark of another class"


def _first_system_text(body: dict[str, Json]) -> str:
    system = body.get("system")
    if isinstance(system, list) and system:
        system = member(system[0], "text")
    return system if isinstance(system, str) else ""


def session(facts: Facts) -> tuple[str | None, str]:
    """`session`: of Claude Code's header, another client's header, or `metadata.user_id`."""
    session_id = facts.header(_SESSION_HEADER)
    if session_id:
        return session_id, f"header {_SESSION_HEADER}"
    for name in sorted([name for name in facts.headers if name.endswith("-session-id") and name.startswith("x-")]):
        session_id = facts.header(name)
        if session_id and len(name) > len("x-session-id"):
            return session_id, f"header {name}"
    user_id = text(member(facts.body, "metadata", "user_id"))
    if user_id:
        document = _json_object(user_id)
        session_id = user_id.partition("_session_")[2] if document is None else text(document.get("session_id"))
        if session_id:
            return session_id, "body `metadata.user_id`"
    return None, ""


def user(facts: Facts) -> tuple[str | None, str]:
    """`user`: the account in `metadata.user_id`, else the device there, else all of it; OpenAI's `user`."""
    user_id = text(member(facts.body, "metadata", "user_id"))
    if user_id is None:
        openai = text(facts.body.get("user"))
        return openai, "body `user`" if openai is not None else ""
    document = _json_object(user_id)
    if document is not None:
        names = [text(document.get("account_uuid")), text(document.get("device_id"))]
    else:
        old = _OLD_USER_ID.match(user_id)
        names = [old["account"], old["device"]] if old else []
    return next((name for name in names if name), user_id), "body `metadata.user_id`"


def _json_object(document: str) -> dict[str, Json] | None:
    """The JSON object that a text is, if it is one."""
    if not document.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(document)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

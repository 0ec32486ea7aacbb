"""Identifies conversations, without giving away whose they are."""

from __future__ import annotations

import hmac
import json
from functools import lru_cache

from ccproxy.facts import Facts

DIGITS = 16
"""Hex digits of an identifier."""


def conversation_of(facts: Facts, key: object, secret: str | None) -> str | None:
    """The identifier of a request's conversation: of its virtual key, session and agent. None without a session.

    `key` is LiteLLM's `UserAPIKeyAuth`. Nobody without `secret`, the proxy's master key, can tell what an identifier stands for.
    """
    session, agent = facts.session, facts.agent_id
    if session is None or (agent is None and facts.agent_class in ("subagent", "workflow")):
        return None
    token = getattr(key, "token", None)
    parts = json.dumps([token if isinstance(token, str) else None, session, agent])
    return hmac.digest(_derived(secret or ""), parts.encode(), "sha256").hex()[:DIGITS]


@lru_cache(maxsize=1)
def _derived(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"ccproxy conversations", "sha256")

"""Reads what providers say of the tokens of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccproxy.models.prices import Paid
from ccproxy.replay.recorded import count, mapping


def paid_of_messages(usage: Mapping[str, Any]) -> Paid:
    """The `usage` of the Messages API. What was written to the cache without a duration was so for five minutes."""
    durations = mapping(usage.get("cache_creation"))
    an_hour = count(durations.get("ephemeral_1h_input_tokens"))
    written = max(count(usage.get("cache_creation_input_tokens")), an_hour + count(durations.get("ephemeral_5m_input_tokens")))
    return Paid(
        new=count(usage.get("input_tokens")),
        written=written - an_hour,
        written_1h=an_hour,
        read=count(usage.get("cache_read_input_tokens")),
        output=count(usage.get("output_tokens")),
        searches=count(mapping(usage.get("server_tool_use")).get("web_search_requests")),
    )


def paid_of_account(usage: Mapping[str, Any]) -> Paid:
    """What Claude Code says that a session used of a model."""
    an_hour = count(usage.get("cacheCreationEphemeral1hInputTokens"))
    written = max(count(usage.get("cacheCreationInputTokens")), an_hour + count(usage.get("cacheCreationEphemeral5mInputTokens")))
    return Paid(
        new=count(usage.get("inputTokens")),
        written=written - an_hour,
        written_1h=an_hour,
        read=count(usage.get("cacheReadInputTokens")),
        output=count(usage.get("outputTokens")),
        searches=count(usage.get("webSearchRequests")),
    )


def paid_of_rollout(usage: Mapping[str, Any]) -> Paid:
    """The token usage of a Codex rollout, whose input has what was read from the cache."""
    read = count(usage.get("cached_input_tokens"))
    output = count(usage.get("output_tokens"))
    return Paid(
        new=max(0, count(usage.get("input_tokens")) - read),
        read=read,
        output=output,
        reasoning=min(output, count(usage.get("reasoning_output_tokens"))),
    )


def paid_of_record(tokens: Mapping[str, Any]) -> Paid:
    """The tokens of an answer in a decision record."""
    return Paid(
        new=count(tokens.get("input")),
        written=count(tokens.get("cache_write_5m")),
        written_1h=count(tokens.get("cache_write_1h")),
        read=count(tokens.get("cache_read")),
        output=count(tokens.get("output")),
    )


def paid_of_chat(usage: Mapping[str, Any]) -> Paid:
    """The `usage_object` of LiteLLM: prompt tokens have what was read from the cache and written to it."""
    details = mapping(usage.get("prompt_tokens_details"))
    read = count(details.get("cached_tokens")) or count(usage.get("cache_read_input_tokens"))
    written = count(details.get("cache_creation_tokens")) or count(usage.get("cache_creation_input_tokens"))
    an_hour = min(written, count(mapping(details.get("cache_creation_token_details")).get("ephemeral_1h_input_tokens")))
    output = count(usage.get("completion_tokens"))
    return Paid(
        new=max(0, count(usage.get("prompt_tokens")) - read - written),
        written=written - an_hour,
        written_1h=an_hour,
        read=read,
        output=output,
        reasoning=min(output, count(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens"))),
    )

"""Facts that headers and `metadata` carry."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ccproxy.facts import observe

CLI = {"user-agent": "claude-cli/2.1.330 (external, cli)"}
TOOLS = [{"name": "Bash"}]
OLD = "user_0123abc_account_{account}_session_5e55"


CODEX = {"user-agent": "codex_exec/0.171.0 (Debian 12.0.0; x86_64) xterm"}
OPENCODE = {"User-Agent": "opencode/1.18.33 ai-sdk/provider-utils"}


def user_id(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"user_id": json.dumps(fields)}}


@pytest.mark.parametrize(
    ("headers", "body", "session", "source"),
    [
        ({"X-Claude-Code-Session-Id": "s"}, user_id(session_id="j"), "s", "header x-claude-code-session-id"),
        ({"x-claude-code-session-id": ""}, user_id(session_id="j"), "j", "body `metadata.user_id`"),
        ({"x-b-session-id": "b", "x-a-session-id": "a"}, {}, "a", "header x-a-session-id"),
        ({"x-a-session-id": "", "x-b-session-id": "b"}, {}, "b", "header x-b-session-id"),
        ({"session-id": "no", "session_id": "no", "my-x-session-id": "no"}, {"input": "x", "prompt_cache_key": "no"}, None, "missing"),
        ({"x-session-id": "s", "x-session-affinity": "no"}, {}, "s", "header x-session-id"),
        ({"x-session-affinity": "s", "x-amp-thread-id": "no"}, {}, "s", "header x-session-affinity"),
        ({"x-amp-thread-id": "s"}, user_id(session_id="no"), "s", "header x-amp-thread-id"),
        ({"x-litellm-trace-id": "t", "x-litellm-session-id": "s", "x-a-session-id": "a"}, {}, "t", "header x-litellm-trace-id"),
        ({"x-litellm-session-id": "s", "x-a-session-id": "a"}, {}, "s", "header x-litellm-session-id"),
        ({**CODEX, "session_id": "u", "session-id": "h", "x-a-session-id": "a"}, {}, "h", "header session-id"),
        ({**CODEX, "session-id": "", "conversation_id": "c", "x-litellm-trace-id": "t"}, {}, "c", "header conversation_id"),
        ({**CODEX, "x-litellm-trace-id": "t"}, {"input": "x", "prompt_cache_key": "k"}, "k", "body `prompt_cache_key`"),
        ({**CODEX, "x-claude-code-session-id": "s", "session-id": "h"}, {}, "s", "header x-claude-code-session-id"),
        ({"x-codex-turn-metadata": "[", "thread-id": "t"}, {}, "t", "header thread-id"),
        ({**OPENCODE, "x-session-id": "own", "x-parent-session-id": "p"}, {}, "p", "header x-parent-session-id"),
        ({**OPENCODE, "x-session-id": "own", "x-a-session-id": "a"}, {}, "own", "header x-session-id"),
        ({}, {"metadata": {"user_id": OLD.format(account="")}}, "5e55", "body `metadata.user_id`"),
        ({}, user_id(session_id=""), None, "missing"),
        ({}, user_id(session_id=5), None, "missing"),
        ({}, {"metadata": {"user_id": "{not json_session_x"}}, "x", "body `metadata.user_id`"),
        ({}, {"metadata": {"user_id": "someone"}}, None, "missing"),
        ({}, {"metadata": "x"}, None, "missing"),
    ],
)
def test_session(headers: Mapping[str, str], body: Any, session: str | None, source: str) -> None:
    facts = observe(body, headers=headers)
    assert facts.session == session
    assert facts.source_of("session") == source


@pytest.mark.parametrize(
    ("body", "user"),
    [
        (user_id(account_uuid="acc", device_id="dev"), "acc"),
        (user_id(account_uuid="", device_id="dev"), "dev"),
        (user_id(device_id="dev"), "dev"),
        (user_id(account_uuid="", device_id=""), '{"account_uuid": "", "device_id": ""}'),
        ({"metadata": {"user_id": OLD.format(account="acc")}}, "acc"),
        ({"metadata": {"user_id": OLD.format(account="")}}, "0123abc"),
        ({"metadata": {"user_id": "someone"}}, "someone"),
        ({"metadata": {"user_id": "[1]"}}, "[1]"),
        ({"metadata": {"user_id": "someone"}, "user": "openai"}, "someone"),
        ({"metadata": {"user_id": 5}, "user": "openai"}, "openai"),
        ({"user": "openai"}, "openai"),
        ({}, None),
    ],
)
def test_user(body: Any, user: str | None) -> None:
    assert observe(body, path="/v1/chat/completions").user == user


@pytest.mark.parametrize(
    ("headers", "path", "body", "kind", "source"),
    [
        ({**CLI, "X-Claude-Code-Request-Class": "workflow"}, None, {}, "workflow", "header x-claude-code-request-class"),
        ({"x-claude-code-request-class": "main"}, None, {}, "main", "header x-claude-code-request-class"),
        (CLI, "/v1/messages/count_tokens", {"tools": TOOLS}, "auxiliary", "fallback: the path is count_tokens"),
        (CLI, "/v1/messages", {}, "auxiliary", "fallback: no tools"),
        (CLI, None, {"tools": []}, "auxiliary", "fallback: no tools"),
        (CLI, None, {"tools": [{"type": "web_search_1", "name": "w"}]}, "auxiliary", "fallback: a tool of type web_search_1"),
        ({**CLI, "x-claude-code-agent-id": "a"}, None, {"tools": TOOLS}, "subagent", "fallback: header x-claude-code-agent-id"),
        (
            CLI,
            None,
            {"tools": TOOLS, "system": [{"type": "text", "text": "x: cc_is_subagent=true;"}]},
            "subagent",
            "fallback: cc_is_subagent=true in the first system block",
        ),
        (
            CLI,
            None,
            {"tools": TOOLS, "system": [{"type": "text", "text": "x"}, {"type": "text", "text": "cc_is_subagent=true"}]},
            "main",
            "fallback: no mark of another class",
        ),
        (CLI, None, {"tools": TOOLS}, "main", "fallback: no mark of another class"),
        ({"user-agent": "curl/8"}, "/v1/messages/count_tokens", {}, None, "missing"),
        ({}, None, {}, None, "missing"),
    ],
)
def test_agent_class(headers: Mapping[str, str], path: str | None, body: Any, kind: str | None, source: str) -> None:
    facts = observe(body, headers=headers, path=path)
    assert facts.agent_class == kind
    assert facts.source_of("agent.class") == source


@pytest.mark.parametrize(
    ("headers", "body", "betas"),
    [
        ({"anthropic-beta": "a, b,,a , c"}, {}, ("a", "b", "c")),
        ({"Anthropic-Beta": "a"}, {"betas": ["b", " a ", 3, ""]}, ("a", "b")),
        ({}, {"betas": ["b"]}, ("b",)),
        ({}, {"betas": []}, ()),
        ({"anthropic-beta": ""}, {}, ()),
        ({}, {"betas": "b"}, None),
        ({}, {}, None),
    ],
)
def test_betas(headers: Mapping[str, str], body: Any, betas: tuple[str, ...] | None) -> None:
    assert observe(body, headers=headers).betas == betas


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"user-agent": "codex_exec/1", "x-openai-subagent": "collab_spawn"}, ("subagent", "look at it", 2, 2)),
        ({"user-agent": "codex_exec/1"}, ("main", "typed", 1, 1)),
        ({}, (None, "typed", 1, 1)),
    ],
)
def test_what_one_agent_says_to_another_is_a_subagent_s_prompt_alone(headers: Mapping[str, str], told: tuple[object, ...]) -> None:
    said = {"type": "agent_message", "author": "/root", "content": [{"type": "input_text", "text": "look at it"}]}
    facts = observe({"input": [{"role": "user", "content": "typed"}, {"type": "reasoning"}, said]}, path="/v1/responses", headers=headers)
    assert (facts.agent_class, facts.prompt, facts.turns, facts.messages) == told


def test_header_facts() -> None:
    facts = observe(
        None,
        headers={
            "User-Agent": "claude-cli/1",
            "X-Claude-Code-Agent-Type": "Explore",
            "x-claude-code-agent-id": "a1",
            "x-claude-code-parent-agent-id": "a0",
            "x-claude-code-compaction": "auto",
        },
    )
    assert (facts.client, facts.agent_type, facts.agent_id, facts.agent_parent, facts.compaction) == (
        "claude-cli/1",
        "Explore",
        "a1",
        "a0",
        "auto",
    )


class Repeating(Mapping[str, str]):
    """Headers as ASGI frameworks keep them: `items` repeats names."""

    def __getitem__(self, name: str) -> str:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(["x-a", "x-a"])

    def __len__(self) -> int:
        return 2

    def items(self) -> Any:
        return [("x-a", "1"), ("X-A", "2")]


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ({"x-a": "1"}, "1"),
        ({"X-A": "1"}, "1"),
        ({"x-a": "1", "X-A": "2", "x-A": "3"}, "1, 2, 3"),
        ({"x-a": ""}, ""),
        ({"x-a": 1}, None),
        ({"X-A": 1}, None),
        ({1: "x", "x-a": "1"}, "1"),
        (Repeating(), "1, 2"),
        (None, None),
        ("x-a: 1", None),
        (5, None),
    ],
)
def test_header(headers: Any, value: str | None) -> None:
    assert observe({}, headers=headers).header("x-a") == value

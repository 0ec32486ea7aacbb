"""Small requests in the shapes of Claude Code, with what distinguishes its kinds of requests (measured on 2.1.330 and 1.0.128)."""

from __future__ import annotations

from typing import Any

from ccproxy.frozen import frozen

Json = dict[str, Any]

SESSION = "00000000-0000-4000-8000-000000000001"
TOOLS = ("Agent", "Bash", "Edit", "Read", "Skill", "ToolSearch", "Workflow", "Write")
WORDS = 130_000
"""Words in a long context: about 260,000 tokens."""


@frozen
class DemoRequest:
    """One request of a client: its purpose, and everything in it that a policy can read."""

    name: str
    headers: dict[str, str]
    body: Json
    path: str = "/v1/messages?beta=true"


def demo_requests() -> list[DemoRequest]:
    """A day's work of Claude Code in about a dozen requests."""
    plan_mode = [{"type": "dangerous_tool_use", "classifier_context": {"v": 1, "permission_mode": "plan", "platform": "linux"}}]
    web_search = [{"type": "web_search_20250305", "name": "web_search", "max_uses": 8}]
    classifier: Json = {"max_tokens": 64, "thinking": {"type": "disabled"}, "tools": None, "stream": None}
    title = {"type": "json_schema", "schema": {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}}
    return [
        _request("a first turn", "main", messages=_conversation("Fix the failing test in calc.py")),
        _request("a tool loop", "main", messages=_tool_loop("Fix the failing test in calc.py")),
        _request("a hard task (effort xhigh)", "main", output_config={"effort": "xhigh"}),
        _request("plan mode", "main", safeguards=plan_mode),
        _request("a long context", "main", messages=_conversation("Summarise the log\n" + " ".join(f"entry{n}" for n in range(WORDS)))),
        _request("a compaction", "compaction", {"x-claude-code-compaction": "auto"}, messages=_tool_loop("Summarise this conversation")),
        _request("a subagent", "subagent", _agent("Explore"), tools=_tools("Bash", "Read"), system=_system("cc_is_subagent=true;")),
        _request("a workflow's agent", "workflow", _agent("workflow-subagent"), system=_system("cc_is_subagent=true;")),
        _request("a web search", "auxiliary", tools=web_search, tool_choice={"type": "auto"}, thinking=None),
        _request("a session title", "auxiliary", tools=[], thinking=None, output_config={"effort": "medium", "format": title}),
        _request("the safety classifier", "auxiliary", system=_system("", 6_000), **classifier),
        _request("a model probe", "auxiliary", tools=None, thinking=None, max_tokens=1, stream=None, messages=_user("Hi")),
        _claude_code_1("Claude Code 1.x, its haiku model"),
    ]


def _request(name: str, kind: str, headers: dict[str, str] | None = None, **fields: Any) -> DemoRequest:
    """A request of the current client; fields that are None are left out."""
    body: Json = {
        "model": "claude-opus-5-5",
        "messages": _conversation("Explain what this project does"),
        "system": _system(),
        "tools": _tools(*TOOLS),
        "metadata": {"user_id": f'{{"device_id":"{"0" * 64}","account_uuid":"","session_id":"{SESSION}"}}'},
        "max_tokens": 128_000,
        "thinking": {"type": "adaptive", "display": "omitted"},
        "output_config": {"effort": "medium"},
        "stream": True,
    }
    body.update(fields)
    sent = {
        "user-agent": "claude-cli/2.1.330 (external, cli)",
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,effort-2025-11-24",
        "x-claude-code-session-id": SESSION,
        "x-claude-code-request-class": kind,
    }
    return DemoRequest(name, sent | (headers or {}), {key: value for key, value in body.items() if value is not None})


def _claude_code_1(name: str) -> DemoRequest:
    headers = {"user-agent": "claude-cli/1.0.128 (external, cli)", "anthropic-version": "2023-06-01"}
    metadata = {"user_id": f"user_{'0' * 64}_account__session_{SESSION}"}
    body = {
        "model": "claude-3-5-haiku-20241022",
        "messages": _user("Is this a new topic? Answer with JSON."),
        "system": [{"type": "text", "text": "You are Claude Code, Anthropic's official CLI for Claude."}],
        "metadata": metadata,
        "max_tokens": 512,
        "temperature": 0,
        "stream": True,
    }
    return DemoRequest(name, headers, body)


def _agent(kind: str) -> dict[str, str]:
    return {"x-claude-code-agent-id": "a498094b22804c6f9", "x-claude-code-agent-type": kind}


def _system(mark: str = "", words: int = 60) -> list[Json]:
    billing = f"x-anthropic-billing-header: cc_version=2.1.330.839; cc_entrypoint=cli; {mark}".rstrip()
    return [{"type": "text", "text": billing}, {"type": "text", "text": " ".join(f"instruction{number}" for number in range(words))}]


def _tools(*names: str) -> list[Json]:
    schema = {"type": "object", "properties": {"input": {"type": "string"}}}
    return [{"name": name, "description": f"{name} does what its name says.", "input_schema": schema} for name in names]


def _user(text: str) -> list[Json]:
    return [{"role": "user", "content": [{"type": "text", "text": text}]}]


def _conversation(text: str) -> list[Json]:
    reminder = {"type": "text", "text": "<system-reminder>\nThe project's notes.\n</system-reminder>"}
    return [{"role": "user", "content": [reminder, {"type": "text", "text": text}]}]


def _tool_loop(text: str) -> list[Json]:
    use = {"type": "tool_use", "id": "toolu_01", "name": "Read", "input": {"file_path": "calc.py"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_01", "content": "1\tdef add(a, b):\n2\t    return a - b\n"}
    answer = {"role": "user", "content": [result, {"type": "text", "text": text}]}
    return [*_conversation("Fix the failing test in calc.py"), {"role": "assistant", "content": [use]}, answer]

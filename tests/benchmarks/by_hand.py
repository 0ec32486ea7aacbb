"""The rules as one Python function that somebody would write: from facts in hand, from requests that are trusted, or from any request.

The function that trusts its requests knows that they are of Anthropic's Messages, well formed, with headers in lower case; it fails on
others. The careful one decides as the policy does on any JSON body with messages: it tells Messages from Chat by the body, takes no value
of another type, and headers in any case. What it leaves out: the other APIs, `extra_body`, and saying where a value came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from tests.benchmarks.routing_rules import Atom, Condition, written

Reads = Literal["facts", "trusted requests", "any request"]

_READS: Mapping[Reads, Mapping[str, str]] = {
    "facts": {
        "model": "facts.model",
        "team": "facts.header('x-team')",
        "project": "facts.metadata('project')",
        "effort": "facts.effort",
        "stream": "facts.stream",
        "max_tokens": "facts.max_tokens",
        "messages": "facts.messages",
        "tools": "facts.tools",
    },
    "trusted requests": {
        "model": "body.get('model')",
        "team": "headers.get('x-team')",
        "project": "(body.get('metadata') or {}).get('project')",
        "effort": "(body.get('output_config') or {}).get('effort')",
        "stream": "body.get('stream')",
        "max_tokens": "body.get('max_tokens')",
        "messages": "len(body.get('messages') or ())",
        "tools": "[tool.get('name') for tool in body.get('tools') or ()]",
    },
    "any request": {
        "model": "text(body.get('model'))",
        "team": "lowered(headers).get('x-team', '')",
        "project": "text(inside(body.get('metadata'), 'project'))",
        "effort": "effort_of(body, chat)",
        "stream": "body.get('stream') is True",
        "max_tokens": "max_tokens_of(body, chat)",
        "messages": "len(items(body.get('messages')))",
        "tools": "tools_of(body, chat)",
    },
}
_BY_API = ("effort", "max_tokens", "tools")
"""What the two APIs have in different places."""


def by_hand(conditions: Sequence[Condition], reads: Reads) -> Callable[..., str]:
    """A function of `if`s, after a line for each fact that they ask for. Its text is long, so it is made here, and compiled."""
    asked = {atom.field for condition in conditions for atom in _atoms(condition)}
    lines = ["def decide(facts):" if reads == "facts" else "def decide(body, headers):"]
    if reads == "any request":
        lines.append("    body = body if isinstance(body, dict) else {}")
        if not asked.isdisjoint(_BY_API):
            lines.append("    chat = is_chat(body)")
    lines += [f"    {field} = {read}" for field, read in _READS[reads].items() if field in asked]
    for number, condition in enumerate(conditions):
        lines.append(f"    if {written(condition, 'python')}:\n        return 'l{number}'")
    lines.append("    return 'default'")
    scope: dict[str, Any] = dict(globals())
    exec("\n".join(lines), scope)
    decide: Callable[..., str] = scope["decide"]
    return decide


def _atoms(condition: Condition) -> list[Atom]:
    return [condition] if isinstance(condition, Atom) else [atom for part in condition.parts for atom in _atoms(part)]


# ── What the careful function calls ──────────────────────────────────────────────────────────────────────────────────
# a missing value is one of its type that no rule of the benchmark asks for


def text(value: object) -> str:
    """The text that a value is."""
    return value if isinstance(value, str) else ""


def items(value: object) -> list[Any]:
    """The array that a value is."""
    return value if isinstance(value, list) else []


def inside(value: object, key: str) -> Any:
    """The member of an object."""
    return value.get(key) if isinstance(value, dict) else None


def lowered(headers: Mapping[str, Any] | None) -> dict[str, str]:
    """Headers by lower-case name, those that are repeated joined."""
    found: dict[str, str] = {}
    for name, value in (headers or {}).items():
        if isinstance(name, str) and isinstance(value, str):
            lower = name.lower()
            found[lower] = f"{found[lower]}, {value}" if lower in found else value
    return found


def is_chat(body: dict[str, Any]) -> bool:
    """Whether a body is of Chat: by a key, a role or a tool that Messages has not."""
    for key in ("max_completion_tokens", "response_format", "reasoning_effort", "n", "logprobs"):
        if body.get(key) is not None:
            return True
    for position, message in enumerate(items(body.get("messages"))):
        if isinstance(message, dict):
            role = message.get("role")
            if role == "tool" or role == "developer" or (role == "system" and position == 0):
                return True
    return any(isinstance(tool, dict) and tool.get("function") is not None for tool in items(body.get("tools")))


def effort_of(body: dict[str, Any], chat: bool) -> str:
    """The effort of the last message that has one, else of the request."""
    if chat:
        return text(body.get("reasoning_effort"))
    for message in reversed(items(body.get("messages"))):
        if isinstance(message, dict) and "output_config" in message:
            effort = inside(message["output_config"], "effort")
            if isinstance(effort, str):
                return effort
    return text(inside(body.get("output_config"), "effort"))


def max_tokens_of(body: dict[str, Any], chat: bool) -> float:
    """The most tokens of the answer."""
    keys = ("max_completion_tokens", "max_tokens") if chat else ("max_tokens",)
    for key in keys:
        most = body.get(key)
        if isinstance(most, int | float) and not isinstance(most, bool):
            return most
    return 0


def tools_of(body: dict[str, Any], chat: bool) -> list[str]:
    """The names of the tools."""
    names = []
    for tool in items(body.get("tools")):
        name = inside(tool, "name")
        if chat:
            name = inside(inside(tool, "function"), "name")
            if not isinstance(name, str):
                name = inside(inside(tool, "custom"), "name")
        if isinstance(name, str):
            names.append(name)
    return names

"""A provider that refuses what the real ones refuse: the table of what fitting is for, one row each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .upstream import Json, Received

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
SIGNATURES = {"anthropic": "EqQB", "openai": "gAAAA"}
"""How a vendor's signatures begin, and nobody else's."""
BLOCKS = {"image": "images", "image_url": "images", "input_image": "images", "document": "documents", "input_file": "documents"}


@dataclass(frozen=True)
class Limits:
    """What a model takes; `efforts` are None where it knows none, `thinking` are the types that it knows."""

    vendor: str = "anthropic"
    cap: int = 64_000
    window: int = 200_000
    efforts: tuple[str, ...] | None = EFFORTS
    thinking: tuple[str, ...] = ("adaptive", "enabled", "disabled")
    takes: frozenset[str] = frozenset({"images", "documents", "server tools", "forced tools"})


def refusals(request: Received, models: Mapping[str, Limits]) -> Iterator[str]:
    """Why this provider refuses a request, each reason by its row of the table."""
    body = request.body
    limits = models.get(request.model)
    if limits is None:
        yield f"unknown model: {request.model}"
        return
    cap = next((body[name] for name in ("max_tokens", "max_completion_tokens", "max_output_tokens") if body.get(name)), None)
    if cap is not None and cap > limits.cap:
        yield f"output cap: {cap} > {limits.cap}"
    thinking: Any = body.get("thinking") or {}
    interleaved = "interleaved-thinking" in request.headers.get("anthropic-beta", "")
    budget = thinking.get("budget_tokens")
    if budget is not None and cap is not None and budget >= cap and not interleaved:
        yield f"budget: {budget} is not under {cap}"
    effort = (body.get("output_config") or {}).get("effort") or body.get("reasoning_effort") or (body.get("reasoning") or {}).get("effort")
    if effort is not None and effort not in (limits.efforts or ()):
        yield f"unknown effort: {effort}"
    if thinking.get("type") is not None and thinking["type"] not in limits.thinking:
        yield f"unknown thinking type: {thinking['type']}"
    for block in blocks(body):
        signed = block.get("signature") or block.get("data") if block.get("type") in ("thinking", "redacted_thinking") else None
        if block.get("type") == "reasoning":
            signed = block.get("encrypted_content")
        if isinstance(signed, str) and not signed.startswith(SIGNATURES.get(limits.vendor, "\0")):
            yield f"signature of another provider: {signed[:8]}"
        if block.get("type") == "thinking" and not block.get("signature"):
            yield "signature of another provider: none"
        what = BLOCKS.get(str(block.get("type")))
        if what is not None and what not in limits.takes:
            yield f"{what} to a model without"
    types = [tool.get("type") for tool in body.get("tools") or () if tool.get("type") not in (None, "custom", "function")]
    if types and "server tools" not in limits.takes:
        yield f"server tools to a model without: {types[0]}"
    if thinking.get("type") == "enabled" and limits.vendor == "anthropic" and begins_without_thinking(body):
        yield "open use of tools without thinking"
    choice = body.get("tool_choice")
    if (choice.get("type") if isinstance(choice, dict) else choice) not in (None, "auto", "none") and "forced tools" not in limits.takes:
        yield f"a forced tool to a model without: {json.dumps(choice)}"
    size = len(json.dumps(body)) // 4
    if size > limits.window:
        yield f"input over the window: {size} > {limits.window}"


def begins_without_thinking(body: Json) -> bool:
    """Whether results of tools come last, and the first message of the assistant since a person spoke doesn't begin with thinking."""
    kinds = [(message["role"], kinds_of(message)) for message in body.get("messages") or ()]
    spoken = [index for index, (role, found) in enumerate(kinds) if role == "user" and "tool_result" not in found]
    answers = [found for role, found in kinds[spoken[-1] if spoken else 0 :] if role == "assistant"]
    return bool(answers and "tool_result" in kinds[-1][1] and "thinking" not in str(answers[0][:1]))


def kinds_of(message: Json) -> list[Any]:
    content = message.get("content")
    return [block.get("type") for block in content] if isinstance(content, list) else ["text"]


def blocks(value: Any) -> Iterator[Json]:
    """Every object in the conversation that has a type."""
    pending = [value.get("messages"), value.get("input")]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            pending += one
        elif isinstance(one, dict):
            if "type" in one:
                yield one
            pending += [one.get("content")]


def strict(models: Mapping[str, Limits]) -> Callable[[Received], str | None]:
    """What an `Upstream` refuses."""
    return lambda request: next(refusals(request, models), None)

"""The strict provider refuses by its table, one row each, and takes what keeps to it."""

from __future__ import annotations

from typing import Any

import pytest

from .strict import Limits, refusals
from .upstream import Received

FEW = Limits("anthropic", cap=100, window=1_000, efforts=("low", "high"), thinking=("adaptive",), takes=frozenset())
MODELS = {"few": FEW, "other": Limits("openai"), "all": Limits()}


def signed(signature: Any) -> list[dict[str, Any]]:
    return [{"role": "assistant", "content": [{"type": "thinking", "thinking": "…", "signature": signature}]}]


def in_use(*before: dict[str, Any]) -> list[dict[str, Any]]:
    """A tool that was asked for, with its result."""
    asked = {"role": "assistant", "content": [*before, {"type": "tool_use", "id": "t", "name": "a", "input": {}}]}
    return [asked, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "b"}]}]


@pytest.mark.parametrize(
    ("row", "model", "body"),
    [
        ("output cap", "few", {"max_tokens": 101}),
        ("output cap", "few", {"max_completion_tokens": 101}),
        ("output cap", "few", {"max_output_tokens": 101}),
        ("budget", "all", {"max_tokens": 2_000, "thinking": {"type": "enabled", "budget_tokens": 2_000}}),
        ("unknown effort", "few", {"output_config": {"effort": "xhigh"}}),
        ("unknown effort", "few", {"reasoning_effort": "max"}),
        ("unknown effort", "few", {"reasoning": {"effort": "none"}}),
        ("unknown thinking type", "few", {"thinking": {"type": "enabled"}}),
        ("signature of another provider", "all", {"messages": signed("gAAAAABo")}),
        ("signature of another provider", "all", {"messages": signed("")}),
        ("signature of another provider", "other", {"messages": signed("EqQBxx")}),
        ("signature of another provider", "other", {"input": [{"type": "reasoning", "encrypted_content": "EqQBxx"}]}),
        ("open use of tools without thinking", "all", {"thinking": {"type": "enabled"}, "messages": in_use({"type": "text", "text": "a"})}),
        ("images", "few", {"messages": [{"role": "user", "content": [{"type": "image"}]}]}),
        ("images", "few", {"messages": [{"role": "user", "content": [{"type": "tool_result", "content": [{"type": "image"}]}]}]}),
        ("documents", "few", {"messages": [{"role": "user", "content": [{"type": "document"}]}]}),
        ("server tools", "few", {"tools": [{"name": "a"}, {"type": "web_search_20250305"}]}),
        ("a forced tool", "few", {"tools": [{"name": "a"}], "tool_choice": {"type": "tool", "name": "a"}}),
        ("a forced tool", "few", {"tools": [{"name": "a"}], "tool_choice": "required"}),
        ("input over the window", "few", {"messages": [{"role": "user", "content": "a" * 4_000}]}),
        ("unknown model", "nobody", {}),
    ],
)
def test_a_row(row: str, model: str, body: dict[str, Any]) -> None:
    (reason,) = refusals(Received("/v1/messages", {}, {"model": model, **body}), MODELS)
    assert reason.startswith(row)


@pytest.mark.parametrize(
    "body",
    [
        {"max_tokens": 100},
        {"tools": [{"name": "a"}], "tool_choice": {"type": "any"}},
        {"max_tokens": 2_000, "thinking": {"type": "enabled", "budget_tokens": 1_999}},
        {"output_config": {"effort": "xhigh"}, "messages": signed("EqQBxx")},
        {"thinking": {"type": "enabled"}, "messages": in_use({"type": "thinking", "thinking": "…", "signature": "EqQBxx"})},
        {"thinking": {"type": "adaptive"}, "messages": in_use()},
        {"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "document"}]}], "tools": [{"type": "web_search_20250305"}]},
    ],
)
def test_what_keeps_to_the_table_is_taken(body: dict[str, Any]) -> None:
    assert not list(refusals(Received("/v1/messages", {}, {"model": "all", **body}), MODELS))


def test_interleaved_thinking_has_a_budget_of_its_own() -> None:
    headers = {"anthropic-beta": "interleaved-thinking-2025-05-14"}
    body = {"model": "all", "max_tokens": 2_000, "thinking": {"type": "enabled", "budget_tokens": 9_000}}
    assert not list(refusals(Received("/v1/messages", headers, body), MODELS))

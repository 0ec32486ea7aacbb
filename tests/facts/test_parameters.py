"""Facts of the body's own fields, in the shape of each API."""

from fractions import Fraction
from typing import Any

import pytest

from ccproxy.facts import observe

USER = [{"role": "user", "content": "hi"}]

CASES: list[tuple[str, Any, Any]] = [
    ("model", {"model": "claude-opus-5-5"}, "claude-opus-5-5"),
    ("model", {"model": 5}, None),
    ("model", {}, None),
    ("model", ["model"], None),
    ("model", None, None),
    ("stream", {"stream": True}, True),
    ("stream", {"stream": False}, False),
    ("stream", {"stream": 1}, None),
    ("max_tokens", {"max_tokens": 64}, 64),
    ("max_tokens", {"max_completion_tokens": 65}, 65),
    ("max_tokens", {"max_output_tokens": 66}, 66),
    ("max_tokens", {"max_tokens": 64, "max_completion_tokens": 65}, 64),
    ("max_tokens", {"max_tokens": "64", "max_completion_tokens": 65}, 65),
    ("max_tokens", {"max_tokens": True}, None),
    ("max_tokens", {"max_tokens": 64.0}, 64),
    ("max_tokens", {"max_tokens": 0.1}, Fraction(1, 10)),
    ("max_tokens", {"max_tokens": 1e400}, None),
    ("max_tokens", {"max_tokens": float("nan"), "max_output_tokens": 7}, 7),
    ("max_tokens", {"max_tokens": 10**400}, 10**400),
    ("thinking", {"thinking": {"type": "adaptive"}}, True),
    ("thinking", {"thinking": {"type": "enabled", "budget_tokens": 31999}}, True),
    ("thinking", {"thinking": {"type": "disabled"}}, False),
    ("thinking", {"thinking": {}}, False),
    ("thinking", {"thinking": {"type": "disabled"}, "reasoning_effort": "high"}, False),
    ("thinking", {"thinking": True, "reasoning_effort": "high"}, True),
    ("thinking", {"reasoning_effort": "none"}, False),
    ("thinking", {"reasoning": {"effort": "low"}}, True),
    ("thinking", {"reasoning": {"summary": "auto"}}, None),
    ("thinking", {}, None),
    ("thinking.type", {"thinking": {"type": "disabled"}}, "disabled"),
    ("thinking.budget", {"thinking": {"budget_tokens": 31999}}, 31999),
    ("thinking.budget", {"thinking": 31999}, None),
    ("effort", {"output_config": {"effort": "high"}}, "high"),
    ("effort", {"reasoning_effort": "low"}, "low"),
    ("effort", {"reasoning": {"effort": "medium"}}, "medium"),
    ("effort", {"output_config": {"effort": 3}, "reasoning_effort": "low"}, "low"),
    ("effort", {"output_config": {"effort": "low"}, "messages": [{"role": "system", "output_config": {"effort": "max"}}, *USER]}, "max"),
    (
        "effort",
        {"messages": [{"output_config": {"effort": "max"}}, {"output_config": {"effort": "low"}}, {"output_config": {}}, "x", *USER]},
        "low",
    ),
    ("tools", {"tools": [{"name": "Bash"}, {"name": "Read", "defer_loading": True}]}, ("Bash", "Read")),
    ("tools", {"tools": [{"type": "function", "function": {"name": "f"}}, {"type": "custom", "custom": {"name": "c"}}]}, ("f", "c")),
    ("tools", {"tools": [{"type": "function", "name": "f"}, {"type": "web_search"}]}, ("f",)),
    ("tools", {"tools": [{"name": 1}, "Bash", None, {"name": "Read"}]}, ("Read",)),
    ("tools", {"tools": []}, ()),
    ("tools", {"tools": {}}, None),
    ("tools", {}, None),
    ("tools.types", {"tools": [{"name": "web_search", "type": "web_search_20250305"}, {"name": "Bash"}]}, ("web_search_20250305",)),
    ("tools.types", {"tools": [{"type": "function"}, {"type": "custom"}, {"type": 1}, 5, "type", {"type": "mcp"}]}, ("mcp",)),
    ("tools.types", {"tools": [{"name": "Bash"}]}, ()),
    ("tools.types", {}, None),
    ("tool_choice", {"tool_choice": {"type": "auto"}}, "auto"),
    ("tool_choice", {"tool_choice": {"type": "any"}}, "any"),
    ("tool_choice", {"tool_choice": {"type": "tool", "name": "Bash"}}, "Bash"),
    ("tool_choice", {"tool_choice": "required"}, "any"),
    ("tool_choice", {"tool_choice": "none"}, "none"),
    ("tool_choice", {"tool_choice": {"type": "function", "function": {"name": "f"}}}, "f"),
    ("tool_choice", {"tool_choice": {"type": "function", "name": "f"}}, "f"),
    ("tool_choice", {"tool_choice": {"type": "web_search_preview"}}, "web_search_preview"),
    ("tool_choice", {"tool_choice": {"type": "allowed_tools", "mode": "required", "tools": []}}, "any"),
    ("tool_choice", {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}}, "auto"),
    ("tool_choice", {"tool_choice": {"type": "tool"}}, None),
    ("tool_choice", {"tool_choice": {"type": "tool", "name": ""}}, None),
    ("tool_choice", {"tool_choice": {"type": "custom"}}, None),
    ("tool_choice", {"tool_choice": {"type": ["tool"]}}, None),
    ("tool_choice", {"tool_choice": {"type": "allowed_tools", "mode": ""}}, None),
    ("tool_choice", {"tool_choice": ""}, None),
    ("tool_choice", {"tool_choice": 1}, None),
    ("tool_choice", {"toolConfig": {"functionCallingConfig": {"mode": "VALIDATED"}}}, "validated"),
    ("tool_choice", {"toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}}}, "f"),
    ("tool_choice", {"toolConfig": {"functionCallingConfig": {"mode": 1}}}, None),
    ("output.format", {"output_config": {"format": {"type": "json_schema"}}}, "json_schema"),
    ("output.format", {"output_format": {"type": "json_schema"}}, "json_schema"),
    ("output.format", {"response_format": {"type": "json_object"}}, "json_object"),
    ("output.format", {"text": {"format": {"type": "text"}}}, "text"),
    ("output.format", {"output_config": {"format": "x"}, "response_format": {"type": "json_object"}}, "json_object"),
    ("mode", {"safeguards": [{"classifier_context": {"permission_mode": "plan"}}]}, "plan"),
    ("mode", {"safeguards": []}, None),
    ("mode", {"safeguards": [None, {"classifier_context": {"permission_mode": "plan"}}]}, "plan"),
    ("speed", {"speed": "fast"}, "fast"),
    ("endpoint", {"messages": USER}, "messages"),
    ("endpoint", {"input": "hi"}, "responses"),
    ("endpoint", {"prompt": "hi"}, "completions"),
    ("endpoint", {"messages": USER, "input": "hi", "prompt": "hi"}, "messages"),
    ("endpoint", {"messages": USER, "max_completion_tokens": 5}, "chat"),
    ("endpoint", {"messages": USER, "response_format": {}}, "chat"),
    ("endpoint", {"messages": USER, "reasoning_effort": "low"}, "chat"),
    ("endpoint", {"messages": USER, "n": 1}, "chat"),
    ("endpoint", {"messages": USER, "n": None}, "messages"),
    ("endpoint", {"messages": USER, "logprobs": False}, "chat"),
    ("endpoint", {"messages": [*USER, {"role": "developer"}]}, "chat"),
    ("endpoint", {"messages": [*USER, {"role": "tool"}]}, "chat"),
    ("endpoint", {"messages": [{"role": "system"}, *USER]}, "chat"),
    ("endpoint", {"messages": [*USER, {"role": "system"}]}, "messages"),
    ("endpoint", {"messages": USER, "tools": [{"type": "function", "function": {}}]}, "chat"),
    ("endpoint", {}, "messages"),
    ("endpoint", [], None),
]


@pytest.mark.parametrize(("fact", "body", "value"), CASES)
def test_value(fact: str, body: Any, value: Any) -> None:
    path = None if fact == "endpoint" else "/other"  # of no API: read by key
    got = observe(body, path=path).read(fact)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/v1/messages", "messages"),
        ("/v1/messages?beta=true", "messages"),
        ("/anthropic/v1/messages/", "messages"),
        ("/v1/messages/count_tokens?beta=true", "count_tokens"),
        ("/v1/chat/completions", "chat"),
        ("/chat/completions", "chat"),
        ("/openai/deployments/gpt/chat/completions?api-version=1", "chat"),
        ("/v1/completions", "completions"),
        ("completions", "completions"),
        ("/v1/responses", "responses"),
        ("/v1/embeddings", "embeddings"),
        ("http://localhost:4000/v1/messages?x=/chat/completions", "messages"),
        ("/v1/models?limit=1000", None),
        ("/v1/messages/batches", None),
        ("/", None),
    ],
)
def test_endpoint_of_a_path(path: str, endpoint: str | None) -> None:
    assert observe({"input": "hi"}, path=path).endpoint == endpoint


def test_readers() -> None:
    facts = observe(
        {"metadata": {"team": "red", "n": 1}, "a": [{"0": "zero", "b": None}, [1.5, True, ["x", 2]]], "1": {"2": "digits name a key"}}
    )
    assert (facts.metadata("team"), facts.metadata("n"), facts.metadata("none")) == ("red", None, None)
    assert facts.at_path(("a", "0")) == {"0": "zero", "b": None}
    assert facts.body_text(("a", "0", "0")) == "zero"
    assert facts.body_text(("1", "2")) == "digits name a key"
    assert facts.at_path(("a", "0", "b")) is None
    assert facts.body_number(("a", "1", "0")) == Fraction(3, 2)
    assert facts.body_number(("a", "1", "1")) is None
    assert facts.body_bool(("a", "1", "1")) is True
    assert facts.body_list(("a", "1", "2")) == ("x",)
    assert facts.body_text(("a", "2")) is facts.body_text(("a", "-1")) is facts.body_text(("a", "9" * 5000)) is None
    assert observe("text").at_path(("0",)) is None
    assert facts.request["metadata"] == {"team": "red", "n": 1}
    assert dict(observe([1]).request) == {}
    with pytest.raises(TypeError):
        facts.request["a"] = 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/engines/M/chat/completions", "M"),
        ("/engines/org/M/completions", "org/M"),
        ("http://h:4000/prefix/openai/deployments/gpt%204/embeddings/?api-version=1", "gpt 4"),
        ("/v1beta/models/gemini-2.5-pro:generateContent", "gemini-2.5-pro"),
        ("/models/a/b:streamGenerateContent?alt=sse", "a/b"),
        ("/v1/chat/completions?model=Q", "Q"),
        ("/v1/chat/completions?model=A&model=Q", "Q"),
        ("/v1/chat/completions?model=", "body"),
        ("/v1/messages?model=Q", "body"),
        ("/engines/M/images", "body"),
        ("/v1/models/M", "body"),
        ("", "body"),
    ],
)
def test_the_model_of_the_path_goes_before_the_body_s(path: str, expected: str) -> None:
    assert observe({"model": "body"}, path=path).model == expected


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/v1/responses/compact", "compact"),
        ("/compact", None),
        ("/v1beta/models/m:generateContent", "generate_content"),
        ("/v1beta/models/m:streamGenerateContent?alt=sse", "generate_content"),
        ("/v1beta/models/m:countTokens", None),
    ],
)
def test_the_endpoints_of_other_apis(path: str, endpoint: str | None) -> None:
    assert observe({"model": "body"}, path=path).endpoint == endpoint

"""What a real proxy sends to a model that can't take the request as it stands, and what it tells of that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from .policies import ROUTES
from .proxy import Proxy, proxy_config, running_proxy, wait_for
from .strict import Limits, strict
from .upstream import Json, Received, Upstream

SMALL = {
    "max_output_tokens": 1_000,
    "supports_reasoning": True,
    "supports_xhigh_reasoning_effort": False,
    "supports_max_reasoning_effort": False,
}
MIDDLE = {"max_output_tokens": 8_000, "supports_max_reasoning_effort": False}
POLICY = (
    'when header("x-route") == "small" -> small\n'
    'when header("x-route") == "o-small" -> o-small\n'
    'when header("x-route") == "falls" -> middle fallback small\n'
    'when header("x-route") == "g-small" -> g-small\n'
    'when header("x-route") == "deep" -> deep\n'
    'when header("x-route") == "opus" -> opus\n'
    'when header("x-route") == "stay" -> stay\n'
) + ROUTES
MESSAGES: Mapping[str, Any] = {"model": "default", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proxy")


def model_list(provider: Upstream) -> list[dict[str, Any]]:
    claude = {"api_base": provider.url, "api_key": "k"}
    gpt = {"api_base": provider.url + "/v1", "api_key": "k"}
    return [
        *proxy_config(provider, "")["model_list"],
        {"model_name": "small", "litellm_params": {"model": "anthropic/up-small", **claude}, "model_info": SMALL},
        {"model_name": "middle", "litellm_params": {"model": "anthropic/up-middle", **claude}, "model_info": MIDDLE},
        {"model_name": "o-small", "litellm_params": {"model": "openai/up-small", **gpt}, "model_info": SMALL},
        {"model_name": "g-small", "litellm_params": {"model": "gemini/up-small", **claude}, "model_info": SMALL},
        {"model_name": "deep", "litellm_params": {"model": "deepseek/up-deep", **claude}, "model_info": SMALL},
        {"model_name": "opus", "litellm_params": {"model": "anthropic/claude-opus-5-5", **claude}},
        {"model_name": "claude-*", "litellm_params": {"model": "anthropic/claude-*", **claude}},
        {"model_name": "gpt-*", "litellm_params": {"model": "openai/gpt-*", **gpt}},
    ]


@pytest.fixture(scope="module")
def running(provider: Upstream, folder: Path) -> Iterator[Proxy]:
    with running_proxy(folder, provider, POLICY, model_list=model_list(provider)) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


def records(folder: Path) -> list[dict[str, Any]]:
    path = folder / "decisions.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def answers(folder: Path) -> list[dict[str, Any]]:
    return [line for line in records(folder) if "answer" in line]


@pytest.mark.parametrize("stream", [False, True])
def test_messages(proxy: Proxy, folder: Path, stream: bool) -> None:
    before = len(answers(folder))
    body = {**MESSAGES, "max_tokens": 64_000, "thinking": {"type": "enabled", "budget_tokens": 10_000}, "stream": stream}
    response = proxy.post("/v1/messages", body, {"x-route": "small"})
    assert response.status_code == 200
    (received,) = proxy.upstream.received
    assert received.body["max_tokens"] == 1_000
    assert "thinking" not in received.body
    changes = ["max_tokens: 64000 -> 1000", "thinking: left out, a budget of 10000 has no room"]
    assert response.headers["x-ccproxy-fitted"] == "; ".join(changes)
    wait_for(lambda: len(answers(folder)) > before)
    assert answers(folder)[-1]["fitted"] == changes


def test_nothing_to_fit_is_nothing_told(proxy: Proxy, folder: Path) -> None:
    before = len(answers(folder))
    response = proxy.post("/v1/messages", {**MESSAGES, "max_tokens": 500}, {"x-route": "small"})
    assert "x-ccproxy-fitted" not in response.headers
    wait_for(lambda: len(answers(folder)) > before)
    assert "fitted" not in answers(folder)[-1]


def test_no_capture_is_changed_that_needs_no_change(proxy: Proxy, provider: Upstream, tmp_path: Path) -> None:
    """What clients send to models of today: the same bytes arrive as where nothing is fitted."""
    untouched = 0
    with running_proxy(tmp_path, provider, POLICY, model_list=model_list(provider), files={"ccproxy.yaml": "fit: false\n"}) as unfitted:
        for name, path, body in captures():
            provider.clear()
            response, other = (one.post(path, body, {"x-route": "keep"}) for one in (proxy, unfitted))
            assert (response.status_code, other.status_code) == (200, 200), name
            fitted, sent = (received.data for received in provider.received)
            assert (fitted == sent) is ("x-ccproxy-fitted" not in response.headers), name
            untouched += fitted == sent
    assert untouched >= 50


def captures() -> Iterator[tuple[str, str, Any]]:
    """Name, path and body of what was recorded of clients, of the models that there are."""
    for folder in ("captures", "client_captures"):
        for file in sorted((Path(__file__).parents[1] / folder).glob("*.json")):
            capture = json.loads(file.read_text("utf-8"))
            path, _, query = capture["path"].partition("?")
            model = str((capture["body"] or {}).get("model"))
            if path in ("/v1/messages", "/v1/chat/completions", "/v1/responses") and model.startswith(("claude-", "gpt-")):
                yield file.name, f"{path}?{query}" if query else path, capture["body"]


def test_a_fallback_is_fitted_anew(proxy: Proxy) -> None:
    proxy.upstream.failures["up-middle"] = 500
    response = proxy.post("/v1/messages", {**MESSAGES, "max_tokens": 4_000}, {"x-route": "falls"})
    assert response.headers["x-ccproxy-served"] == "small"
    assert [request.body["max_tokens"] for request in proxy.upstream.received] == [4_000, 1_000]
    assert response.headers["x-ccproxy-fitted"] == "max_tokens: 4000 -> 1000"


def test_what_a_fallback_does_not_need_is_as_sent(proxy: Proxy) -> None:
    """The first of two gets less than was asked for; the second what was asked for."""
    proxy.upstream.failures["up-small"] = 500
    body = {**MESSAGES, "max_tokens": 5_000, "fallbacks": ["middle"]}
    response = proxy.post("/v1/messages", {**body, "model": "small"}, {"x-route": "keep"})
    sent = [(request.model, request.body["max_tokens"]) for request in proxy.upstream.received]
    assert sent == [("up-small", 1_000), ("up-middle", 5_000)]
    assert "x-ccproxy-fitted" not in response.headers


@pytest.mark.parametrize("cap", ["max_tokens", "max_completion_tokens"])
def test_chat(proxy: Proxy, cap: str) -> None:
    response = proxy.post("/v1/chat/completions", {**MESSAGES, cap: 2_000, "reasoning_effort": "xhigh"}, {"x-route": "o-small"})
    assert response.status_code == 200, response.text
    (received,) = proxy.upstream.received
    assert received.body.get("max_tokens", received.body.get("max_completion_tokens")) == 1_000
    assert response.headers["x-ccproxy-fitted"].startswith(f"{cap}: 2000 -> 1000")


def test_responses(proxy: Proxy) -> None:
    body = {"model": "default", "input": "hi", "max_output_tokens": 2_000, "reasoning": {"effort": "max", "summary": "auto"}}
    response = proxy.post("/v1/responses", body, {"x-route": "o-small"})
    assert response.status_code == 200, response.text
    (received,) = proxy.upstream.received
    assert received.body["max_output_tokens"] == 1_000
    assert received.body["reasoning"] == {"effort": "high", "summary": "auto"}
    assert response.headers["x-ccproxy-fitted"] == "max_output_tokens: 2000 -> 1000; reasoning.effort: max -> high"


def test_gemini(proxy: Proxy) -> None:
    body = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "generationConfig": {"maxOutputTokens": 3_000}}
    response = proxy.post("/v1beta/models/default:generateContent", body, {"x-route": "g-small"})
    (received,) = proxy.upstream.received
    assert received.body["generationConfig"]["maxOutputTokens"] == 1_000, received.body
    assert response.headers["x-ccproxy-fitted"] == "generationConfig.maxOutputTokens: 3000 -> 1000"


def test_a_forced_tool(proxy: Proxy) -> None:
    """LiteLLM's map says that Opus 5.5 takes none, and LiteLLM answers a chat with 400; Messages it hands on, for Anthropic to refuse."""
    own, openai = {"name": "a", "input_schema": {"type": "object"}}, {"type": "function", "function": {"name": "a"}}
    told = "tool_choice: a tool is not forced, but left to the model"
    for path, tool, choice in (
        ("/v1/messages", own, {"type": "tool", "name": "a"}),
        ("/v1/chat/completions", openai, "required"),
        ("/v1/chat/completions", openai, openai),
    ):
        body = {**MESSAGES, "max_tokens": 9, "tools": [tool], "tool_choice": choice}
        response = proxy.post(path, body, {"x-route": "opus"})
        assert (response.status_code, response.headers["x-ccproxy-fitted"]) == (200, told), response.text
        assert proxy.upstream.received.pop().body.get("tool_choice") in (None, {"type": "auto"})
    kept = proxy.post("/v1/chat/completions", {**body, "model": "claude-opus-5-5"}, {"x-route": "keep"})
    assert kept.status_code == 400
    assert not proxy.upstream.received


def test_the_suffix_of_a_kept_model(proxy: Proxy) -> None:
    headers = {"x-route": "keep", "anthropic-beta": "context-1m-2025-08-07"}
    response = proxy.post("/v1/messages", {**MESSAGES, "model": "claude-sonnet-5[1m]", "max_tokens": 5}, headers)
    assert response.status_code == 200, response.text
    (received,) = proxy.upstream.received
    assert received.model == "claude-sonnet-5"
    assert "context-1m-2025-08-07" in received.headers["anthropic-beta"]
    assert response.headers["x-ccproxy-fitted"] == "model: [1m] taken off"


def test_another_provider_s_thinking(proxy: Proxy) -> None:
    thoughts = [{"type": "thinking", "thinking": "SECRET", "signature": "gAAAAABfake"}, {"type": "text", "text": "well"}]
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": thoughts}, {"role": "user", "content": "b"}]
    response = proxy.post("/v1/messages", {**MESSAGES, "max_tokens": 5, "messages": messages}, {"x-route": "small"})
    (received,) = proxy.upstream.received
    assert received.body["messages"][1]["content"] == thoughts[1:]
    assert response.headers["x-ccproxy-fitted"] == "messages: 1 block of another provider's thinking left out"


def decisions(folder: Path) -> list[dict[str, Any]]:
    return [line for line in records(folder) if "id" in line]


def is_answered(folder: Path, number: int) -> bool:
    """Whether the proxy knows what became of a request, as it may only after the client."""
    ids = [line["id"] for line in decisions(folder)[number:]]
    return bool(ids) and ids[0] in [line["answer"] for line in answers(folder)]


TURNS = 7
STRICT = strict({"up-small": Limits(cap=1_000)})


def thinks(request: Received) -> list[Json]:
    """A signed thought and the use of a tool; DeepSeek's signatures look like nothing in particular."""
    signature = {"up-small": "EqQBxyz", "up-deep": "f0e1d2"}[request.model]
    thought = {"type": "thinking", "thinking": "Hm.", "signature": signature}
    return [thought, {"type": "tool_use", "id": f"toolu_{len(request.body['messages'])}", "name": "Read", "input": {}}]


def moved_at_every_turn(proxy: Proxy, folder: Path, session: Mapping[str, str], *, stream: bool = False) -> list[int]:
    """The statuses of a conversation that goes to and fro between two vendors, up to one that fails."""
    proxy.upstream.says = thinks
    proxy.upstream.refuses = lambda request: STRICT(request) if request.model == "up-small" else None
    messages: list[Json] = [{"role": "user", "content": "Read it."}]
    statuses: list[int] = []
    while len(statuses) < TURNS and statuses[-1:] != [400]:
        body = {**MESSAGES, "max_tokens": 500, "messages": messages, "tools": [{"name": "Read", "input_schema": {"type": "object"}}]}
        before = len(decisions(folder))
        response = proxy.post("/v1/messages", {**body, "stream": stream}, {"x-route": ("small", "deep")[len(statuses) % 2], **session})
        wait_for(lambda before=before: is_answered(folder, before))  # type: ignore[misc]
        if decisions(folder)[-1].get("memory") == "unavailable":
            continue  # on a busy machine: it is as if nothing were known, and nothing of the answer is
        statuses.append(response.status_code)
        content = thinks(proxy.upstream.received[-1])
        result = {"type": "tool_result", "tool_use_id": content[1]["id"], "content": "words"}
        messages += [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
    return statuses


@pytest.mark.parametrize("stream", [False, True])
def test_a_conversation_moved_at_every_turn_is_told_apart_by_memory(proxy: Proxy, folder: Path, stream: bool) -> None:
    assert moved_at_every_turn(proxy, folder, {"x-claude-code-session-id": f"to-and-fro-{stream}"}, stream=stream) == [200] * TURNS
    last = proxy.upstream.received[-1]
    assert last.model == "up-small"
    kept = [block["signature"] for message in last.body["messages"] for block in message["content"] if "signature" in block]
    assert kept == ["EqQBxyz"] * (TURNS // 2)


def test_without_a_conversation_only_the_shape_tells(proxy: Proxy, folder: Path) -> None:
    assert moved_at_every_turn(proxy, folder, {}) == [200, 200, 400]

"""Calls that are no messages, chat, responses, completions or embeddings: routed, counted, or refused in the shape of their API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import websockets

from .policies import ROUTES
from .proxy import Proxy, running_proxy
from .test_access import AUTHENTICATION
from .upstream import Upstream

CHAT: list[Any] = [{"role": "user", "content": "hi"}]
POLICY = 'when endpoint == "generate_content" and model == "web_search" -> background\n' + ROUTES
KEYS = {"sk-small": {"key_alias": "small", "models": ["default", "o-default"]}, "sk-any": {"key_alias": "any"}}
COUNTS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/messages/count_tokens", {"messages": CHAT}),
    ("/v1/responses/input_tokens", {"input": "hi"}),
    ("/v1beta/models/{model}:countTokens", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
]


@pytest.fixture(scope="module")
def running(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    files = {"authentication.py": AUTHENTICATION.replace("{keys}", repr(KEYS)).replace("{master}", "unused")}
    settings = {
        "general_settings": {"custom_auth": "authentication.authenticate", "custom_auth_run_common_checks": True},
        "litellm_settings": {"enable_post_custom_auth_checks": True},
    }
    environment = {"ANTHROPIC_API_BASE": provider.url, "ANTHROPIC_API_KEY": "k", "VLLM_API_BASE": provider.url, "GEMINI_API_KEY": "k"}
    folder = tmp_path_factory.mktemp("proxy")
    with running_proxy(folder, provider, POLICY, files=files, settings=settings, environment=environment) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


def ask(proxy: Proxy, path: str, body: dict[str, Any], route: str = "", model: str = "default", key: str = "sk-any") -> Any:
    return proxy.post(path.format(model=model), {"model": model, **body}, {"x-route": route}, key)


# ── Counting ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("path", "body"), COUNTS)
def test_tokens_are_counted_for_the_label(proxy: Proxy, path: str, body: dict[str, Any]) -> None:
    answer = ask(proxy, path, body, "think")
    assert answer.status_code == 200, answer.text
    assert proxy.upstream.models() == ["up-think"]
    assert answer.headers["x-ccproxy-label"] == "think"
    assert answer.headers["x-ccproxy-rule"] == "policy.ccp:3"


@pytest.mark.parametrize(("path", "body"), COUNTS)
def test_tokens_are_counted_for_the_model_that_is_kept(proxy: Proxy, path: str, body: dict[str, Any]) -> None:
    assert ask(proxy, path, body, "keep", model="background").status_code == 200
    assert proxy.upstream.models() == ["up-background"]


@pytest.mark.parametrize(("path", "body"), COUNTS)
def test_a_rejected_request_is_not_counted(proxy: Proxy, path: str, body: dict[str, Any]) -> None:
    answer = ask(proxy, path, body, "reject")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "not in this house"
    assert answer.headers["x-ccproxy-rule"]
    assert "x-ccproxy-label" not in answer.headers
    assert proxy.upstream.models() == []


@pytest.mark.parametrize(("path", "body"), COUNTS)
def test_a_limited_key_counts_for_its_own_models(proxy: Proxy, path: str, body: dict[str, Any]) -> None:
    assert ask(proxy, path, body, key="sk-small").status_code == 200
    assert ask(proxy, path, body, "think", key="sk-small").status_code == 403
    assert ask(proxy, path, body, "keep", model="think", key="sk-small").status_code == 403
    assert proxy.upstream.models() == ["up-default"]


def test_an_error_of_count_tokens_has_the_shape_of_messages(proxy: Proxy) -> None:
    body = ask(proxy, "/v1/messages/count_tokens", {"messages": CHAT}, "think", key="sk-small").json()
    assert body["type"] == "error"
    assert body["error"]["type"] == "permission_error"
    assert '"small" may not use "think", where policy.ccp:3' in body["error"]["message"]


@pytest.mark.parametrize("content", [b"", b"{", b"model=default", b"[" * 100_000])
def test_a_body_that_is_no_object_is_not_counted(proxy: Proxy, content: bytes) -> None:
    assert proxy.post("/v1/messages/count_tokens", content, key="sk-any").status_code == 400
    assert proxy.upstream.received == []


def test_counting_wants_a_key(proxy: Proxy) -> None:
    assert proxy.post("/v1/messages/count_tokens", {"model": "default", "messages": CHAT}, key="sk-nobody").status_code == 401


# ── Routed ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_compact_is_routed(proxy: Proxy) -> None:
    ask(proxy, "/v1/responses/compact", {"input": "hi"}, "o-think", "o-default")
    assert proxy.upstream.models() == ["up-think"]
    assert ask(proxy, "/v1/responses/compact", {"input": "hi"}, "reject", "o-default").status_code == 400
    assert proxy.upstream.models() == ["up-think"]


@pytest.mark.parametrize("call", ["generateContent", "streamGenerateContent"])
def test_generate_content_is_routed(proxy: Proxy, call: str) -> None:
    path, body = f"/v1beta/models/{{model}}:{call}", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    assert ask(proxy, path, body, "think").status_code == 200
    assert ask(proxy, path, body, model="web_search").status_code == 200
    assert proxy.upstream.models() == ["up-think", "up-background"]
    assert ask(proxy, path, body, "reject").status_code == 400
    assert ask(proxy, path, {**body, "model": "default"}, "keep", "think", "sk-small").status_code == 403
    assert proxy.upstream.models() == ["up-think", "up-background"]


def test_cursor_s_responses_are_read_as_responses(proxy: Proxy) -> None:
    answer = ask(proxy, "/cursor/chat/completions", {"input": "hi"}, "think")
    assert answer.status_code == 200
    assert proxy.upstream.models() == ["up-think"]


# ── Refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/anthropic/v1/messages", "pass_through"),
        ("/vllm/v1/chat/completions", "pass_through"),
        ("/gemini/v1beta/models/g:generateContent", "pass_through"),
        ("/v1/batches", "batches"),
        ("/v1beta/interactions", "interactions"),
        ("/rag/query", "rag"),
        ("/v1/threads/t/runs", "other"),
        ("/realtime/client_secrets", "realtime"),
    ],
)
def test_what_goes_round_the_policy_is_refused(proxy: Proxy, path: str, kind: str) -> None:
    body = {
        "messages": CHAT,
        "input": "hi",
        "priority": 1,
        "input_file_id": "f",
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
    }
    answer = ask(proxy, path, body)
    assert answer.status_code == 403, answer.text
    assert f'"other_calls: {{{kind}: pass}}"' in answer.json()["error"]["message"]
    assert proxy.upstream.received == []


def test_a_refusal_has_the_shape_of_its_api(proxy: Proxy) -> None:
    assert ask(proxy, "/anthropic/v1/messages", {}).json()["type"] == "error"
    assert ask(proxy, "/gemini/v1beta/models/g:generateContent", {}).json()["error"]["status"] == "PERMISSION_DENIED"
    assert ask(proxy, "/openai/v1/chat/completions", {}).json()["error"]["code"] == "403"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_pass_through_is_refused_whatever_the_method(proxy: Proxy, method: str) -> None:
    headers = {"authorization": "Bearer sk-any"}
    assert proxy.client.request(method, f"{proxy.url}/vllm/v1/chat/completions", headers=headers, json={}).status_code == 403
    assert proxy.upstream.received == []


def test_responses_over_a_websocket_are_refused(proxy: Proxy) -> None:
    async def talk() -> Any:
        url = proxy.url.replace("http", "ws") + "/v1/responses"
        async with websockets.connect(url, additional_headers={"authorization": "Bearer sk-any"}, proxy=None) as socket:
            await socket.send(json.dumps({"type": "response.create", "model": "default", "input": "hi"}))
            return json.loads(await socket.recv())

    assert "other_calls: {websocket: pass}" in json.dumps(asyncio.run(talk()))
    assert proxy.upstream.received == []

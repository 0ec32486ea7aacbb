"""Every route of the installed LiteLLM, asked under a policy that rejects: nothing reaches a provider but what is listed here.

A new LiteLLM with a new way to a provider fails here: it belongs into `ccproxy.facts.calls`, or into the list.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from .proxy import Proxy, running_proxy
from .upstream import Received, Upstream, fake_upstream

NOT_ROUTED = re.compile(
    # other modalities
    r"(/v1)?/(moderations|rerank|ocr|audio/speech|audio/transcriptions)|/v2/rerank"
    r"|(/v1|/openai/deployments/\{model:path\})?/images/(generations|edits)"
    r"|(/v1)?/videos(/.*)?"
    # what is stored at a provider, and searched there
    r"|(/v1)?/vector_stores(/.*)?|(/v1)?/(assistants|threads|containers|skills|files|fine_tuning/jobs)(/(?!.*runs).*)?|/v1/evals(/[^/]*)?(/cancel)?"
    r"|/v1/evals/\{eval_id\}/runs(/.*)?|/\{provider\}/v1/files(/.*)?"
    r"|(/\{provider\})?(/v1)?/batches/.*|((/openai)?/v1)?/responses/\{response_id\}(/.*)?|(/v1beta)?/(interactions|agents)/.*|/v1beta/agents"
)
"""Templates of routes that may reach a provider: none of them takes a request to a chat model."""

NOT_ASKED = {
    ("GET", "/health"),  # it asks every deployment something of its own
    *{
        ("GET", f"{start}/videos/{end}")
        for start in ("", "/v1")
        for end in ("{video_id}", "{video_id}/content", "characters/{character_id}")
    },
}
"""Routes that are passed as well: of the latter only a tunnel to OpenAI would be seen, which no other route may open."""

LISTS = re.compile(
    r"GET (/v1|/v1beta)?/(models|files|vector_stores|skills|evals|agents)|POST /v1/(skills|vector_stores)"
    r"|CONNECT (docs\.litellm\.ai|raw\.githubusercontent\.com|api\.github\.com):443"
)
"""What reaches a provider, or a page of LiteLLM's, without anything of the request that it came by."""

CHANGES = re.compile(
    r"/(cache|reload|schedule|config|config_overrides|key|session|fallback|router|coordination_redis|update|add|delete|model/(new|update|delete))"
    r"(/.*)?|/health/drain|/debug/memory/gc/configure|/v1/mcp/.*|/register"
)
"""Templates of routes that change the proxy itself."""

POLICY = """
when key.alias == "walker" -> think
default                    -> reject "nobody passes"
"""
AUTHENTICATION = """
from litellm.proxy._types import LitellmUserRoles, UserAPIKeyAuth


async def authenticate(request, api_key):
    if api_key == "sk-walker":
        return UserAPIKeyAuth(api_key=api_key, key_alias="walker", models=["default", "o-default"])
    return UserAPIKeyAuth(api_key=api_key, user_role=LitellmUserRoles.PROXY_ADMIN)
"""
ROUTES = """
import json
from pathlib import Path

from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy.proxy_server import app


class Nothing(CustomLogger):
    pass


def walk(routes, prefix=""):
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from walk(included.routes, prefix + route.include_context.prefix)
        elif hasattr(route, "methods") and route.methods is not None:
            yield from ([method, prefix + route.path] for method in sorted(route.methods))
        elif type(route).__name__ == "Mount":
            yield ["GET", prefix + route.path]
            yield from walk(getattr(route.app, "routes", None) or (), prefix + route.path)
        else:
            yield ["WEBSOCKET", prefix + route.path]


handler = Nothing()
Path(__file__).with_name("routes.json").write_text(json.dumps(list(walk(app.routes))))
"""
PROVIDERS = (
    "OPENAI ANTHROPIC GEMINI COHERE MISTRAL OPENROUTER AZURE AZURE_AI VLLM HOSTED_VLLM NVIDIA_NIM CURSOR TYPESAFE TINYFISH MILVUS FAL_AI"
)


@dataclass(frozen=True)
class Ask:
    """A request to one route; `mark` stands wherever a text may."""

    method: str
    template: str
    path: str
    model: str
    mark: str

    def body(self) -> dict[str, Any]:
        text = {"role": "user", "content": self.mark}
        return {
            "model": self.model,
            "max_tokens": 5,
            "messages": [text],
            "input": self.mark,
            "contents": [{"role": "user", "parts": [{"text": self.mark}]}],
            "query": self.mark,
            "documents": [self.mark],
            "input_file_id": self.mark,
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "jsonrpc": "2.0",
            "id": 1,
            "method": "message/send",
            "params": {"message": {"role": "user", "messageId": "1", "parts": [{"kind": "text", "text": self.mark}]}},
            "assistant_id": self.mark,
            "priority": 1,
            "retrieval_config": {"vector_store_id": self.mark, "custom_llm_provider": "openai"},
            "state": self.mark,
            "questions": [self.mark],
        }


@contextmanager
def walked_proxy(folder: Path, upstream: Upstream) -> Iterator[Proxy]:
    """A proxy with every route from its start, whose every way out leads to the fake provider."""
    out = {"HTTPS_PROXY": upstream.url, "HTTP_PROXY": upstream.url, "NO_PROXY": "127.0.0.1", "DISABLE_AIOHTTP_TRANSPORT": "True"}
    keys = {f"{name}_API_KEY": "k" for name in PROVIDERS.split()} | {f"{name}_API_BASE": upstream.url for name in PROVIDERS.split()}
    aws = {"AWS_REGION_NAME": "us-east-1", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "k"}
    with running_proxy(
        folder,
        upstream,
        POLICY,
        callbacks=("ccproxy.gateway.hook.handler", "routes.handler"),
        files={"routes.py": ROUTES, "authentication.py": AUTHENTICATION},
        settings={
            "general_settings": {"custom_auth": "authentication.authenticate", "custom_auth_run_common_checks": True},
            "litellm_settings": {"enable_post_custom_auth_checks": True, "request_timeout": 5},
        },
        environment=out | keys | aws | {"OPENAI_BASE_URL": upstream.url, "LITELLM_DISABLE_LAZY_ROUTES": "True"},
    ) as proxy:
        yield proxy


def asks(folder: Path, changing: bool) -> list[Ask]:
    """A request to each route, for each kind of deployment where it makes a difference."""
    found: list[Ask] = []
    routes = json.loads((folder / "routes.json").read_text())
    assert len(routes) >= 600
    for method, template in routes:
        if bool(CHANGES.fullmatch(template)) is not changing or (method, template) in NOT_ASKED:
            continue
        # a model is named by the path or the body
        for model in ("default", "o-default") if "{" in template or method in ("POST", "PUT", "WEBSOCKET") else ("default",):
            for endpoint in ("v1/chat/completions", f"openai/deployments/{model}/chat/completions") if "{endpoint" in template else ("",):
                mark = f"mark-{len(found)}-kram"
                path = template.replace("{endpoint:path}", endpoint).replace("{provider}", "openai")
                path = re.sub(r"\{model[^}]*\}", model, path)
                found.append(Ask(method, template, re.sub(r"\{[^}]*\}", mark, path), model, mark))
    return found


def walk(proxy: Proxy, requests: list[Ask], key: str) -> dict[str, set[str]]:
    """Asks all; what reached the provider and isn't listed: the route, and the paths that were asked there."""
    proxy.upstream.clear()
    with httpx.Client(trust_env=False, timeout=4, base_url=proxy.url) as client, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda ask: _ask(client, proxy.url, ask, key), requests))
    by_mark: defaultdict[str, set[str]] = defaultdict(set)
    for received in proxy.upstream.received:
        for mark in re.findall(r"mark-\d+-kram", _text(received)) or [""]:
            by_mark[mark].add(f"{received.method} {received.path.partition('?')[0]}")
    assert len(by_mark) > 10 or not any(NOT_ROUTED.fullmatch(ask.template) for ask in requests), "the way to the provider is open"
    reached: defaultdict[str, set[str]] = defaultdict(set)
    for ask in requests:
        if ask.mark in by_mark and not NOT_ROUTED.fullmatch(ask.template):
            reached[f"{ask.method} {ask.template}"] |= by_mark[ask.mark]
    unmarked = {what for what in by_mark[""] if not LISTS.fullmatch(what)}
    return {**reached, **({"?": unmarked} if unmarked else {})}


def _ask(client: httpx.Client, url: str, ask: Ask, key: str) -> None:
    headers = {"authorization": f"Bearer {key}", "x-mark": ask.mark}
    query = {"model": ask.model, "mark": ask.mark}
    if ask.method == "WEBSOCKET":
        return asyncio.run(_talk(url.replace("http", "ws") + ask.path + f"?model={ask.model}&mark={ask.mark}", ask, headers))
    try:
        if ask.method in ("GET", "HEAD", "DELETE", "OPTIONS"):
            client.request(ask.method, ask.path, params=query, headers=headers)
        else:
            client.request(ask.method, ask.path, json=ask.body(), headers=headers)
    except httpx.HTTPError:
        pass  # streams that never end, and routes that wait for something


async def _talk(url: str, ask: Ask, headers: dict[str, str]) -> None:
    try:
        async with websockets.connect(url, additional_headers=headers, proxy=None, open_timeout=4, close_timeout=1) as socket:
            await socket.send(json.dumps({"type": "response.create", "response": ask.body(), **ask.body()}))
            await asyncio.wait_for(socket.recv(), 2)
    except (OSError, TimeoutError, websockets.WebSocketException):
        pass


def _text(received: Received) -> str:
    return f"{received.path} {json.dumps(received.body)} {json.dumps(received.headers)}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("walk")


@pytest.fixture(scope="module")
def proxy(folder: Path) -> Iterator[Proxy]:
    with fake_upstream() as upstream, walked_proxy(folder, upstream) as running:
        yield running


def test_no_route_goes_round_a_rejection(proxy: Proxy, folder: Path) -> None:
    assert walk(proxy, asks(folder, changing=False), proxy.master_key) == {}


def test_no_route_leads_a_limited_key_to_what_it_may_not_use(proxy: Proxy, folder: Path) -> None:
    assert walk(proxy, asks(folder, changing=False), "sk-walker") == {}


def test_no_route_that_changes_the_proxy_goes_round_a_rejection(tmp_path: Path) -> None:
    with fake_upstream() as upstream, walked_proxy(tmp_path, upstream) as proxy:
        assert walk(proxy, asks(tmp_path, changing=True), proxy.master_key) == {}

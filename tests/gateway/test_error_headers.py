"""Which errors say where the policy sent the request: those of ccproxy, and of providers as far as LiteLLM passes headers on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .policies import ROUTES
from .proxy import Proxy, running_proxy
from .upstream import Upstream

CHAT = [{"role": "user", "content": "hi"}]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/messages": {"model": "default", "max_tokens": 5, "messages": CHAT},
    "/v1/chat/completions": {"model": "default", "messages": CHAT},
    "/v1/responses": {"model": "default", "input": "hi"},
    "/v1/completions": {"model": "default", "prompt": "hi"},
    "/v1/embeddings": {"model": "default", "input": "hi"},
}


@pytest.fixture(scope="module")
def running(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running_proxy(tmp_path_factory.mktemp("proxy"), provider, ROUTES) as proxy:
        yield proxy


SILENT = {("/v1/messages", False), ("/v1/messages", True), ("/v1/completions", False)}
"""Where LiteLLM answers a provider's error without asking callbacks for headers; the README says so."""


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", BODIES)
def test_errors_say_where_the_request_went(path: str, stream: bool, running: Proxy, upstream: Upstream) -> None:
    upstream.failures["up-think"] = 400
    body = {**BODIES[path], "stream": stream}
    rejected = running.post(path, body, {"x-route": "reject"})
    assert (rejected.status_code, told(rejected)) == (400, {"x-ccproxy-rule", "x-ccproxy-policy"})
    failed = running.post(path, body, {"x-route": "o-think"})
    wanted = set() if (path, stream) in SILENT else {"x-ccproxy-label", "x-ccproxy-rule", "x-ccproxy-policy"}
    assert (failed.status_code, told(failed)) == (400, wanted)


def told(answer: httpx.Response) -> set[str]:
    return {name for name in answer.headers if name.startswith("x-ccproxy-")}

"""LiteLLM's own fallbacks: counted by the proofs, and kept from requests where the settings say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .policies import ROUTES
from .proxy import Proxy, running_proxy
from .upstream import Upstream

LITELLMS_OWN: dict[str, Any] = {
    "litellm_settings": {"default_fallbacks": ["web_search"]},
    "router_settings": {
        "fallbacks": [{"think": ["background"]}, {"o-think": ["o-background"]}],
        "context_window_fallbacks": [{"think": ["token_count"]}],
        "content_policy_fallbacks": [{"think": ["token_count"]}],
    },
}
NAMES = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "default_fallbacks")

APIS = {
    "/v1/messages": {"model": "default", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]},
    "/v1/chat/completions": {"model": "o-default", "messages": [{"role": "user", "content": "hi"}]},
    "/v1/responses": {"model": "o-default", "input": "hi"},
    "/v1/completions": {"model": "o-default", "prompt": "hi"},
    "/v1/embeddings": {"model": "o-default", "input": "hi"},
}


@pytest.fixture(scope="module")
def running(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    files = {"ccproxy.yaml": "litellm_fallbacks: ignore\n"}
    with running_proxy(tmp_path_factory.mktemp("proxy"), provider, ROUTES, files=files, settings=LITELLMS_OWN) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


@pytest.mark.parametrize("path", APIS)
@pytest.mark.parametrize("status", [500, 400])
def test_a_request_ends_where_its_rule_sends_it(proxy: Proxy, path: str, status: int) -> None:
    label = "think" if path == "/v1/messages" else "o-think"
    proxy.upstream.failures |= {"up-think": status}
    answer = proxy.post(path, APIS[path], {"x-route": label})
    assert answer.status_code >= 400
    assert set(proxy.upstream.models()) == {"up-think"}


@pytest.mark.parametrize("path", APIS)
def test_nothing_of_it_reaches_the_model(proxy: Proxy, path: str) -> None:
    answer = proxy.post(path, APIS[path], {"x-route": "think" if path == "/v1/messages" else "o-think"})
    assert answer.status_code == 200
    (received,) = proxy.upstream.received
    assert not set(NAMES) & set(received.body)


def test_a_rule_s_own_fallbacks_hold(proxy: Proxy) -> None:
    proxy.upstream.failures |= {"up-think": 500}
    assert proxy.message(headers={"x-route": "fallback"}).status_code == 200
    assert proxy.upstream.models() == ["up-think", "up-background"]


def test_a_model_that_is_kept_has_none_either(proxy: Proxy) -> None:
    proxy.upstream.failures |= {"up-think": 500}
    assert proxy.message(headers={"x-route": "keep"}, model="think").status_code == 500
    assert proxy.upstream.models() == ["up-think"]

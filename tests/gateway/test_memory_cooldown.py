"""A label's health where LiteLLM takes deployments out by itself: its cooldowns are on, and the label has two deployments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .proxy import Proxy, proxy_config, running_proxy, wait_for
from .upstream import Upstream

POLICY = "when not healthy(pair) -> background\ndefault -> pair\n"


@pytest.fixture(scope="module")
def running(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    pair = [
        {"model_name": "pair", "litellm_params": {"model": f"anthropic/up-{one}", "api_base": provider.url, "api_key": "k"}}
        for one in ("first", "second")
    ]
    with running_proxy(
        tmp_path_factory.mktemp("proxy"),
        provider,
        POLICY,
        model_list=[*proxy_config(provider, "")["model_list"], *pair],
        settings={"router_settings": {"num_retries": 0, "allowed_fails": 0, "cooldown_time": 4, "disable_cooldowns": False}},
    ) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


def label(proxy: Proxy) -> str:
    return str(proxy.message().headers.get("x-ccproxy-label"))


def test_a_label_is_healthy_while_one_of_its_deployments_is(proxy: Proxy) -> None:
    """One fails and is cooled down: the other serves. Both fail: the label is left, until `retry-after` has passed; LiteLLM's own
    refusal of a label whose deployments are all cooled down is no attempt at any.
    """
    failing = proxy.upstream.failures
    failing["up-first"] = 429
    proxy.upstream.headers |= {f"up-{one}": {"retry-after": "1"} for one in ("first", "second")}
    wait_for(lambda: proxy.message().status_code == 429)
    assert [(proxy.message().status_code, label(proxy)) for _ in range(4)] == [(200, "pair")] * 4
    failing["up-second"] = 429
    wait_for(lambda: label(proxy) == "background")
    failing.clear()
    wait_for(lambda: label(proxy) == "pair")
    wait_for(lambda: proxy.message().status_code == 200 and label(proxy) == "pair")

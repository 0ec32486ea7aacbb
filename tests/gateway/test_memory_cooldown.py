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
    """Both served, and one fails and is cooled down: the other serves. Both fail: the label is left, until the `retry-after` of one has
    passed; LiteLLM's own refusal of a label whose deployments are all cooled down is no attempt at any.
    """
    upstream = proxy.upstream
    wait_for(lambda: label(proxy) == "pair" and {"up-first", "up-second"} <= set(upstream.models()))
    upstream.headers |= {"up-first": {"retry-after": "60"}, "up-second": {"retry-after": "2"}}
    upstream.failures["up-first"] = 429
    wait_for(lambda: proxy.message().status_code == 429)
    wait_for(lambda: answers(proxy, 4) == [(200, "pair")] * 4)
    upstream.failures["up-second"] = 429
    wait_for(lambda: label(proxy) == "background")
    upstream.failures.clear()
    wait_for(lambda: answers(proxy, 4) == [(200, "pair")] * 4)


def answers(proxy: Proxy, count: int) -> list[tuple[int, str | None]]:
    answered = [proxy.message() for _ in range(count)]
    return [(one.status_code, one.headers.get("x-ccproxy-label")) for one in answered]

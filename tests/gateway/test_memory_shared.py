"""Two real replicas over one real Redis: what one of them learns the other knows, whatever becomes of the one, or of the Redis."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ccproxy.service.status import read_status

from .policies import ROUTES
from .proxy import Proxy, proxy_config, running_proxy, wait_for
from .redis_server import RedisServer, running_redis
from .upstream import Upstream

POLICY = (
    """
when header("x-ask") == "spent" and session.spend > 0.01 -> web_search
when header("x-ask") == "full" and quota(background) == 100 -> web_search
when header("x-ask") == "health" and not healthy(think) -> web_search
when header("x-ask") == "stay" -> stay
"""
    + ROUTES
)
LOGIN = "Bearer sk-ant-oat01-canary"


@dataclass(frozen=True)
class Replica:
    """A running proxy, and its folder."""

    proxy: Proxy
    folder: Path

    def say(self, session: str, *, ask: str = "", route: str = "") -> str:
        """The label that a request of the session goes to."""
        headers = {"x-claude-code-session-id": session, "x-ask": ask, "x-route": route}
        response = self.proxy.message(headers=headers, messages=[{"role": "user", "content": "canary"}])
        return str(response.headers.get("x-ccproxy-label", response.status_code))

    def records(self) -> list[dict[str, Any]]:
        path = self.folder / "decisions.jsonl"
        return [line for line in map(json.loads, path.read_text().splitlines()) if "id" in line] if path.exists() else []

    def memory(self) -> dict[str, Any]:
        """What `status` tells of it."""
        return dict(read_status(self.folder, {}).memory or {})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def running(provider: Upstream, server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Replica, Replica]]:
    """Two replicas with one master key, started at the same time."""
    key = "sk-canary-of-a-master-key"
    settings = {"general_settings": {"master_key": key, "coordination_redis": {"host": "127.0.0.1", "port": server.port}}}
    prices = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01}
    model_list = proxy_config(provider, "")["model_list"]
    for deployment in model_list:
        deployment["litellm_params"] |= prices
    folders = [tmp_path_factory.mktemp("replica") for _ in range(2)]
    with ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        starting = [running_proxy(folder, provider, POLICY, model_list=model_list, settings=settings) for folder in folders]
        proxies = list(threads.map(stack.enter_context, starting))
        one, two = (Replica(replace(proxy, master_key=key), folder) for proxy, folder in zip(proxies, folders, strict=True))
        yield one, two


@pytest.fixture
def replicas(running: tuple[Replica, Replica], upstream: Upstream) -> tuple[Replica, Replica]:
    return running


def stays(session: str, label: str, first: Replica, then: Replica) -> None:
    """Wait until a conversation that one replica sends to a label stays there at the other.

    Each time anew: what a request changes is written behind it, and a busy machine may not even read in time. Asking then moves it.
    """
    wait_for(lambda: first.say(session, route=label) == label and then.say(session, ask="stay") == label)


def test_a_conversation_stays_wherever_it_comes_in(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    assert one.say("s1", ask="stay") == "default"
    stays("s1", "think", one, two)
    stays("s1", "background", two, one)
    assert two.say("s2", ask="stay") == "default"
    wait_for(lambda: one.memory().get("kind") == two.memory().get("kind") == "redis")
    wait_for(lambda: not one.memory()["trouble"])
    assert one.memory()["conversations"] is None


def test_dollars_limits_and_failures_are_known_to_both(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    upstream = one.proxy.upstream
    wait_for(lambda: one.say("s3", route="think") == "think" and two.say("s3", ask="spent") == "web_search")
    upstream.failures |= {"up-background": 429, "up-think": 500}
    assert one.say("s4", route="background") == "429"
    assert one.say("s4", route="think") == "500"
    wait_for(lambda: two.say("s4", ask="full") == "web_search")
    wait_for(lambda: two.say("s4", ask="health") == "web_search")
    upstream.failures.clear()
    assert two.say("s4", route="think") == "think"
    wait_for(lambda: one.say("s4", ask="health") == "default")


def test_nothing_of_a_request_is_kept(replicas: tuple[Replica, Replica], server: RedisServer) -> None:
    one, _ = replicas
    headers = {"x-claude-code-session-id": "canary-session", "x-route": "think", "x-litellm-api-key": one.proxy.master_key}
    body = {"model": "default", "max_tokens": 5, "messages": [{"role": "user", "content": "canary"}]}
    response = one.proxy.client.post(one.proxy.url + "/v1/messages", json=body, headers=headers | {"authorization": LOGIN})
    assert response.status_code == 200
    wait_for(lambda: any(b"think" in line for line in ours(server)))
    # LiteLLM keeps what it likes of its own
    assert not any(canary in line for line in ours(server) for canary in (b"canary", b"sk-"))


def ours(server: RedisServer) -> list[bytes]:
    return [line for line in server.content().splitlines() if line.startswith(b"ccproxy:")]


def test_requests_go_on_while_the_redis_hangs(replicas: tuple[Replica, Replica], server: RedisServer) -> None:
    one, two = replicas
    stays("s5", "think", one, one)
    wait_for(lambda: not one.memory()["trouble"])
    unread, failures = one.memory()["unread"], read_status(one.folder, {}).failures
    before = len(one.proxy.log_text())
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        # it can't be told where the conversation was, so it doesn't stay
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(lambda _: one.say("s5", ask="stay"), range(8))) == ["default"] * 8
        wait_for(lambda: one.memory()["unread"] >= unread + 8 and one.memory()["trouble"])
        wait_for(lambda: read_status(one.folder, {}).failures >= failures + 8)
        wait_for(lambda: [record.get("memory") for record in one.records()[-8:]] == ["unavailable"] * 8)
        # writings fail too, after a while of their own
        assert one.proxy.log_text()[before:].count("what it remembers is missing") == 1
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    stays("s5", "think", one, two)
    wait_for(lambda: not one.memory()["trouble"])
    wait_for(lambda: "memory works again" in one.proxy.log_text()[before:])


def test_a_killed_replica_is_missed_by_nobody(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    stays("s6", "think", one, two)
    pid = read_status(one.folder, {}).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: two.say("s6", ask="stay") == "think")

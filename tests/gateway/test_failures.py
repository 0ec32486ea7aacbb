"""Whatever the policy or a Python predicate of it does, clients and other requests see nothing of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from .policies import ROUTES
from .proxy import Proxy, running_proxy
from .upstream import Upstream

SABOTAGE = """
import pathlib, time
from ccproxy.gateway.hook import handler
from litellm.integrations.custom_logger import CustomLogger

decider = handler._decider
policy = decider.policy
here = pathlib.Path(__file__).parent


class Policy:
    def __getattr__(self, name):
        return getattr(policy, name)

    def decide_facts(self, facts):
        if facts.header("x-break") == "error":
            raise ValueError("the secret prompt: " + str(facts.prompt))
        if facts.header("x-break") == "recursion":
            return self.decide_facts(facts)
        if facts.header("x-gate") and facts.inline_limit is None:
            (here / "entered").touch()
            while not (here / "open").exists():
                time.sleep(0.01)
        return policy.decide_facts(facts)


decider.policy = Policy()


class Own(CustomLogger):
    async def async_post_call_response_headers_hook(self, data, user_api_key_dict, response, request_headers=None):
        return {"x-own-callback": "1"}


own = Own()
"""

HOUSE = """
import os, sys, time

def raises(request): raise ValueError("the secret prompt " + str(request["messages"]))
def exits(request): sys.exit(3)
def interrupts(request): raise KeyboardInterrupt
def cancels(request):
    import asyncio
    raise asyncio.CancelledError
def stops(request): raise StopIteration
def recurses(request): return recurses(request)
def sleeps(request): time.sleep(3600)
def junk(request): return "yes"
def writes(request):
    request["model"] = "web_search"
    return True
def right(request, name, *, size=1): return request["model"] == name and size == 2
class Thing:
    def __init__(self, wanted): self.wanted = wanted
    def evaluate(self, request, config): return request["model"] == self.wanted
"""

BAD = ("raises", "exits", "interrupts", "cancels", "stops", "recurses", "sleeps", "junk", "writes")

PREDICATES = (
    "".join(f'predicate {name} = "house.{name}"()\n' for name in BAD)
    + 'predicate right = "house.right"("background", size=2)\npredicate thing = "house.Thing"("web_search")\n'
    + "".join(f'when header("x-try") == "{name}" and {name} -> think\n' for name in BAD)
    + 'when header("x-try") == "right" and right -> background\n'
    + 'when header("x-try") == "thing" and thing -> web_search\n'
)
POLICY = PREDICATES + "when tokens > 60k -> token_count\n" + ROUTES


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proxy")


@pytest.fixture(scope="module")
def running(provider: Upstream, folder: Path) -> Iterator[Proxy]:
    callbacks = ("ccproxy.gateway.hook.handler", "sabotage.own")
    with running_proxy(folder, provider, POLICY, callbacks=callbacks, files={"sabotage.py": SABOTAGE, "house.py": HOUSE}) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


def own_lines(proxy: Proxy) -> list[str]:
    return [line for line in proxy.log_text().splitlines() if "the policy failed" in line]


@pytest.mark.parametrize(("way", "error"), [("error", "ValueError"), ("recursion", "RecursionError")])
def test_a_failing_policy_routes_to_the_default(proxy: Proxy, way: str, error: str) -> None:
    before = len(own_lines(proxy))
    answer = proxy.message(headers={"x-break": way, "x-route": "think"}, model="background")
    assert answer.status_code == 200
    assert proxy.upstream.models() == ["up-default"]
    assert answer.headers["x-ccproxy-label"] == "default"
    assert "x-ccproxy-rule" not in answer.headers
    lines = own_lines(proxy)[before:]
    assert len(lines) == 1
    assert error in lines[0]
    assert answer.headers["x-litellm-call-id"] in lines[0]
    assert "secret" not in lines[0]


def test_callbacks_of_the_user_go_on_working(proxy: Proxy) -> None:
    assert proxy.message().headers["x-own-callback"] == "1"


def test_the_event_loop_goes_on_while_a_long_text_is_counted(proxy: Proxy, folder: Path) -> None:
    long: list[Any] = [{"role": "user", "content": " ".join(f"word{number}" for number in range(60_000))}]
    with ThreadPoolExecutor(1) as other:
        answer = other.submit(proxy.message, headers={"x-gate": "1"}, messages=long)
        while not (folder / "entered").exists():
            assert not answer.done()
            time.sleep(0.02)
        # the decision is being made, and is not let go on before these are answered
        assert httpx.get(proxy.url + "/health/liveliness", trust_env=False).status_code == 200
        assert proxy.message(headers={"x-route": "think"}).headers["x-ccproxy-label"] == "think"
        (folder / "open").touch()
        assert answer.result().headers["x-ccproxy-label"] == "token_count"


@pytest.mark.parametrize("name", BAD)
def test_a_predicate_that_misbehaves_is_false(proxy: Proxy, name: str) -> None:
    answer = proxy.message(headers={"x-try": name})
    assert answer.status_code == 200
    assert answer.headers["x-ccproxy-label"] == "default"
    assert proxy.upstream.models() == ["up-default"]
    line = [line for line in proxy.log_text().splitlines() if f'predicate "{name}"' in line][-1]
    assert answer.headers["x-litellm-call-id"] in line
    assert "secret" not in line


def test_a_predicate_that_holds(proxy: Proxy) -> None:
    assert proxy.message(headers={"x-try": "right"}, model="background").headers["x-ccproxy-label"] == "background"
    assert proxy.message(headers={"x-try": "right"}).headers["x-ccproxy-label"] == "default"


def test_a_class_with_arguments(proxy: Proxy) -> None:
    assert proxy.message(headers={"x-try": "thing"}, model="web_search").headers["x-ccproxy-label"] == "web_search"


def test_sleepers_hold_up_nobody_for_long(proxy: Proxy) -> None:
    with ThreadPoolExecutor(24) as clients:
        sleeping = [clients.submit(proxy.message, headers={"x-try": "sleeps"}) for _ in range(24)]
        assert proxy.message().status_code == 200
        assert {answer.result().headers["x-ccproxy-label"] for answer in sleeping} == {"default"}
    assert "all its threads are busy" in proxy.log_text()
    # those that hang have taken all places of their own predicate for good, and none of another's
    assert proxy.message(headers={"x-try": "right"}, model="background").headers["x-ccproxy-label"] == "background"


def test_a_predicate_that_fails_refuses_the_request_where_the_settings_say_so(provider: Upstream, tmp_path: Path) -> None:
    policy = """
predicate raises = "house.raises"()
when header("x-try") == "raises" and raises -> reject "never said"
when header("x-try") == "other" or raises   -> think
default                                     -> default
"""
    files = {"house.py": HOUSE, "ccproxy.yaml": "on_predicate_failure: reject\n"}
    with running_proxy(tmp_path, provider, policy, files=files) as proxy:
        provider.clear()
        for path, body in (
            ("/v1/messages", {"model": "default", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}),
            ("/v1/chat/completions", {"model": "o-default", "messages": [{"role": "user", "content": "hi"}]}),
        ):
            for sent in ({"x-try": "raises"}, {}):
                answer = proxy.post(path, body, sent)
                assert answer.status_code == 403
                assert 'predicate \\"raises\\" of the policy failed' in answer.text
        assert provider.received == []
        # its answer is not needed here
        assert proxy.message(headers={"x-try": "other"}).headers["x-ccproxy-label"] == "think"
        assert "the request is refused" in proxy.log_text()

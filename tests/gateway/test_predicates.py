"""Python predicates of a user inside a real proxy: whatever they do, they do it to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .proxy import Proxy, running_proxy
from .upstream import Upstream

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

POLICY = (
    "".join(f'predicate {name} = "house.{name}"()\n' for name in BAD)
    + 'predicate right = "house.right"("background", size=2)\npredicate thing = "house.Thing"("web_search")\n'
    + "".join(f'when header("x-try") == "{name}" and {name} -> think\n' for name in BAD)
    + 'when header("x-try") == "right" and right -> background\n'
    + 'when header("x-try") == "thing" and thing -> web_search\n'
    + "default -> default\n"
)


@pytest.fixture(scope="module")
def running(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running_proxy(tmp_path_factory.mktemp("proxy"), provider, POLICY, files={"house.py": HOUSE}) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


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

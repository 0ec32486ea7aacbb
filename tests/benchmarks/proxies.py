"""What the hook adds to a real proxy: `uv run python -m tests.benchmarks.proxies --starts 5 --rounds 60`.

Proxies of LiteLLM, one with the hook and the starter policy, one without, and one with a hook that has the same methods and does
nothing in them, have the same fake provider on loopback. Each round sends the same request to the provider itself and to all proxies, in
an order drawn by chance: a conversation of about 150,000 tokens that is known but for its last message. What the provider takes is no
proxy's: it is taken off before anything is compared. What the empty hook adds is LiteLLM's own work for any hook of this kind, and chance.

Processes that do the same differ by some percent from start to start, which rounds of one start can't show. So all are started
again and again; a share is the mean of those of the starts, and how far it would differ by chance is told by drawing starts again.

A fourth proxy has the hook, and calls it only for requests that say so in a header: `on` and `off` are one process, so what differs
between them is what calls of the hook add, and nothing else. What the hook's process has besides (its route, its threads) is in both.

The provider answers in a tenth of what a real one takes at least: what the hook does meanwhile (the decision's record), no client waits
for. On a machine that does other things too, what clients wait for says little: the processor time of a proxy's event loop until its
answer is there is what they would wait for on a quiet one, the record included.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or importing litellm fetches prices from the network

import httpx
import psutil

from ccproxy.facts import TokenCounter, observe
from tests.benchmarks.measure import RESAMPLED, nine_in_ten, table
from tests.benchmarks.session import bodies, prose
from tests.gateway.proxy import Proxy, running_proxy
from tests.gateway.upstream import Upstream, fake_upstream

POLICY = (Path(__file__).parents[2] / "policies" / "claude-code.ccp").read_text("utf-8")
TOKENS = 150_000
WARM_UP = 15
PROVIDER_SECONDS = 0.03
EMPTY = """
from litellm.integrations.custom_logger import CustomLogger


class Empty(CustomLogger):
    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type): ...
    async def async_pre_call_deployment_hook(self, kwargs, call_type): ...
    async def async_post_call_response_headers_hook(
        self, data, user_api_key_dict, response, request_headers=None, litellm_call_info=None
    ): ...
    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time): ...
    async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time): ...
    async def async_post_call_failure_hook(self, request_data, original_exception, user_api_key_dict, traceback_str=None): ...


handler = Empty()
"""
"""A hook with the methods of ours, which LiteLLM calls for nothing."""
CALLED = "x-benchmark-called"
SWITCHED = f"""
from ccproxy.gateway.hook import handler as hook
{EMPTY.partition("handler =")[0]}

class Switched(Empty):
    def __init__(self):
        super().__init__()
        self.called = False  # one request comes after the other

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        self.called = "{CALLED}" in data["proxy_server_request"]["headers"]
        if self.called:
            await hook.async_pre_call_hook(user_api_key_dict, cache, data, call_type)

    async def async_pre_call_deployment_hook(self, kwargs, call_type):
        return await hook.async_pre_call_deployment_hook(kwargs, call_type) if self.called else None

    async def async_post_call_response_headers_hook(
        self, data, user_api_key_dict, response, request_headers=None, litellm_call_info=None
    ):
        return await hook.async_post_call_response_headers_hook(data, user_api_key_dict, response) if self.called else None

    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        if self.called:
            await hook.async_log_success_event(kwargs, response_obj, start_time, end_time)


handler = Switched()
"""
"""Calls our hook for the requests that have the header."""


@dataclass
class Times:
    """Request by request: seconds that a client waited, and of processor of the event loop meanwhile."""

    waited: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)


Start = dict[str, Times]
"""What one start of all proxies took, by name."""


@dataclass(frozen=True)
class Way:
    """Where requests go, the process that answers them, None for the provider, and headers for it."""

    url: str
    key: str
    process: psutil.Process | None
    headers: dict[str, str] = field(default_factory=dict)

    def work(self) -> float:
        """Seconds of processor of the event loop so far."""
        if self.process is None:
            return 0.0
        pid = self.process.pid
        # to the nanosecond, as Linux has it; what psutil reads are hundredths
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9


def conversation() -> dict[str, object]:
    """The turn of a session that comes to so many tokens."""
    counter = TokenCounter()
    return next(turn for turn in bodies() if observe(turn, counter=counter).tokens >= TOKENS)


def next_turn(body: dict[str, object], said: str) -> bytes:
    """The request with another last message."""
    messages = body["messages"]
    assert isinstance(messages, list)
    return json.dumps({**body, "model": "default", "max_tokens": 5, "stream": False, "messages": [*messages, *_said(said)]}).encode()


def _said(text: str) -> list[dict[str, object]]:
    return [{"role": "assistant", "content": "Go on."}, {"role": "user", "content": [{"type": "text", "text": text}]}]


def measure(ways: dict[str, Way], upstream: Upstream, body: dict[str, object], rounds: int, chance: random.Random) -> Start:
    """Rounds of one request each way."""
    found = {name: Times() for name in ways}
    with httpx.Client(trust_env=False, timeout=60) as client:
        for number in range(-WARM_UP, rounds):
            content = next_turn(body, f"{number} {prose(chance, 40)}")
            for name in chance.sample(list(ways), len(ways)):
                way = ways[name]
                loop, start = way.work(), time.perf_counter()
                headers = {"authorization": f"Bearer {way.key}", "content-type": "application/json", "anthropic-version": "2023-06-01"}
                headers |= way.headers
                answer = client.post(f"{way.url}/v1/messages?beta=true", content=content, headers=headers)
                took, loop_until = time.perf_counter() - start, way.work()
                assert answer.status_code == 200, answer.text
                time.sleep(0.02)  # for what the proxy does behind the answer
                if number >= 0:
                    found[name].waited.append(took)
                    found[name].loop.append(loop_until - loop)
            upstream.received.clear()
    return found


def share_waited(start: Start, hook: str, without: str) -> float:
    """What a hook adds to the median that clients wait, as a share of what the proxy takes without it."""
    provider, before, with_hook = (median(start[name].waited) for name in ("provider", without, hook))
    return (with_hook - before) / (before - provider)


def share_loop(start: Start, hook: str, without: str) -> float:
    """What a hook adds to the median of the event loop's processor time until the answer."""
    return median(start[hook].loop) / median(start[without].loop) - 1


def told(starts: list[Start], ways: tuple[str, str], share: Callable[[Start, str, str], float], chance: random.Random) -> list[str]:
    """The mean of the starts' shares, where 90 % of the means lie of starts drawn again by chance, and all shares."""
    shares = [share(start, *ways) for start in starts]
    low, high = nine_in_ten(fmean(chance.choices(shares, k=len(shares))) for _ in range(RESAMPLED))
    return [f"{fmean(shares):+.1%}", f"{low:+.1%} to {high:+.1%}", " ".join(f"{one:+.1%}" for one in sorted(shares))]


def report(starts: list[Start], chance: random.Random) -> str:
    """The tables."""
    rows = [
        [name, *(f"{fmean(median(times) for times in column) * 1e3:.2f} ms" for column in columns)]
        for name in starts[0]
        for columns in [([start[name].waited for start in starts], [start[name].loop for start in starts])]
    ]
    shares = [
        [f"{adds}: {of}", *told(starts, ways, share, chance)]
        for of, share in (("waiting", share_waited), ("event loop until the answer", share_loop))
        for ways, adds in ((("with", "without"), "the hook"), (("empty", "without"), "an empty hook"), (("on", "off"), "calls of the hook"))
    ]
    return "\n\n".join(
        (
            table(["request to", "waiting, median", "event loop until the answer, median"], rows),
            table(["what is added, of what the proxy takes without a hook", "share", "nine in ten", "start by start"], shares),
        )
    )


def process_of(proxy: Proxy) -> psutil.Process:
    """The process that listens at a proxy's port."""
    port = httpx.URL(proxy.url).port
    children = psutil.Process().children(recursive=True)
    return next(one for one in children if any(at.laddr and at.laddr.port == port for at in one.net_connections(kind="inet")))


def one_start(folder: Path, upstream: Upstream, body: dict[str, object], rounds: int, chance: random.Random) -> Start:
    """Start all proxies in an order drawn by chance, and measure."""
    environment = {"LITELLM_LOG": "ERROR"}
    # without a policy, the first callback is left out
    empty = {"callbacks": ("ccproxy.gateway.hook.handler", "empty.handler"), "files": {"empty.py": EMPTY}}
    switched = {"callbacks": ("switched.handler",), "files": {"switched.py": SWITCHED}}
    kinds: dict[str, tuple[str | None, dict[str, Any]]] = {
        "without": (None, {}),
        "with": (POLICY, {}),
        "empty": (None, empty),
        "off": (POLICY, switched),
    }
    ways = {"provider": Way(upstream.url, "k", None)}
    with ExitStack() as stack:
        for name in chance.sample(list(kinds), len(kinds)):
            policy, options = kinds[name]
            proxy = stack.enter_context(running_proxy(folder / name, upstream, policy, environment=environment, **options))
            ways[name] = Way(proxy.url, proxy.master_key, process_of(proxy))
        ways["on"] = replace(ways["off"], headers={CALLED: "yes"})
        return measure({name: ways[name] for name in ("provider", *kinds, "on")}, upstream, body, rounds, chance)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.proxies", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=60)
    arguments = parser.parse_args()
    chance = random.Random(150)
    body = conversation()
    starts: list[Start] = []
    with fake_upstream() as upstream:
        # the names by which it is asked: by a client, and by the proxies
        upstream.delays |= dict.fromkeys(("default", "up-default", "up-token_count"), PROVIDER_SECONDS)
        for _ in range(arguments.starts):
            with tempfile.TemporaryDirectory(prefix="ccproxy-proxies-") as name:
                starts.append(one_start(Path(name), upstream, body, arguments.rounds, chance))
    known = f"{observe(body).tokens:,} known tokens, {len(next_turn(body, '')):,} bytes"
    print(f"{known}; {arguments.starts} starts of {arguments.rounds} rounds\n")
    print(report(starts, chance))


if __name__ == "__main__":
    main()

"""What the hook adds to a real proxy: `uv run python -m tests.benchmarks.proxies --rounds 200`.

Three proxies of LiteLLM, one with the hook and the starter policy, one without, and one with a hook that has the same methods and does
nothing in them, have the same fake provider on loopback. Each round sends the same request to the provider itself and to all proxies, in
an order drawn by chance: a conversation of about 150,000 tokens that is known but for its last message. What the provider takes is no
proxy's: it is taken off before anything is compared. What the empty hook adds is LiteLLM's own work for any hook of this kind, and chance.

Processes that do the same differ by some percent from start to start. Draws of the rounds can't show that: runs say different things, each
with a narrow spread. What one run says of the empty hook is LiteLLM's work for any hook only as far as other runs say it too.

On a machine that does other things too, what clients wait for says little: the processor time of a proxy's event loop until its answer
is there is what they would wait for on a quiet one. What a proxy does in other threads and behind the answer (records, status, LiteLLM's
own) is in the processor time of its process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or importing litellm fetches prices from the network

import httpx
import psutil

from ccproxy.facts import observe
from tests.benchmarks.measure import RESAMPLED, nine_in_ten, table
from tests.benchmarks.session import bodies, prose
from tests.gateway.proxy import Proxy, running_proxy
from tests.gateway.upstream import Upstream, fake_upstream

POLICY = (Path(__file__).parents[2] / "policies" / "claude-code.ccp").read_text("utf-8")
TOKENS = 150_000
WARM_UP = 20
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


@dataclass
class Times:
    """Request by request: seconds that a client waited, of processor of the event loop meanwhile, and of the process in all."""

    waited: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Way:
    """Where requests go, and the process that answers them, None for the provider."""

    url: str
    key: str
    process: psutil.Process | None

    def work(self) -> tuple[float, float]:
        """Seconds of processor so far: of the event loop, and of the whole process."""
        if self.process is None:
            return 0.0, 0.0
        pid = self.process.pid
        # to the nanosecond, as Linux has it; what psutil reads are hundredths
        loop = int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9
        return loop, time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)


def conversation() -> dict[str, object]:
    """The turn of a session that comes to so many tokens."""
    turns = bodies()
    return next(turn for turn in turns if observe(turn).tokens >= TOKENS)


def next_turn(body: dict[str, object], said: str) -> bytes:
    """The request with another last message."""
    messages = body["messages"]
    assert isinstance(messages, list)
    return json.dumps({**body, "model": "default", "max_tokens": 5, "stream": False, "messages": [*messages, *_said(said)]}).encode()


def _said(text: str) -> list[dict[str, object]]:
    return [{"role": "assistant", "content": "Go on."}, {"role": "user", "content": [{"type": "text", "text": text}]}]


def measure(ways: dict[str, Way], upstream: Upstream, rounds: int, chance: random.Random) -> dict[str, Times]:
    """Rounds of one request each way."""
    body = conversation()
    found = {name: Times() for name in ways}
    with httpx.Client(trust_env=False, timeout=60) as client:
        for number in range(-WARM_UP, rounds):
            content = next_turn(body, f"{number} {prose(chance, 40)}")
            for name in chance.sample(list(ways), len(ways)):
                way = ways[name]
                (loop, worked), start = way.work(), time.perf_counter()
                headers = {"authorization": f"Bearer {way.key}", "content-type": "application/json", "anthropic-version": "2023-06-01"}
                answer = client.post(f"{way.url}/v1/messages?beta=true", content=content, headers=headers)
                took, loop_until = time.perf_counter() - start, way.work()[0]
                assert answer.status_code == 200, answer.text
                time.sleep(0.02)  # what the proxy does behind the answer is its work too
                if number >= 0:
                    found[name].waited.append(took)
                    found[name].loop.append(loop_until - loop)
                    found[name].worked.append(way.work()[1] - worked)
            upstream.received.clear()
    return found


def share_waited(times: dict[str, Times], hook: str) -> float:
    """What a hook adds to the median that clients wait, as a share of what the proxy takes without it."""
    provider, without, with_hook = (median(times[name].waited) for name in ("provider", "without", hook))
    return (with_hook - without) / (without - provider)


def share_loop(times: dict[str, Times], hook: str) -> float:
    """What a hook adds to the median of the event loop's processor time until the answer."""
    return median(times[hook].loop) / median(times["without"].loop) - 1


def share_worked(times: dict[str, Times], hook: str) -> float:
    """What a hook adds to all of the processor time."""
    return sum(times[hook].worked) / sum(times["without"].worked) - 1


def spread(
    times: dict[str, Times], hook: str, share: Callable[[dict[str, Times], str], float], chance: random.Random
) -> tuple[float, float]:
    """Where 90 % of the shares lie that rounds drawn again by chance come to."""
    rounds = len(times[hook].waited)
    shares = []
    for _ in range(RESAMPLED):
        drawn = chance.choices(range(rounds), k=rounds)
        again = {
            name: Times(*([values[at] for at in drawn] for values in (one.waited, one.loop, one.worked))) for name, one in times.items()
        }
        shares.append(share(again, hook))
    return nine_in_ten(shares)


def report(times: dict[str, Times], chance: random.Random) -> str:
    """The tables."""
    rows = [
        [name, *(f"{value * 1e3:.2f} ms" for value in (median(one.waited), median(one.loop), sum(one.worked) / len(one.worked)))]
        for name, one in times.items()
    ]
    shares = []
    for hook, adds in (("with", "the hook"), ("empty", "an empty hook")):
        for name, share in (("waiting", share_waited), ("event loop until the answer", share_loop), ("processor in all", share_worked)):
            low, high = spread(times, hook, share, chance)
            shares.append([f"{adds}: {name}", f"{share(times, hook):+.1%}", f"{low:+.1%} to {high:+.1%}"])
    return "\n\n".join(
        (
            table(["request to", "waiting, median", "event loop until the answer, median", "processor in all, mean"], rows),
            table(["what is added, of what the proxy takes without a hook", "share", "nine in ten"], shares),
        )
    )


def process_of(proxy: Proxy) -> psutil.Process:
    """The process that listens at a proxy's port."""
    port = httpx.URL(proxy.url).port
    children = psutil.Process().children(recursive=True)
    return next(one for one in children if any(at.laddr and at.laddr.port == port for at in one.net_connections(kind="inet")))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.proxies", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    arguments = parser.parse_args()
    chance = random.Random(150)
    environment = {"LITELLM_LOG": "ERROR"}
    with tempfile.TemporaryDirectory(prefix="ccproxy-proxies-") as name, fake_upstream() as upstream:
        folder = Path(name)
        with (
            running_proxy(folder / "without", upstream, None, environment=environment) as without,
            running_proxy(folder / "with", upstream, POLICY, environment=environment) as with_hook,
            running_proxy(
                folder / "empty",
                upstream,
                None,
                callbacks=("ccproxy.gateway.hook.handler", "empty.handler"),  # without a policy, the first is left out
                files={"empty.py": EMPTY},
                environment=environment,
            ) as empty,
        ):
            ways = {
                "provider": Way(upstream.url, "k", None),
                "without": Way(without.url, without.master_key, process_of(without)),
                "with": Way(with_hook.url, with_hook.master_key, process_of(with_hook)),
                "empty": Way(empty.url, empty.master_key, process_of(empty)),
            }
            times = measure(ways, upstream, arguments.rounds, chance)
    body = conversation()
    print(f"{observe(body).tokens:,} known tokens, {len(next_turn(body, '')):,} bytes; {arguments.rounds} rounds\n")
    print(report(times, chance))


if __name__ == "__main__":
    main()

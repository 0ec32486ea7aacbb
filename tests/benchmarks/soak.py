"""A soak of the real proxy: requests at a steady rate while policies are replaced, upstreams fail, a predicate fails and the disk is full.

`python -m tests.benchmarks.soak --minutes 10 --rate 50`: everything on loopback. Ends with 1 where something was lost or grew. The disk is
a tmpfs of its own, which only root can mount; without it that part is left out, and said so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx
import psutil

from ccproxy.service.pid_file import read_pid_file

from ..gateway.upstream import Upstream, fake_upstream
from ..service.home import KEY, Home, home_at, wait_until

DISK_MEGABYTES = 64
RELOAD_SECONDS = 2.0
SETTLED = 2.0
"""Minutes after which memory is looked at first: by then everything that is loaded late has been."""
SLACK = 3.0
"""Seconds around the minute of the full disk for which nothing is said of lines: the writer waits a while before it gives up a line."""

ROUTES = ("", "keep", "reject", "failing", "think", "background", "token_count", "web_search")
"""What requests ask for, in turn; the last four are labels whose upstream fails."""
EXPECTED = {"": {200}, "keep": {200}, "reject": {400}, "failing": {200}}
"""What must come back whatever happens around it; for the other routes any status but ours is the upstream's."""

POLICY = """
# version {number}
predicate failing = "house.failing"()
when header("x-route") == "keep"                       -> keep
when header("x-route") == "reject"                     -> reject "not in this house"
when header("x-route") == "failing" and failing        -> think
when header("x-route") == "think"                      -> think
when header("x-route") == "background"                 -> background
when header("x-route") == "token_count"                -> token_count
when header("x-route") == "web_search"                 -> web_search
when tokens > 5k                                       -> token_count
default                                                -> default
"""
BROKEN = "when nonsense_{number} -> think\n"
HOUSE = "def failing(request):\n    raise ValueError(str(request))\n"


@dataclass
class Soak:
    """What was done and what came of it."""

    minutes: float
    rate: int
    sent: Counter[str] = field(default_factory=Counter)
    unexpected: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    reloads: Counter[str] = field(default_factory=Counter)
    full: tuple[float, float] | None = None
    memory: list[tuple[float, int]] = field(default_factory=list)


@contextmanager
def disk() -> Iterator[Path | None]:
    """A small disk of its own; None where it can't be had."""
    with tempfile.TemporaryDirectory(prefix="soak-disk-") as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "soak", folder], capture_output=True, check=False
        )
        if mounted.returncode != 0:
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def worker_processes(home: Home) -> list[psutil.Process]:
    """The processes of the proxy."""
    running = read_pid_file(home.folder)
    assert running is not None
    proxy = psutil.Process(running.pid)
    return [proxy, *proxy.children(recursive=True)]


def resident(home: Home) -> int:
    """Bytes that the proxy's processes hold in memory."""
    return sum(process.memory_info().rss for process in worker_processes(home))


async def one(client: httpx.AsyncClient, soak: Soak, home: Home, number: int) -> None:
    """One request, and whether it was answered as it must be."""
    route = ROUTES[number % len(ROUTES)]
    body = {
        "model": "default",
        "max_tokens": 5,
        "stream": number % 3 == 0 and route != "reject",
        "messages": [{"role": "user", "content": f"request {number} " + "lorem ipsum " * (number % 400)}],
    }
    started = time.time()
    soak.sent[route] += 1
    soak.times.append(started)
    try:
        answer = await client.post("/v1/messages", json=body, headers={"authorization": f"Bearer {KEY}", "x-route": route})
        status = answer.status_code
    except httpx.HTTPError as error:
        # a stream that its upstream cut is cut for the client too
        status = 0
        if route in EXPECTED:
            soak.unexpected[f"{route or 'default'}: {type(error).__name__}"] += 1
    else:
        if route in EXPECTED and status not in EXPECTED[route]:
            soak.unexpected[f"{route or 'default'}: {status}"] += 1
    soak.statuses[route, status] += 1
    soak.seconds.append(time.time() - started)


async def send(soak: Soak, home: Home, until: float) -> None:
    """Requests at the rate, whatever becomes of those before."""
    pending: set[asyncio.Task[None]] = set()
    # a connection each: that a server closes an idle one just as a request is written on it is HTTP's race, and a client's to repeat
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=home.url, timeout=60, trust_env=False, limits=limits) as client:
        start, number = time.monotonic(), 0
        while time.time() < until:
            task = asyncio.create_task(one(client, soak, home, number))
            pending.add(task)
            task.add_done_callback(pending.discard)
            number += 1
            await asyncio.sleep(max(0.0, start + number / soak.rate - time.monotonic()))
        await asyncio.gather(*pending)


async def reload(soak: Soak, home: Home, until: float) -> None:
    """Other versions of the policy, every third broken."""
    number = 0
    while time.time() < until:
        await asyncio.sleep(RELOAD_SECONDS)
        number += 1
        text = BROKEN.format(number=number) if number % 3 == 0 else POLICY.format(number=number)
        soak.reloads["broken" if number % 3 == 0 else "good"] += 1
        new = home.folder / "policy.new"
        new.write_text(text)
        new.replace(home.folder / "policy.ccp")


async def fail(upstream: Upstream, until: float) -> None:
    """Upstreams that fail, each in a way of its own, which changes every ten seconds between failing and not."""
    while time.time() < until:
        upstream.failures |= {"up-think": 429, "up-background": 529}
        upstream.resets.add("up-token_count")
        upstream.cuts.add("up-web_search")
        await asyncio.sleep(min(10, max(0, until - time.time())))
        upstream.failures.clear()
        upstream.resets.clear()
        upstream.cuts.clear()
        await asyncio.sleep(min(5, max(0, until - time.time())))
        upstream.received.clear()


async def fill(soak: Soak, folder: Path | None, start: float, minutes: float) -> None:
    """The disk full for a tenth of the time, in the middle."""
    if folder is None:
        return
    await asyncio.sleep(max(0, start + minutes * 60 * 0.5 - time.time()))
    began = time.time()
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"x" * 65536)
        except OSError:
            pass
    await asyncio.sleep(minutes * 60 * 0.1)
    (folder / "ballast").unlink()
    soak.full = began, time.time()


async def watch(soak: Soak, home: Home, until: float) -> None:
    """The memory of the proxy."""
    while time.time() < until:
        soak.memory.append((time.time(), resident(home)))
        await asyncio.sleep(5)


async def run(soak: Soak, home: Home, upstream: Upstream, folder: Path | None) -> None:
    """Everything at once."""
    start = time.time()
    until = start + soak.minutes * 60
    await asyncio.gather(
        send(soak, home, until),
        reload(soak, home, until),
        fail(upstream, until),
        fill(soak, folder, start, soak.minutes),
        watch(soak, home, until),
    )


def judge(soak: Soak, home: Home, records: Path) -> list[str]:
    """What is wrong; prints what was measured."""
    total = sum(soak.sent.values())
    counted = lambda: home.status()[1]["requests"] == total  # noqa: E731
    all_counted = wait_until(counted, 30)
    status = home.status()[1]
    lines = [line for path in sorted(records.glob("decisions*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    torn = [line for line in lines if not _is_record(line)]
    decided = sum(line.startswith('{"id":') for line in lines)
    answered = sum(line.startswith('{"answer":') for line in lines)
    begin, end = soak.full or (0.0, 0.0)
    in_full = sum(begin - SLACK <= moment <= end + SLACK for moment in soak.times)
    start = soak.memory[0][0]
    settled = [size for moment, size in soak.memory if moment - start >= min(SETTLED, soak.minutes / 5) * 60]
    before, after = settled[0], soak.memory[-1][1]
    p50, p99 = (quantiles(soak.seconds, n=100)[index] * 1000 for index in (49, 98))
    print(f"requests           {total:,} in {soak.minutes:g} minutes, {soak.rate} a second; counted by status {status['requests']:,}")
    print(f"answered           p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    print(f"policies           {soak.reloads['good']} good, {soak.reloads['broken']} broken")
    print(f"failures told      {status['failures']:,}; requests with the failing predicate {soak.sent['failing']:,}")
    print(f"unexpected answers {dict(soak.unexpected) or 'none'}")
    told = ", ".join(f"{route or 'default'} {code}: {count:,}" for (route, code), count in sorted(soak.statuses.items()))
    print(f"statuses           {told}")
    print(
        f"decision lines     {decided:,} of {total:,}, answers {answered:,}; {in_full:,} requests while the disk was full; torn {len(torn)}"
    )
    print(f"resident memory    {before / 1e6:,.1f} MB after {min(SETTLED, soak.minutes / 5):g} minutes, {after / 1e6:,.1f} MB at the end")
    wrong = []
    if soak.unexpected:
        wrong.append("answers that are not as they must be")
    if not all_counted or status["failures"] != soak.sent["failing"]:
        wrong.append("failures, or requests, that are not counted as they were made")
    if torn or decided < total - in_full or decided > total or answered > decided:
        wrong.append("decision lines are missing, torn or too many")
    if after > before * 1.05:
        wrong.append("memory grew by more than 5 %")
    return wrong


def _is_record(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def main(minutes: float, rate: int) -> int:
    """Soak, and say what came of it."""
    with disk() as folder, tempfile.TemporaryDirectory(prefix="soak-") as home_folder, fake_upstream() as upstream:
        if folder is None:
            print("no disk of its own can be mounted: it is never full")
        with home_at(Path(home_folder) / "home", measured=False) as home:
            records = folder or home.folder / "records"
            home.install(upstream, workers=2, records={"folder": str(records)})
            config = home.config()
            config["router_settings"] = {"num_retries": 0, "disable_cooldowns": True}
            config["litellm_settings"]["num_retries"] = 0
            home.config(config)
            (home.folder / "policy.ccp").write_text(POLICY.format(number=0))
            (home.folder / "house.py").write_text(HOUSE)
            told = home.run("start", "--detach", environment={"ANTHROPIC_API_KEY": "k", "LITELLM_LOG": "ERROR"}, seconds=600)
            if told.returncode != 0:
                print(told.stdout + told.stderr)
                return 2
            soak = Soak(minutes, rate)
            asyncio.run(run(soak, home, upstream, folder))
            wrong = judge(soak, home, records)
            if wrong and (log := home.folder / "proxy.log").exists():
                print("\n".join(log.read_text("utf-8", errors="replace").splitlines()[-20:]), file=sys.stderr)
    for problem in wrong:
        print(f"WRONG: {problem}")
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=int, default=50, help="requests a second")
    given = parser.parse_args()
    raise SystemExit(main(given.minutes, given.rate))

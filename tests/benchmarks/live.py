"""What `ccproxy live` costs, in a real browser: `python -m tests.benchmarks.live`. Everything is on loopback.

A million lines are opened; then 200 decisions a second are written for a minute, and the page has to show the newest within 2 s, in bounded
memory; then a real proxy answers in pairs of turns, in an order drawn by chance, one with the page following it and one with the page
stopped, whose medians are compared; how far they would differ by chance is told by drawing the pairs again. Ends with 1 where one of these
is missed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import median

import httpx
import psutil
from playwright.sync_api import Browser, Page

import ccproxy
from ccproxy.service.demo import DemoProxy, demo_proxy
from ccproxy.service.demo_requests import demo_requests
from tests.benchmarks.measure import RESAMPLED, nine_in_ten
from tests.live.browser import SECONDS, Served, chromium, live
from tests.live.records import answer, decision

LINES = 1_000_000
OPENED_WITHIN = 3.0
"""Seconds from the start of the command to the first requests in a browser."""
SHOWN_WITHIN = 2.0
DEARER_BY = 0.03
"""Part that the proxy's median may take longer with the page."""
SETTLED = 2.0
"""Seconds before a turn, in which a page that was stopped makes up for it."""
GROWN_BY = 60_000_000
"""Bytes that the page's process may grow from the time when it holds all that it does."""
TEXT = 'when tokens > 200k -> long\nwhen effort == "high" -> think\ndefault -> default\n'
FACTS = {"tokens": 1200, "effort": "medium", "agent.class": "main"}


def say(text: str) -> None:
    """Tell as it goes."""
    print(text, flush=True)


def written(folder: Path, lines: int) -> None:
    """A config folder with a policy and so many lines of records."""
    (folder / "policy.ccp").write_text(TEXT)
    policy = ccproxy.loads(TEXT)
    start = datetime.now(UTC) - timedelta(seconds=lines / 100)
    one = decision(0, policy, FACTS, time=start, conversation="c")
    pair = one.line() + answer(one).line()
    name = f"{0:032x}".encode()
    with (folder / "decisions.jsonl").open("wb") as file:
        for number in range(lines // 2):
            file.write(pair.replace(name, f"{number:032x}".encode()))


@contextmanager
def opened(browser: Browser, served: Served) -> Iterator[Page]:
    """The page with its first requests."""
    page = browser.new_page(viewport={"width": 1600, "height": 900})
    page.set_default_timeout(SECONDS * 1000)
    page.goto(served.url)
    page.locator("button.opens").first.wait_for()
    try:
        yield page
    finally:
        page.close()


def followed(page: Page, served: Served, folder: Path, rate: int, seconds: float) -> tuple[list[float], int, int]:
    """Write records at a rate; how old the newest that is shown is, looked at again and again, and the memory of the page's process.

    The memory is that after a third of the time, and at the end.
    """
    policy, process = ccproxy.loads(TEXT), psutil.Process(served.process.pid)
    times: list[float] = []
    ages: list[float] = []
    newest = page.locator(".requests tbody tr td:nth-child(3)").first
    began, early = time.monotonic(), 0
    with (folder / "decisions.jsonl").open("ab", buffering=0) as file:
        while (past := time.monotonic() - began) < seconds:
            lines = []
            while len(times) < past * rate:
                facts = {**FACTS, "key.alias": f"number {len(times)}"}
                one = decision(10_000_000 + len(times), policy, facts, time=datetime.now(UTC), conversation=f"c{len(times) % 50}")
                lines += [one.line(), answer(one).line()]
                times.append(time.monotonic())
            file.write(b"".join(lines))
            told = (newest.text_content() or "").split()
            if past > SHOWN_WITHIN:
                ages.append(time.monotonic() - times[int(told[1])] if told[:1] == ["number"] else past)
            early = early or (process.memory_info().rss if past > seconds / 3 else 0)
            time.sleep(0.05)
    return ages, early, process.memory_info().rss


def answered(demo: DemoProxy, requests: int) -> list[float]:
    """The seconds that each of so many requests took."""
    request = next(one for one in demo_requests() if one.name == "a tool loop")
    headers = {**request.headers, "authorization": f"Bearer {demo.key}"}
    found = []
    with httpx.Client(trust_env=False, timeout=SECONDS) as client:
        for _ in range(requests):
            since = time.perf_counter()
            client.post(demo.process.url + request.path, json={**request.body, "stream": False}, headers=headers).raise_for_status()
            found.append(time.perf_counter() - since)
    return found


@dataclass(frozen=True)
class Pair:
    """The seconds that requests of a proxy took, in a turn with the page and in one without it."""

    shown: list[float]
    stopped: list[float]


def dearer(pairs: list[Pair]) -> float:
    """What the page adds to the proxy's median, as a share of it."""
    return median(chain.from_iterable(pair.shown for pair in pairs)) / median(chain.from_iterable(pair.stopped for pair in pairs)) - 1


def beside_a_proxy(browser: Browser, rounds: int, requests: int, chance: random.Random) -> list[Pair]:
    """So many pairs of turns of so many requests."""
    with tempfile.TemporaryDirectory() as name:
        policy = Path(name) / "policy.ccp"
        policy.write_text('when agent.class == "auxiliary" -> background\ndefault -> default\n')
        with demo_proxy(policy, ("background", "default"), lambda waited: None) as demo:
            answered(demo, 4 * requests)
            pairs: list[Pair] = []
            with live(demo.folder) as served, opened(browser, served):
                page = psutil.Process(served.process.pid)
                for _ in range(rounds):
                    turns: dict[bool, list[float]] = {}
                    for shown in chance.sample((True, False), 2):
                        if shown:
                            page.resume()
                        else:
                            page.suspend()
                        time.sleep(SETTLED)
                        turns[shown] = answered(demo, requests)
                    pairs.append(Pair(turns[True], turns[False]))
                page.resume()
            return pairs


def compared(pairs: list[Pair], chance: random.Random) -> str:
    """Both medians, and the share that the page adds."""
    low, high = nine_in_ten([dearer(chance.choices(pairs, k=len(pairs))) for _ in range(RESAMPLED)])
    shown, stopped = (median(chain.from_iterable(one)) for one in zip(*((pair.shown, pair.stopped) for pair in pairs), strict=True))
    return (
        f"the proxy's median is {1000 * shown:.2f} ms with the page, {1000 * stopped:.2f} ms without it: {100 * dearer(pairs):+.1f} % "
        f"({100 * low:+.1f} to {100 * high:+.1f} % in nine of ten draws of the {len(pairs)} pairs)"
    )


def main() -> int:
    """Measure, and tell whether all is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--rate", type=int, default=200, help="decisions a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=40, help="pairs of turns with the page and without it")
    parser.add_argument("--requests", type=int, default=60, help="requests of a turn")
    given = parser.parse_args()
    missed = []
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        written(folder, given.lines)
        started = time.monotonic()
        with live(folder) as served:
            since = time.monotonic()
            with opened(browser, served) as page:
                shown = time.monotonic()
                size = (folder / "decisions.jsonl").stat().st_size / 1e6
                say(
                    f"{given.lines:,} lines ({size:.0f} MB): {since - started:.2f} s to the address, {shown - since:.2f} s more to requests"
                )
                missed += ["opened"] * (shown - started > OPENED_WITHIN)
                ages, early, end = followed(page, served, folder, given.rate, given.seconds)
                say(
                    f"{given.rate} decisions a second for {given.seconds:.0f} s: the newest shown is {median(ages):.2f} s old, at most "
                    f"{max(ages):.2f} s; memory {early / 1e6:.0f} MB after a third, {end / 1e6:.0f} MB at the end"
                )
                missed += ["shown"] * (max(ages) > SHOWN_WITHIN) + ["memory"] * (end - early > GROWN_BY)
        chance = random.Random(18)
        pairs = beside_a_proxy(browser, given.rounds, given.requests, chance)
        say(compared(pairs, chance))
        missed += ["proxy"] * (dearer(pairs) > DEARER_BY)
    say(f"missed: {', '.join(missed)}" if missed else "all as it should be")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

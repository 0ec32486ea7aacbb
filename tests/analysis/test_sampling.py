"""No request that anybody thinks of ends at a rule that was called unreachable."""

from __future__ import annotations

from random import Random

from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import Impossible
from ccproxy.facts import observe
from tests.analysis.samples import policies, sampled_request, scaled


def test_no_sampled_request_ends_at_an_unreachable_rule() -> None:
    random = Random(8)
    samples = unreachable = 0
    wanted = scaled(20_000, 200_000)
    for text, checked in policies(10**6, start=40_000):
        if samples >= wanted:
            break
        reach = Reach(checked)
        idle = {number for number in range(len(reach.rules)) if isinstance(reach.wins(number), Impossible)}
        if not idle:
            continue
        unreachable += len(idle)
        decide = reach.replay._router.decide
        for _ in range(500):
            samples += 1
            request = sampled_request(random)
            decided = decide(observe(**request)).rule
            number = len(checked.rules) if decided is None else decided.number - 1
            assert number not in idle, f"rule {number + 1} of\n{text}\n{request}"
    print(f"{samples} requests, {unreachable} unreachable rules, none was reached")

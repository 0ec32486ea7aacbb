"""No request that anybody thinks of ends at a rule that was called unreachable."""

from __future__ import annotations

from random import Random
from typing import Any

from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import Impossible
from ccproxy.facts import TokenCounter, Value, observe
from tests.analysis.samples import policies, scaled
from tests.analysis.small_policies import TEXTS

_COUNTER = TokenCounter()


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
            request = _request(random)
            decided = decide(observe(**request)).rule
            number = len(checked.rules) if decided is None else decided.number - 1
            assert number not in idle, f"rule {number + 1} of\n{text}\n{request}"
    print(f"{samples} requests, {unreachable} unreachable rules, none was reached")


def _request(random: Random) -> dict[str, Any]:
    """A request as arguments of `observe`: consistent, and around the constants of the small policies."""

    def maybe(value: Any) -> Any:
        return value if random.random() < 0.7 else None

    latest = random.randint(0, 6)
    number = random.choice((0, 1, 1.25, 1.5, 2, 2.5, 3, 4))
    body: dict[str, Any] = {
        "t": {"x": maybe(random.choice(TEXTS))},
        "n": {"x": maybe(random.choice((number, "a")))},
        "b": {"x": maybe(random.choice((True, False, "x", {})))},
    }
    facts: dict[str, Value] = {
        "model": maybe(_text(random)),
        "effort": maybe(_text(random)),
        "tokens": latest + random.randint(0, 4),
        "tokens.latest": latest,
        "messages": maybe(random.randint(0, 6)),
        "images": random.randint(0, 4),
        "max_tokens": maybe(random.randint(0, 6)),
        "stream": maybe(random.random() < 0.5),
        "tools": maybe(tuple(_text(random) for _ in range(random.randint(0, 4)))),
        "betas": maybe(tuple(dict.fromkeys(filter(None, (_text(random).strip() for _ in range(random.randint(0, 4))))))),
        "time": random.randrange(24 * 60),
        "weekday": random.randrange(7),
    }
    header = maybe(_text(random))
    return {
        "body": body,
        "headers": {"x-a": header} if header is not None else None,
        "key": {"spend": maybe(number)},
        "overrides": facts,
        "counter": _COUNTER,
    }


def _text(random: Random) -> str:
    if random.random() < 0.6:
        return random.choice(TEXTS)
    return "".join(random.choice("abcAx- ") for _ in range(random.randint(0, 5)))

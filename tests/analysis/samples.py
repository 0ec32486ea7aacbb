"""Policies and requests that the tests draw."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from ccproxy.checks import CheckedPolicy, check, with_models
from ccproxy.facts import TokenCounter, Value
from ccproxy.language.loader import load_text
from ccproxy.models.label_models import Models
from tests.analysis.small_policies import LABELS, TEXTS, SmallPolicies

_COUNTER = TokenCounter()


def scaled(few: int, many: int) -> int:
    """How many examples to try: few, or all of them where CCPROXY_TEST_SCALE is `full`."""
    return many if os.environ.get("CCPROXY_TEST_SCALE") == "full" else few


def checked_policy(text: str) -> CheckedPolicy:
    """The policy, which has to be without errors."""
    diagnostics, checked = check(load_text(text))
    assert checked is not None, [(item.code.slug, item.message) for item in diagnostics]
    return checked


MODELS = Models.read(Path(__file__).with_name("models.yaml"), map_path=Path("no map"))
"""Those behind the labels of the small policies."""


def behind(text: str) -> CheckedPolicy:
    """The policy with those models behind its labels."""
    return with_models(checked_policy(text), MODELS)


def policies(count: int, start: int = 0) -> Iterator[tuple[str, CheckedPolicy]]:
    """Random small policies, the same ones for the same `start`."""
    for seed in range(start, start + count):
        text = SmallPolicies(seed).policy()
        yield text, behind(text)


def sampled_request(random: Random) -> dict[str, Any]:
    """A request as arguments of `observe`: consistent, and around the constants of the small policies."""

    def maybe(value: Any) -> Any:
        return value if random.random() < 0.7 else None

    latest = random.randint(0, 6)
    messages = maybe(random.randint(0, 6))
    number = random.choice((0, 1, 1.25, 1.5, 2, 2.5, 3, 4))
    body: dict[str, Any] = {
        "t": {"x": maybe(random.choice(TEXTS))},
        "n": {"x": maybe(random.choice((number, "a")))},
        "e": maybe([{"x": _text(random)} for _ in range(random.randint(0, 2))]),
        "l": maybe([{"x": maybe(_text(random))} for _ in range(random.randint(0, 4))]),
        "b": {"x": maybe(random.choice((True, False, "x", {})))},
    }
    if random.random() < 0.3:
        body["cache_control"] = {"type": "ephemeral"}
    facts: dict[str, Value] = {
        "model": maybe(_text(random)),
        "effort": maybe(_text(random)),
        "tokens": latest + random.randint(0, 4),
        "tokens.latest": latest,
        "messages": messages,
        "images": 0 if messages is None else random.randint(0, 4),
        "max_tokens": maybe(random.randint(0, 6)),
        "stream": maybe(random.random() < 0.5),
        "tools": maybe(tuple(_text(random) for _ in range(random.randint(0, 4)))),
        "betas": maybe(tuple(dict.fromkeys(filter(None, (_text(random).strip() for _ in range(random.randint(0, 4))))))),
        "time": random.randrange(24 * 60),
        "weekday": random.randrange(7),
        "session.label": maybe(random.choice((*LABELS, "gone"))),
        "session.idle": maybe(number),
        "session.requests": maybe(random.randint(0, 4)),
        "session.spend": maybe(number),
        "cache.tokens": maybe(random.randint(0, 6)),
        "turn.step": maybe(random.randint(0, 4)),
        "quota(a)": maybe(number),
        "healthy(b)": random.random() < 0.5,
        "fits(c)": random.random() < 0.5,
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

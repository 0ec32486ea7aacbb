"""What a usage costs equals what LiteLLM's own calculator says, over all shapes of prices."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from litellm import cost_per_token
from litellm._internal_context import pinned_billing_time
from litellm.llms import get_cost_for_web_search_request
from litellm.types.utils import Usage
from litellm.utils import get_model_info_helper

from ccproxy.models.model_key import find_entry, provider_of
from ccproxy.models.model_map import ModelMap, find_map
from ccproxy.models.prices import Paid, Prices
from tests.analysis.samples import scaled

MAP = ModelMap.read(find_map())
TIERS = (None, "flex", "priority", "fast", "ultrafast", "balanced", "auto", "standard")
ASKING_ELSEWHERE = ("github_copilot", "lemonade", "chatgpt", "ollama", "huggingface")
"""Providers of whose models LiteLLM asks a server before it answers."""
BY_OTHER_UNITS = ("input_cost_per_second", "output_cost_per_second", "input_cost_per_character", "input_cost_per_token_above_128k_tokens")
"""Models that LiteLLM bills, in part, by something else than tokens; and old ones of Vertex AI whose tiers go by the output, too."""


def priced() -> list[tuple[str, str, Prices]]:
    """Name without its prefix, provider and prices of every model that has prices by the token."""
    found = []
    for key in MAP:
        provider = provider_of(key, None, MAP)
        name = key.removeprefix(f"{provider}/")
        resolved = find_entry(f"{provider}/{name}", provider, MAP)
        if resolved is None or MAP.entry(key).get("mode") not in ("chat", "responses") or provider in ASKING_ELSEWHERE:
            continue
        prices = Prices(resolved[1], provider)
        if (provider == "vertex_ai" and "/" in name) or name.startswith(f"{provider}/"):  # its calculator takes these for others
            continue
        if prices.known and provider and not any(name in prices.info for name in BY_OTHER_UNITS):
            found.append((name, provider, prices))
    return found


PRICED = priced()
SHAPES: Mapping[str, list[tuple[str, str, Prices]]] = {
    "tiers": [one for one in PRICED if one[2].thresholds],
    "tables": [one for one in PRICED if "tiered_pricing" in one[2].info],
    "writes": [one for one in PRICED if "cache_creation_input_token_cost_above_1hr" in one[2].info],
    "off peak": [one for one in PRICED if "off_peak_pricing" in one[2].info],
    "service tiers": [one for one in PRICED if any(name.endswith(("_flex", "_priority", "_ultrafast")) for name in one[2].info)],
    "searches": [one for one in PRICED if "search_context_cost_per_query" in one[2].info],
    "reasoning": [one for one in PRICED if "output_cost_per_reasoning_token" in one[2].info],
    "any": PRICED,
}


def theirs(name: str, provider: str, prices: Prices, paid: Paid, tier: str | None, fast: bool, at: datetime) -> float:
    written = paid.written + paid.written_1h
    spoken: dict[str, Any] = {"speed": "fast"} if fast else {}
    usage = Usage(
        prompt_tokens=paid.input,
        completion_tokens=paid.output,
        total_tokens=paid.input + paid.output,
        completion_tokens_details={"reasoning_tokens": paid.reasoning},
        prompt_tokens_details={
            "cached_tokens": paid.read,
            "cache_creation_tokens": written,
            "cache_creation_token_details": {"ephemeral_5m_input_tokens": paid.written, "ephemeral_1h_input_tokens": paid.written_1h},
            "text_tokens": paid.new,
            "web_search_requests": paid.searches,
        },
        server_tool_use={"web_search_requests": paid.searches},
        server_side_tool_usage_details={"web_search_calls": paid.searches},
        **spoken,
    )
    with pinned_billing_time(at):
        prompt, completion = cost_per_token(model=name, custom_llm_provider=provider, usage_object=usage, service_tier=tier)
    info: Any = get_model_info_helper(name, provider)
    searched = get_cost_for_web_search_request(provider, usage, info) if paid.searches else 0.0
    if searched is None:  # by calls in the answer, at the default size of context
        searched = paid.searches * float((prices.info.get("search_context_cost_per_query") or {}).get("search_context_size_medium", 0))
    return prompt + completion + searched


def draw(random: Random, prices: Prices) -> Paid:
    edges = [0, 1, 10, 1000, 50_000, 300_000, 1_200_000, *prices.thresholds, *(edge + 1 for edge in prices.thresholds)]
    whole = random.choice([random.choice(edges), random.randrange(1, 1_500_000)])
    read = random.choice([0, random.randrange(whole + 1)])
    written = random.choice([0, random.randrange(whole - read + 1)])
    hour = random.choice([0, random.randrange(whole - read - written + 1)])
    output = random.choice([0, 1, random.randrange(100_000)])
    reasoning = random.choice([0, random.randrange(output + 1)])
    return Paid(whole - read - written - hour, written, hour, read, output, reasoning, random.choice([0, 0, 1, 7]))


@pytest.mark.parametrize("shape", SHAPES)
def test_dollars_equal_the_calculators(shape: str) -> None:
    random = Random(shape)
    assert SHAPES[shape]
    for _ in range(scaled(150, 2500)):
        name, provider, prices = random.choice(SHAPES[shape])
        paid, tier, fast = draw(random, prices), random.choice(TIERS), random.random() < 0.2
        at = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(minutes=random.randrange(14 * 24 * 60))
        own = prices.dollars(paid, tier=tier, fast=fast, at=at)
        assert own is not None
        expected = theirs(name, provider, prices, paid, tier, fast, at)
        assert float(own) == pytest.approx(expected, rel=1e-9, abs=1e-15), (name, provider, paid, tier, fast, at)


def test_between_thresholds_rates_stay() -> None:
    for _, _, prices in SHAPES["tiers"]:
        ends = [1, *(edge + step for edge in prices.thresholds for step in (0, 1)), prices.thresholds[-1] + 1_000_000]
        for low, high in zip(ends[::2], ends[1::2], strict=True):
            middle = (low + high) // 2
            assert prices.rates(low) == prices.rates(middle) == prices.rates(high)


def test_exact_decimals_and_no_price() -> None:
    prices = Prices({"input_cost_per_token": "3e-06", "output_cost_per_token": 15e-06}, "openai")
    assert prices.dollars(Paid(new=1_000_001, output=1)) == Decimal("3.000018")
    assert Prices({}, "openai").dollars(Paid(new=1)) is None
    assert Prices({"input_cost_per_token": "dear"}, "openai").dollars(Paid(new=1)) is None


def test_own_prices_of_any_kind_do_not_raise() -> None:
    broken: dict[str, Any] = {
        "input_cost_per_token": 1e-6,
        "tiered_pricing": [{"range": [0, 10]}, {}],
        "off_peak_pricing": {"hours_utc": ["x", "1-2-3"], "windows": [7, {"hours_utc": "00:00-00:00", "weekdays": ["sun", 9]}]},
        "search_context_cost_per_query": 7,
        "input_cost_per_token_above_x_tokens": 1,
        "provider_specific_entry": [],
    }
    assert Prices(broken, "anthropic").dollars(Paid(new=20, searches=1), fast=True, at=datetime.now(UTC)) is not None

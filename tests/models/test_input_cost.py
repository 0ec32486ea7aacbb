"""What an input costs before it is sent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ccproxy import Models
from ccproxy.models.input_cost import cache_life, input_cost

CONFIG = """
model_list:
  - model_name: claude
    litellm_params: {model: hosted_vllm/a, input_cost_per_token: 3.0e-06, output_cost_per_token: 1.5e-05,
      cache_creation_input_token_cost: 3.75e-06, cache_creation_input_token_cost_above_1hr: 6.0e-06, cache_read_input_token_cost: 3.0e-07,
      input_cost_per_token_above_200k_tokens: 6.0e-06, cache_read_input_token_cost_above_200k_tokens: 6.0e-07}
  - {model_name: plain, litellm_params: {model: hosted_vllm/b, input_cost_per_token: 1.0e-06}}
  - {model_name: group, litellm_params: {model: hosted_vllm/b, input_cost_per_token: 1.0e-06}}
  - {model_name: group, litellm_params: {model: hosted_vllm/b, input_cost_per_token: 2.0e-06}}
  - {model_name: half, litellm_params: {model: hosted_vllm/b, input_cost_per_token: 1.0e-06}}
  - {model_name: half, litellm_params: {model: hosted_vllm/c}}
"""


@pytest.fixture
def models(tmp_path: Path) -> Models:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return Models.read(path, environment={})


def test_new_read_and_written(models: Models) -> None:
    assert input_cost(models, "claude", 100_000) == Decimal("0.3")
    assert input_cost(models, "claude", 100_000, life="5m") == Decimal("0.375")
    assert input_cost(models, "claude", 100_000, life="1h") == Decimal("0.6")
    assert input_cost(models, "claude", 100_000, read=90_000, life="5m") == Decimal("0.0645")
    assert input_cost(models, "claude", 100, read=90_000) == Decimal("0.00003")


def test_a_part_of_a_token_costs_as_a_whole_one(models: Models) -> None:
    assert input_cost(models, "plain", Fraction(5, 2)) == Decimal("0.000003")


def test_the_whole_request_decides_the_tier(models: Models) -> None:
    assert input_cost(models, "claude", 200_000) == Decimal("0.6")
    assert input_cost(models, "claude", 200_001) == Decimal("1.200006")
    assert input_cost(models, "claude", 200_001, read=200_000) == Decimal("0.120006")


def test_the_dearest_counts_and_an_unknown_price_is_missing(models: Models) -> None:
    assert input_cost(models, "group", 1_000_000) == 2
    assert input_cost(models, "plain", 1_000_000, read=1_000_000, life="1h") == 1  # without prices of its own the cache costs as input
    assert input_cost(models, "half", 1) is None
    assert input_cost(models, "nowhere", 1) is None


def test_the_longest_life_counts() -> None:
    five, hour = {"cache_control": {"type": "ephemeral"}}, {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    assert cache_life({"messages": [{"content": [{"type": "text"}]}]}) is None
    assert cache_life({"system": [five], "messages": []}) == "5m"
    assert cache_life({"system": [five], "messages": [{"content": [hour]}]}) == "1h"
    assert cache_life(hour) == "1h"
    assert cache_life({"cache_control": None}) is None
    assert cache_life("x") is None

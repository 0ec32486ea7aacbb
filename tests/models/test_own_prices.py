"""Prices that a deployment states: what an answer costs then is what LiteLLM's router counts."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from litellm import ModelResponse, Usage
from litellm._internal_context import pinned_billing_time
from litellm.router import Router

from ccproxy.models.label_models import Models
from ccproxy.models.own_prices import with_own_prices
from ccproxy.models.prices import Paid
from tests.analysis.samples import scaled

MODELS = ("anthropic/claude-sonnet-5", "anthropic/claude-haiku-4-5", "openai/gpt-4o", "openai/gpt-5.4", "gemini/gemini-2.5-pro")
OFF_PEAK = {"input_cost_per_token": 1e-7, "hours_utc": "00:00-12:00"}
STEPS = [{"range": [0, 200_000], "input_cost_per_token": 2e-6}, {"range": [200_000, 9_000_000], "input_cost_per_token": 4e-6}]
WITH_OUTPUT = [{**step, "output_cost_per_token": 3e-5} for step in STEPS]
OWN: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("input_cost_per_token", (0, 1e-3, 2.5e-6)),
    ("output_cost_per_token", (0, 1e-3, 7e-6)),
    ("cache_read_input_token_cost", (0, 3e-7)),
    ("cache_creation_input_token_cost", (4e-6,)),
    ("cache_creation_input_token_cost_above_1hr", (6e-6,)),
    ("input_cost_per_token_above_200k_tokens", (9e-6,)),
    ("output_cost_per_token_flex", (1e-6,)),
    ("off_peak_pricing", (OFF_PEAK,)),
    ("tiered_pricing", (STEPS, WITH_OUTPUT)),
)


def stated(random: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Prices in `litellm_params` and in `model_info`."""
    sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for name, values in random.sample(OWN, random.choice([1, 1, 2, 3])):
        sides[random.randrange(2)][name] = random.choice(values)
    return sides


def used(random: Random) -> Paid:
    new, written, hour, read = (random.choice([0, 1, 900, 150_000, 400_000]) for _ in range(4))
    return Paid(new + 1, written, hour, read, output=random.choice([0, 1, 5_000]))


def answer(model: str, paid: Paid) -> ModelResponse:
    split = {"ephemeral_5m_input_tokens": paid.written, "ephemeral_1h_input_tokens": paid.written_1h}
    usage = Usage(
        prompt_tokens=paid.input,
        completion_tokens=paid.output,
        total_tokens=paid.input + paid.output,
        prompt_tokens_details={
            "cached_tokens": paid.read,
            "cache_creation_tokens": paid.written + paid.written_1h,
            "cache_creation_token_details": split,
            "text_tokens": paid.new,
        },
    )
    choice = {"message": {"role": "assistant", "content": "x"}, "finish_reason": "stop", "index": 0}
    return ModelResponse(model=model.partition("/")[2], choices=[choice], usage=usage)


def test_dollars_are_those_that_litellm_counts_for_the_deployment(tmp_path: Path) -> None:
    random, config = Random(5), tmp_path / "config.yaml"
    for _ in range(scaled(150, 2_000)):
        model, (parameters, info), paid = random.choice(MODELS), stated(random), used(random)
        entry: dict[str, Any] = {"model_name": "a", "litellm_params": {"model": model, "api_key": "k", **parameters}, "model_info": info}
        config.write_text(yaml.safe_dump({"model_list": [entry]}))
        at = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(minutes=random.randrange(24 * 60))
        entry["litellm_params"]["mock_response"] = answer(model, paid)
        with pinned_billing_time(at):
            given = Router(model_list=[entry]).completion(model="a", messages=[{"role": "user", "content": "hi"}])
        expected = given._hidden_params["response_cost"]
        own = Models.read(config, environment={}).of("a")[0].prices.dollars(paid, at=at)
        assert own is not None
        assert float(own) == pytest.approx(expected, rel=1e-9, abs=1e-15), (model, parameters, info, paid, at)


@pytest.mark.parametrize("own", [{}, {"input_cost_per_token": 1e-6}, {"output_cost_per_token": 1e-6}])
@pytest.mark.parametrize(
    ("model", "base"),
    [
        *(("openai/mine", base) for base in ("claude-sonnet-5", "anthropic/claude-sonnet-5")),
        *((model, "gpt-4o") for model in ("hosted_vllm/mine", "azure/mine")),
    ],
)
@pytest.mark.parametrize("side", ["model_info", "litellm_params"])
def test_a_base_model_may_be_another_providers(tmp_path: Path, model: str, base: str, own: dict[str, float], side: str) -> None:
    config, paid = tmp_path / "config.yaml", Paid(1000, 200, 0, 5000, output=300)
    entry: dict[str, Any] = {"model_name": "a", "litellm_params": {"model": model, "api_key": "k", "api_base": "http://x", **own}}
    entry["model_info"] = {"base_model": None}
    entry[side]["base_model"] = base
    config.write_text(yaml.safe_dump({"model_list": [entry]}))
    entry["litellm_params"]["mock_response"] = answer(model, paid)
    given = Router(model_list=[entry]).completion(model="a", messages=[{"role": "user", "content": "hi"}])
    known = Models.read(config, environment={}).of("a")[0].prices.dollars(paid)
    assert known is not None
    assert float(known) == pytest.approx(given._hidden_params["response_cost"], rel=1e-9)


def test_what_is_not_a_price_stays() -> None:
    entry = {"max_input_tokens": 5, "input_cost_per_token": 1, "input_cost_per_token_above_200k_tokens": 2, "supports_vision": True}
    assert with_own_prices(entry, {}) is entry
    assert with_own_prices(entry, {"output_cost_per_token": 3}) == {
        "max_input_tokens": 5,
        "supports_vision": True,
        "input_cost_per_token": 0,
        "output_cost_per_token": 3,
    }


@pytest.mark.parametrize("name", ["input_cost_per_second", "output_cost_per_second"])
def test_by_the_second_no_price_is_known(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config.yaml"
    entry = {"model_name": "a", "litellm_params": {"model": "openai/gpt-4o", name: 0.1}}
    config.write_text(yaml.safe_dump({"model_list": [entry]}))
    (model,) = Models.read(config, environment={}).of("a")
    assert (model.prices.known, model.prices.dollars(Paid(5)), model.window) == (False, None, 128_000)

"""What is known of each label of a config."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

import ccproxy
from ccproxy import Models
from ccproxy.checks.conditions import read_conditions
from ccproxy.models.label_models import CAPABILITIES, Model
from ccproxy.models.model_map import find_map
from ccproxy.models.offers import Offers
from ccproxy.models.prices import Paid

CONFIG = """
model_list:
  - model_name: default
    litellm_params: {model: anthropic/claude-sonnet-4-5-20250929}
  - model_name: default
    litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0}
  - model_name: own
    litellm_params: {model: hosted_vllm/mine, input_cost_per_token: "2e-07", output_cost_per_token: 1.0e-06}
    model_info: {max_input_tokens: 32768, supports_vision: false, supports_function_calling: true, deprecation_date: 2027-01-31}
  - model_name: azure
    litellm_params: {model: azure/whatever-we-call-it}
    model_info: {base_model: azure/gpt-4o, max_input_tokens: 1000}
  - model_name: stated
    litellm_params: {model: gpt-4o, custom_llm_provider: azure}
  - model_name: nothing
    litellm_params: {model: openai/nobody-knows-this}
  - model_name: "vendor/*"
    litellm_params: {model: "anthropic/*"}
  - model_name: "*"
    litellm_params: {model: "openai/*"}
include: [more.yaml]
router_settings:
  model_group_alias: {best: default, hidden: {model: own, hidden: true}, far: vendor/claude-opus-4-5}
  routing_groups:
    - {group_name: pool, models: [own, default]}
"""
MORE = """
model_list:
  - model_name: more
    litellm_params: {model: gemini/gemini-2.5-pro}
"""


def read(folder: Path, config: str = CONFIG) -> Models:
    path = folder / "config.yaml"
    path.write_text(config)
    (folder / "more.yaml").write_text(MORE)
    return Models.read(path, environment={})


def names(models: Models, label: str) -> list[str]:
    return [model.name for model in models.of(label)]


def only(models: Models, label: str) -> Model:
    (model,) = models.of(label)
    return model


def test_labels_lead_to_deployments(tmp_path: Path) -> None:
    models = read(tmp_path)
    two = ["anthropic/claude-sonnet-4-5-20250929", "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"]
    assert models.labels == ("default", "own", "azure", "stated", "nothing", "more", "best", "hidden", "far", "pool")
    assert names(models, "default") == names(models, "best") == two
    assert [model.provider for model in models.of("default")] == ["anthropic", "bedrock"]
    assert [model.key for model in models.of("default")] == [
        "claude-sonnet-4-5-20250929",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ]
    assert names(models, "hidden") == ["hosted_vllm/mine"]
    assert names(models, "pool") == ["hosted_vllm/mine", *two]
    assert names(models, "more") == ["gemini/gemini-2.5-pro"]
    assert models.complete
    assert not read(tmp_path, "general_settings: {store_model_in_db: true}").complete


def test_wildcards_lead_where_litellm_leads_them(tmp_path: Path) -> None:
    models = read(tmp_path)
    assert names(models, "vendor/claude-opus-4-5") == ["anthropic/claude-opus-4-5"] == names(models, "far")
    assert names(models, "gpt-4o") == ["openai/gpt-4o"]
    assert only(models, "gpt-4o").window == 128_000
    assert not only(models, "anything at all").known
    assert read(tmp_path, CONFIG.replace('"*"', '"elsewhere/*"')).of("gpt-4o") == ()


def test_what_a_deployment_says_itself_counts(tmp_path: Path) -> None:
    models = read(tmp_path)
    own = only(models, "own")
    assert (own.provider, own.key, own.window, own.output_cap) == ("hosted_vllm", None, 32_768, None)
    assert [own.takes(what) for what in ("images", "tools", "audio", "documents")] == [False, True, None, None]
    assert own.retires == date(2027, 1, 31)
    rates = own.prices.rates(1)
    assert (rates.new, rates.read, rates.output) == (Decimal("2e-7"), Decimal("2e-7"), Decimal("1e-6"))
    azure = only(models, "azure")
    assert (azure.provider, azure.key, azure.window, azure.output_cap) == ("azure", "azure/gpt-4o", 1000, 16_384)
    assert only(models, "stated").key == "azure/gpt-4o"


def test_absent_is_unknown_but_not_all_is(tmp_path: Path) -> None:
    models = read(tmp_path)
    nothing = only(models, "nothing")
    assert not nothing.known
    assert nothing.provider == "openai"
    assert {nothing.takes(what) for what in ("images", "tools", "audio", "video")} == {None}
    claude = models.of("default")[0]
    assert [claude.takes(what) for what in ("images", "audio", "video", "documents", "tools")] == [True, False, False, True, True]
    assert claude.prices.thresholds == ()
    assert only(models, "more").prices.thresholds == (200_000,)


def test_the_hash_is_over_what_is_known(tmp_path: Path) -> None:
    models = read(tmp_path)
    first = models.hash_of(("default", "own"))
    assert len(first) == 12
    assert first == read(tmp_path).hash_of(("own", "default"))
    assert first != read(tmp_path, CONFIG.replace("32768", "32769")).hash_of(("own", "default"))
    assert first == read(tmp_path, CONFIG.replace("max_input_tokens: 1000", "max_input_tokens: 1001")).hash_of(("own", "default"))


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    assert Models.read(tmp_path / "none.yaml").of("default") == ()
    models = Models.read(read_path(tmp_path), environment={}, map_path=tmp_path / "none.json")
    assert not models.of("default")[0].known
    odd = "model_list: [{model_name: a, litellm_params: {model: openai/x}, model_info: {max_input_tokens: many, deprecation_date: soon}}]"
    model = only(read(tmp_path, odd), "a")
    assert (model.window, model.retires, model.successor) == (None, None, None)


def read_path(folder: Path) -> Path:
    read(folder)
    return folder / "config.yaml"


ODD: tuple[Any, ...] = (
    None,
    True,
    7,
    -1,
    0.5,
    float("inf"),
    float("nan"),
    "",
    "x",
    "1e999",
    "1e999999",
    1e50,
    10**50,
    [],
    [7],
    [{}],
    {},
    {"a": 1},
    {1: 2},
    [{"range": ["a", None]}],
    [{"range": [1e40, 1e50], "input_cost_per_token": 1}, {"range": [-5, 1e40], "input_cost_per_token": 1}],
)
FIELDS = (
    *("max_input_tokens", "max_output_tokens", "supports_vision", "supported_modalities", "deprecation_date", "metadata", "base_model", 5),
    *("input_cost_per_token", "output_cost_per_token", "input_cost_per_token_above_200k_tokens", "tiered_pricing", "off_peak_pricing"),
    f"input_cost_per_token_above_{9**50}k_tokens",
    *("search_context_cost_per_query", "provider_specific_entry", "cache_read_input_token_cost", "custom_llm_provider"),
)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_that_stands_in_a_config_raises(seed: int, tmp_path: Path) -> None:
    random = Random(seed)

    def drawn() -> dict[Any, Any]:
        return {name: random.choice(ODD) for name in FIELDS if random.random() < 0.6}

    models = ("anthropic/x", "bedrock/y", "xai/grok-4", "dashscope/qwen3-max", "z")
    entries = [
        {"model_name": f"m{index}", "litellm_params": {**drawn(), "model": random.choice(models)}, "model_info": drawn()}
        for index in range(20)
    ]
    found = read(tmp_path, yaml.safe_dump({"model_list": entries}))
    assert found.hash_of(found.labels)
    for label in found.labels:
        for model in found.of(label):
            assert model.retires is None
            assert {type(count) for count in (model.window, model.output_cap)} <= {int, type(None)}
            assert {model.takes(what) for what in CAPABILITIES} <= {True, False, None}
            assert model.successor is None
            prices = model.prices
            assert prices.dollars(Paid(new=5, searches=1), fast=True, at=datetime.now(UTC)) is not None or not prices.known
            assert all(isinstance(edge, int) for edge in prices.thresholds)
    offers = Offers.of(found, found.labels)
    kinds = (condition for of in offers.kinds.values() for condition in of.values())
    read_conditions([*offers.fits.values(), *kinds, *offers.cheaper.values()], "what is known")


def test_any_number_of_models_stands_behind_a_label(tmp_path: Path) -> None:
    """However long the condition is of which `fits` is short."""
    entry = "- {{model_name: a, litellm_params: {{model: gpt-4o}}, model_info: {{max_input_tokens: {}}}}}\n"
    found = read(tmp_path, "model_list:\n" + "".join(map(entry.format, range(1_000, 1_100))))
    policy = ccproxy.loads("when fits(a) -> a\ndefault -> b\n", models=found)
    assert [policy.decide({}, facts={"tokens": tokens}).label for tokens in (1_099, 1_100)] == ["a", "b"]
    assert Offers.of(found, ["a"]).kinds["a"]["window"].count("tokens") == 100


def test_litellm_is_not_imported_and_little_is_decoded(tmp_path: Path) -> None:
    program = (
        "import sys, ccproxy\n"
        f"models = ccproxy.Models.read({str(read_path(tmp_path))!r})\n"
        "assert all(models.of(label) for label in models.labels)\n"
        "assert 'litellm' not in sys.modules\n"
        "print(len(models.map._decoded))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20
    assert find_map() is not None

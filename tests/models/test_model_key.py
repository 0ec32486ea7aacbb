"""Every model resolves as LiteLLM itself resolves it; what is called here is LiteLLM."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from litellm.exceptions import BadRequestError
from litellm.utils import get_model_info_helper

from ccproxy.models.model_key import find_entry, provider_of
from ccproxy.models.model_map import ModelMap, find_map

MAP = ModelMap.read(find_map())
MODELS = [key for key in MAP if MAP.entry(key).get("mode") in ("chat", "responses")]
ASKING_ELSEWHERE = ("github_copilot/", "lemonade/", "chatgpt/")
"""Providers of whose models LiteLLM asks a server, or for a login, before it answers."""
NEITHER = ("key", "supported_openai_params")
ZERO_FOR_NONE = ("input_cost_per_token", "output_cost_per_token")

SPELLINGS = (
    "claude-opus-5-5",
    "CLAUDE-opus-5-5",
    "anthropic/claude-opus-5-5",
    "anthropic/claude-sonnet-4-5-20250929",
    "claude-newfamily-7-3",
    "anthropic/claude-newfamily-7-3",
    "anthropic/claude-opus-5-5[1m]",
    "openai/gpt-5.5",
    "gpt-4o",
    "gpt-4o-2024-08-06",
    "openai/gpt-4o-2099-01-01",
    "ft:gpt-4o-2024-08-06:my-org::id",
    "ft:gpt-3.5-turbo:my-org:custom_suffix:id",
    "azure/gpt-4o",
    "azure/gpt-4o-2024-11-20",
    "azure/my-own-deployment",
    "azure/mistral-large-latest",
    "azure/command-r-plus",
    "azure/eu/gpt-4o-2024-11-20",
    "azure_ai/gpt-4o",
    "azure_ai/claude-opus-4-5",
    "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock/jp.anthropic.claude-haiku-4-5-20251001-v1:0",
    "bedrock/converse/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock/invoke/anthropic.claude-3-5-sonnet-20240620-v1:0",
    "bedrock/invoke/anthropic.claude-3-5-sonnet-20241022-v2:0",
    "bedrock/us-east-1/anthropic.claude-3-5-sonnet-20240620-v1:0",
    "bedrock/eu-central-1/anthropic.claude-v2:1",
    "bedrock/us.anthropic.claude-opus-4-6-v1[1m]",
    "bedrock/anthropic.claude-3-sonnet-20240229-v1:0:28k",
    "bedrock/us.meta.llama3-2-11b-instruct-v1:0",
    "bedrock/amazon.nova-pro-v1:0",
    "bedrock/nova/arn:aws:bedrock:us-east-1:1:custom-model-deployment/x",
    "bedrock/arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock/arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock_mantle/us-east-1/openai.gpt-5.6-sol",
    "bedrock_mantle/openai.gpt-5.6-sol",
    "vertex_ai/claude-sonnet-4-5@20250929",
    "vertex_ai/claude-opus-4-5",
    "vertex_ai/gemini-2.5-pro",
    "vertex_ai/gemini-2.5-pro-001",
    "vertex_ai_beta/gemini-2.5-pro",
    "vertex_ai/meta/llama-3.1-405b-instruct-maas",
    "vertex_ai/deepseek-ai/deepseek-v3.1-maas",
    "gemini/gemini-2.5-flash",
    "gemini/gemini-2.5-flash-001",
    "gemini/gemini-9-pro",
    "gemini-2.5-pro",
    "openrouter/anthropic/claude-sonnet-4.5",
    "openrouter/nobody/nothing",
    "deepseek/deepseek-chat",
    "deepseek-chat",
    "fireworks_ai/deepseek-v3p1",
    "fireworks_ai/accounts/fireworks/models/deepseek-v3p1",
    "perplexity/sonar-pro",
    "xai/grok-4",
    "mistral/mistral-large-latest",
    "groq/openai/gpt-oss-120b",
    "together_ai/deepseek-ai/DeepSeek-V3",
    "dashscope/qwen3-max",
    "databricks/databricks-claude-sonnet-4",
    "cohere/command-r-plus",
    "hosted_vllm/my-model",
    "litellm_proxy/claude-opus-5-5",
    "nobody-knows-this",
    "jamba-1.5",
    "qwencloud/qwen3-max",
)


def theirs(model: str, provider: str | None = None) -> Mapping[str, Any] | None:
    """What LiteLLM knows of a model, None if nothing; with a provider, without what the provider's own code adds to the map."""
    try:
        return dict(litellm.get_model_info(model) if provider is None else get_model_info_helper(model, provider))
    except Exception as error:
        if "isn't mapped yet" not in str(error):
            raise
        return None


def ours(model: str) -> tuple[str, Mapping[str, Any]] | None:
    return find_entry(model, provider_of(model, None, MAP), MAP)


def agree(found: tuple[str, Mapping[str, Any]] | None, info: Mapping[str, Any] | None) -> bool:
    if found is None or info is None:
        return found is None and info is None
    key, entry = found
    assert key == info["key"] or MAP.key(key) is None  # without an entry any of the names may match LiteLLM's rules
    told = {name: value for name, value in info.items() if name not in NEITHER and value is not None}
    if "litellm_provider" not in entry:  # a model without an entry: LiteLLM writes in whom it would call
        told.pop("litellm_provider", None)
    for name, value in told.items():
        own = entry.get(name, 0 if name in ZERO_FOR_NONE else None)
        assert plain(own) == value, name
    return True


def plain(value: object) -> object:
    """A value of the map as LiteLLM has it: with floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


@pytest.mark.filterwarnings("ignore")
def test_every_model_of_the_map() -> None:
    assert len(MODELS) > 2000
    for model in MODELS:
        if model.startswith(ASKING_ELSEWHERE):
            assert ours(model) == (model, MAP.filled(model))
        else:
            assert agree(ours(model), theirs(model)), model  # as it stands in the map, prefix or not


@pytest.mark.parametrize("model", SPELLINGS)
def test_spellings(model: str) -> None:
    """As LiteLLM resolves a call when it counts what it cost: with the provider that it called."""
    try:
        name, provider, _, _ = litellm.get_llm_provider(model)
    except BadRequestError:
        name, provider = model, ""
    assert provider_of(model, None, MAP) == {"vertex_ai_beta": "vertex_ai"}.get(provider, provider)
    assert agree(ours(model), theirs(name, provider or None))


@pytest.mark.parametrize(("model", "stated"), [("gpt-4o", "azure"), ("claude-opus-5-5", "anthropic"), ("gemini-2.5-pro", "vertex_ai")])
def test_a_stated_provider(model: str, stated: str) -> None:
    info = get_model_info_helper(model, stated)
    assert agree(find_entry(model, provider_of(model, stated, MAP), MAP), dict(info))


def test_a_map_that_is_not_there_or_broken_is_empty(tmp_path: Path) -> None:
    broken = tmp_path / "map.json"
    broken.write_text("{")
    (tmp_path / "empty").touch()
    for read, path in product((ModelMap.read, ModelMap.mapped), (None, tmp_path / "none", broken, tmp_path / "empty")):
        models = read(path)
        assert list(models) == []
        assert find_entry("gpt-4o", provider_of("gpt-4o", None, models), models) is None


@pytest.mark.parametrize("read", [ModelMap.read, ModelMap.mapped])
def test_every_entry_is_what_json_says(read: Callable[[Path | None], ModelMap]) -> None:
    path = find_map()
    assert path is not None
    whole = json.loads(path.read_bytes(), parse_float=Decimal)
    models = read(path)
    assert list(models) == [key for key in whole if key not in ("sample_spec", "fallback_generalizations")]
    assert [key for key in models if models.entry(key) != whole[key] or models.key(key) != key] == []
    lower = {key.lower(): key for key in models}
    assert [key for key in models if models.key(key.upper()) not in (key.upper(), lower[key.lower()])] == []
    assert models.key("claude") is None


def test_few_names_that_are_sought_are_found_as_among_all() -> None:
    names = [
        *MAP,
        *(key.swapcase() for key in MAP),
        *("gpt", "gpt-4", "none/such", "fallback_generalizations", "sample_spec", "gpt.4o", "é"),
    ]
    for start in range(0, len(names), 211):
        sought = names[start::211][:20]
        models = ModelMap.mapped(find_map(), sought)
        found = {name: models.key(name) for name in sought}
        assert found == {name: MAP.key(name) for name in sought}
        assert {key: models.entry(key) for key in found.values() if key} == {key: MAP.entry(key) for key in found.values() if key}


def test_where_only_sought_names_are_asked_for_not_all_are_read() -> None:
    models = ModelMap.mapped(find_map(), ["anthropic/claude-sonnet-5", "claude-sonnet-5", "none/such"])
    found = find_entry("anthropic/claude-sonnet-5", provider_of("anthropic/claude-sonnet-5", None, models), models)
    assert found == find_entry("anthropic/claude-sonnet-5", "anthropic", MAP)
    assert models.key("none/such") is None
    assert "_blocks" not in vars(models)
    assert models.key("gpt-4o") == "gpt-4o"
    assert "_blocks" in vars(models)


@pytest.mark.parametrize("read", [ModelMap.read, ModelMap.mapped])
def test_a_map_in_another_layout_is_read_too(read: Callable[[Path | None], ModelMap], tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text('{"gpt-4o":{"litellm_provider":"openai","input_cost_per_token":2.5e-06}}')
    for models in (read(path), ModelMap.mapped(path, ["gpt-4o", "openai/gpt-4o"])):
        assert find_entry("openai/gpt-4o", "openai", models) == (
            "gpt-4o",
            {"litellm_provider": "openai", "input_cost_per_token": Decimal("0.0000025")},
        )

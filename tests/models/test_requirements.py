"""Which requests a model can take: the condition against a reading of the table in Python, request by request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from ccproxy import Models, Request, load, loads
from ccproxy.models.label_models import Model
from ccproxy.models.model_map import ModelMap
from ccproxy.models.requirements import fits_condition, requirements
from tests.analysis.samples import scaled

SUPPORTS = ("vision", "pdf_input", "audio_input", "video_input", "function_calling", "tool_choice", "response_schema", "web_search")
PROVIDERS = ("hosted_vllm", "openai", "anthropic", "gemini", "bedrock", "groq")
TOOLS = ("web_search", "web_search_20250305", "web_search_preview", "mcp", "bash_20250124", "somebodys_own", "custom")


def draw_model(random: Random) -> Mapping[str, Any]:
    info: dict[str, Any] = {f"supports_{name}": random.random() < 0.5 for name in SUPPORTS if random.random() < 0.4}
    if random.random() < 0.5:
        info["max_input_tokens"] = random.choice([100, 1000, 200_000])
    provider = random.choice(PROVIDERS)
    return {"litellm_params": {"model": f"{provider}/{random.choice(['mine', 'some.claude-x'])}"}, "model_info": info}


def draw_request(random: Random) -> Request:
    content: list[dict[str, Any]] = [{"type": "text", "text": "x"}]
    content += [{"type": "image", "source": {}}] * random.choice([0, 0, 1]) + [{"type": "document", "source": {}}] * random.choice(
        [0, 0, 1]
    )
    body: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": content}]}
    if random.random() < 0.6:
        types = random.sample(TOOLS, random.randrange(3))
        body["tools"] = [{"type": one, "name": one} for one in types]
    if random.random() < 0.4:
        body["tool_choice"] = random.choice([{"type": "auto"}, {"type": "any"}, {"type": "none"}, {"type": "tool", "name": "T"}])
    if random.random() < 0.3:
        body["output_config"] = {"format": {"type": random.choice(["json_schema", "text"])}}
    headers = {"anthropic-beta": random.choice(["context-1m-2025-08-07", "other"])} if random.random() < 0.4 else {}
    path = random.choice(["/v1/messages", "/v1/messages", "/v1/responses/compact"])
    return Request(body, headers=headers, path=path, facts={"tokens": random.choice([50, 100, 101, 1000, 5000, 200_001])})


def takes(entry: Mapping[str, Any], request: Request) -> bool:
    """The table of the design, read once more."""
    info, model = entry["model_info"], entry["litellm_params"]["model"]
    facts: Any = loads("default -> a").observe(request)
    provider = model.partition("/")[0]
    own = {"openai": "openai", "anthropic": "anthropic", "gemini": "google", "groq": "others"}.get(provider)
    if provider == "bedrock" and "claude" in model:
        own = "anthropic"
    no = {name for name in SUPPORTS if info.get(f"supports_{name}") is False}
    beta = any(one.startswith("context-1m-") for one in facts.read("betas") or ())
    tools, types = facts.read("tools") or (), facts.read("tools.types") or ()
    ruled_out = [
        "max_input_tokens" in info and facts.read("tokens") > info["max_input_tokens"] and not beta,
        "vision" in no and facts.read("images") > 0,
        "pdf_input" in no and facts.read("documents") > 0,
        "audio_input" in no and facts.read("audio") > 0,
        "video_input" in no and facts.read("video") > 0,
        "function_calling" in no and len(tools) > 0,
        "tool_choice" in no and facts.read("tool_choice") not in (None, "auto", "none"),
        "response_schema" in no and facts.read("output.format") == "json_schema",
        own is not None and own != "anthropic" and bool({"web_search_20250305", "bash_20250124"} & {*types}),
        own is not None and own != "openai" and bool({"web_search_preview", "mcp"} & {*types}),
        own == "anthropic" and "web_search" in no and "web_search_20250305" in types,
        own == "openai" and "web_search" in no and "web_search_preview" in types,
        own not in (None, "openai") and facts.read("endpoint") == "compact",
    ]
    return not any(ruled_out)


def models_of(folder: Path, groups: Mapping[str, list[Mapping[str, Any]]]) -> Models:
    entries = [{"model_name": label, **entry} for label, group in groups.items() for entry in group]
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"model_list": entries}))
    empty = folder / "map.json"
    empty.write_text("{}")
    return Models.read(path, environment={}, map_path=empty)


@pytest.mark.parametrize("seed", range(scaled(4, 40)))
def test_the_condition_says_what_the_table_says(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    groups = {f"g{index}": [draw_model(random) for _ in range(random.choice([1, 1, 2]))] for index in range(10)}
    models = models_of(tmp_path, groups)
    requests = [draw_request(random) for _ in range(40)]
    seen = set()
    for label, group in groups.items():
        condition = fits_condition(models, label)
        if not any(entry["model_info"] for entry in group):
            assert condition is None
            continue
        policy = loads(f"when {condition} -> yes\ndefault -> no")
        for request in requests:
            fits = policy.decide(request).label == "yes"
            assert fits == any(takes(entry, request) for entry in group), (group, request, condition)
            seen.add(fits)
    assert seen == {True, False}


def test_of_the_map(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("model_list: [{model_name: a, litellm_params: {model: deepseek/deepseek-chat}}]")
    (model,) = Models.read(path, environment={}).of("a")
    assert {one.of for one in requirements(model)} >= {"window", "compact", "images", "audio", "video"}


def test_nothing_known_and_everything_possible(tmp_path: Path) -> None:
    known = {"litellm_params": {"model": "hosted_vllm/mine"}, "model_info": {"max_input_tokens": 10}}
    other = {"litellm_params": {"model": "hosted_vllm/other"}, "model_info": {}}
    models = models_of(tmp_path, {"unknown": [other], "both": [known, other], "known": [known]})
    assert fits_condition(models, "unknown") is None
    assert fits_condition(models, "nowhere") is None
    assert fits_condition(models, "both") == "true"
    assert fits_condition(models, "known") == '((tokens <= 10 or any betas matches "context-1m-*"))'


def test_conditions_are_policies_for_every_model_of_the_map(tmp_path: Path) -> None:
    """One policy of all conditions that come from the map: each is well-typed."""
    from ccproxy.models.model_key import provider_of
    from ccproxy.models.model_map import find_map

    entries = ModelMap.read(find_map())
    conditions = set()
    for key in entries:
        model = Model(key, provider_of(key, None, entries), key, entries.entry(key))
        conditions |= {one.condition for one in requirements(model)}
    path = tmp_path / "all.ccp"
    path.write_text("".join(f"when {condition} -> a\n" for condition in sorted(conditions)))
    assert len(load(path).checked.rules) == len(conditions) > 50

"""`import --faithful` decides as the old routers did, on random requests."""

from __future__ import annotations

import asyncio
import copy
import inspect
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import ccproxy
from ccproxy.decision import Decision
from ccproxy.migration.configurations import draft_of_text
from ccproxy.migration.draft import policy_text
from ccproxy.migration.text_tokens import CodeRouterText, MessageText

from .old_routers import Body, code_router, match_model, match_tool, request, tagged, thinking, token_count

REQUESTS = 10_000


def imported(configuration: object, folder: Path) -> tuple[ccproxy.Policy, Any]:
    """The policy, and LiteLLM's config that came with it."""
    draft = draft_of_text(json.dumps(configuration), "old.json", None, faithful=True)
    (folder / "policy.ccp").write_text(policy_text(draft), "utf-8")
    return ccproxy.load(folder / "policy.ccp"), draft.config


RULES: dict[str, tuple[str, list[Any], Callable[[Body], bool]]] = {
    "TokenCountRule": ("ccproxy.rules.TokenCountRule", [{"threshold": 120}], lambda body: token_count(body, 120)),
    "TokenCountRule by place": ("ccproxy.rules.TokenCountRule", [60], lambda body: token_count(body, 60)),
    "MatchModelRule": (
        "ccproxy.rules.MatchModelRule",
        [{"model_name": "claude-3-5-haiku"}],
        lambda body: match_model(body, "claude-3-5-haiku"),
    ),
    "MatchModelRule by place": ("ccproxy.rules.MatchModelRule", ["haiku"], lambda body: match_model(body, "haiku")),
    "ThinkingRule": ("ccproxy.rules.ThinkingRule", [], thinking),
    "MatchToolRule": ("ccproxy.rules.MatchToolRule", [{"tool_name": "WebSearch"}], lambda body: match_tool(body, "WebSearch")),
    "MatchToolRule with signs": ("ccproxy.rules.MatchToolRule", ["a.B"], lambda body: match_tool(body, "a.B")),
    "a class of one's own": (
        "migration_rules.ModelAndStream",
        [{"start": "claude"}, {"stream": False}],
        lambda body: body["model"].startswith("claude"),
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_of_an_earlier_ccproxy(name: str, tmp_path: Path) -> None:
    path, params, holds = RULES[name]
    (tmp_path / "migration_rules.py").write_text(
        "class ModelAndStream:\n"
        "    def __init__(self, start, stream):\n        self.start, self.stream = start, stream\n"
        "    def evaluate(self, request, config):\n"
        "        return request['model'].startswith(self.start) and bool(request.get('stream')) is self.stream\n"
    )
    policy, _ = imported({"ccproxy": {"rules": [{"label": "yes", "rule": path, "params": params}]}}, tmp_path)
    source, ways = random.Random(name), Counter[bool]()
    requests = REQUESTS if " " not in name else REQUESTS // 10
    for _ in range(requests):
        body = request(source)
        held = holds(body)
        assert policy.decide(body, path=api(body)).label == ("yes" if held else "default"), body
        ways[held] += 1
    assert min(ways[True], ways[False]) > requests / 50, ways


def test_the_rules_of_an_earlier_ccproxy_in_their_order(tmp_path: Path) -> None:
    names = ("TokenCountRule", "MatchModelRule", "ThinkingRule", "MatchToolRule")
    rules = [{"name": f"label-{name}", "rule": RULES[name][0], "params": RULES[name][1]} for name in names]
    policy, _ = imported({"ccproxy": {"default_model_passthrough": True, "rules": rules}}, tmp_path)
    source, ways = random.Random(1), Counter[str | None]()
    for _ in range(REQUESTS // 10):
        body = request(source)
        expected = next((f"label-{name}" for name in names if RULES[name][2](body)), None)
        decision = policy.decide(body, path=api(body))
        assert (decision.label, decision.action) == (expected, "route" if expected else "keep"), body
        ways[expected] += 1
    assert min(ways.values()) > REQUESTS / 1_000
    assert len(ways) == 5


def api(body: Body) -> str:
    chat = any("function" in tool for tool in body.get("tools", ()))
    return "/v1/chat/completions" if chat else "/v1/messages"


PROVIDERS = [
    {"name": "deepseek", "api_base_url": "https://api.deepseek.com/chat/completions", "api_key": "k", "models": ["chat", "reasoner"]},
    {
        "name": "OpenRouter",
        "api_base_url": "https://openrouter.ai/api/v1/chat/completions",
        "api_key": "$KEY",
        "models": ["a/Big", "a/eyes"],
    },
]
ROUTER = {
    "default": "deepseek,chat",
    "background": "deepseek,chat",
    "think": "deepseek,reasoner",
    "longContext": "OpenRouter,a/Big",
    "longContextThreshold": 250,
    "webSearch": "OpenRouter,a/web",
    "image": "OpenRouter,a/eyes",
}
NAMED = ("deepseek,chat", "openrouter,a/big", "OpenRouter,a/Big", "deepseek,none", "nobody,chat")


@pytest.mark.parametrize("without", [(), ("image",), ("think", "webSearch"), ("longContext", "longContextThreshold"), ("background",)])
def test_claude_code_router(without: tuple[str, ...], tmp_path: Path) -> None:
    router = {kind: value for kind, value in ROUTER.items() if kind not in without}
    configuration = {"Providers": PROVIDERS, "Router": router}
    policy, config = imported(configuration, tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    behind = {one["model_name"]: one["litellm_params"]["model"] for one in config["model_list"]}
    source, ways = random.Random(str(without)), Counter[str | None]()
    for _ in range(REQUESTS if not without else REQUESTS // 10):
        body = request(source, special=False)
        if source.random() < 0.1:
            body["model"] = source.choice(NAMED)
        expected = code_router(body, configuration)
        decision = policy.decide(body, path="/v1/messages")
        if expected is None:
            assert decision.action == "reject", body
        else:
            assert behind[str(decision.label)].casefold() == expected.replace(",", "/").casefold(), body
        ways[expected] += 1
    assert min(ways.values()) > 5
    if not without:
        assert len(ways) == 6


TAGS: tuple[list[str], ...] = (["free"], ["paid", "team-a"], ["team-a"], ["default"], ["default", "free"], [], ["paid"])
GROUPS = {"first": TAGS[:4], "second": (*TAGS[:3], TAGS[5]), "third": (TAGS[4], TAGS[6]), "untagged": (TAGS[5], TAGS[5])}
DEPLOYMENTS = [
    {"model_name": name, "litellm_params": {"model": f"openai/{name}-{number}", "api_key": "k", **({"tags": own} if own else {})}}
    for name, group in GROUPS.items()
    for number, own in enumerate(group)
]


@pytest.mark.parametrize("match_any", [True, False])
def test_the_model_of_tags_is_litellm_s(match_any: bool) -> None:
    from litellm.router import Router
    from litellm.router_strategy.tag_based_routing import get_deployments_for_tag

    choose: Any = get_deployments_for_tag
    takes = inspect.signature(choose).parameters
    router: Any = Router(model_list=copy.deepcopy(DEPLOYMENTS), enable_tag_filtering=True, tag_filtering_match_any=match_any)
    for model, number in itertools.product(GROUPS, range(4)):
        for tags in itertools.combinations(["free", "paid", "team-a", "other", "default"], number):
            healthy = [one for one in router.model_list if one["model_name"] == model]
            # LiteLLM 1.108 asks besides for the deployments that were left out as unhealthy or busy: here there are none
            all_of_it = {"request_deployments": healthy} if "request_deployments" in takes else {}
            try:
                got = asyncio.run(choose(router, model, healthy, {"metadata": {"tags": list(tags)}}, **all_of_it))
                found = sorted(one["litellm_params"]["model"] for one in got)
            except ValueError:
                found = []
            assert found == sorted(tagged(model, tags, DEPLOYMENTS, match_any) or ()), (model, tags)


@pytest.mark.parametrize("match_any", [True, False])
def test_tags_of_litellm(match_any: bool, tmp_path: Path) -> None:
    settings = {"enable_tag_filtering": True, "tag_filtering_match_any": match_any}
    policy, config = imported({"model_list": DEPLOYMENTS, "router_settings": settings}, tmp_path)
    behind: dict[str, set[str]] = {}
    for one in config["model_list"]:
        assert "tags" not in one["litellm_params"]
        behind.setdefault(one["model_name"], set()).add(one["litellm_params"]["model"])
    source, ways = random.Random(match_any), Counter[str]()
    for _ in range(REQUESTS):
        model = source.choice([*GROUPS])
        own, of_key = (source.sample(["free", "paid", "team-a", "other", "default"], source.choice([0, 0, 1, 1, 2])) for _ in range(2))
        decision = policy.decide({"model": model, "tags": own, "messages": []}, key={"tags": of_key})
        label = went(decision, model)
        allowed = tagged(model, own + of_key, DEPLOYMENTS, match_any)
        assert behind.get(label, set()) <= set(allowed or ()), (model, own, of_key, label)
        assert (label == "rejected") is (allowed is None), (model, own, of_key, label)
        if len(own + of_key) < 2:
            assert behind.get(label, set()) == set(allowed or ())
        ways[label] += 1
    assert min(ways.values()) > REQUESTS / 200
    assert len(ways) > 8


def went(decision: Decision, model: str) -> str:
    """The group that a request goes to, or "rejected"."""
    return "rejected" if decision.action == "reject" else str(decision.label or model)


@pytest.mark.parametrize("count", [MessageText(10**9), CodeRouterText(10**9)])
def test_no_piece_of_a_conversation_is_tokenised_twice(count: MessageText | CodeRouterText) -> None:
    body = {
        "model": "claude",
        "messages": [{"role": "user", "content": f"{number} words, and more of them. " * 5_000} for number in range(5)],
    }
    assert count.evaluate(body, {}) is False
    whole = count.counters["cl100k_base"].stats.tokenised_characters
    body["messages"].append({"role": "user", "content": "the last"})  # type: ignore[attr-defined]
    assert count.evaluate(body, {}) is False
    assert count.counters["cl100k_base"].stats.tokenised_characters - whole < 20_000


def test_no_more_is_tokenised_than_the_threshold() -> None:
    count = MessageText(1_000)
    assert count.evaluate({"messages": [{"content": "words, and more of them. " * 100_000}]}, {}) is True
    assert count.counters["cl100k_base"].stats.tokenised_characters < 20_000

"""The environment of a command that talks to the proxy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccproxy.models.litellm_config import Deployment, LiteLLMConfig, master_key_of, read_litellm_config
from ccproxy.service.client import client_environment, has_subscription, overridden_by_settings, policy_deployments

URL = "http://127.0.0.1:4000"
OPUS = Deployment("think", "anthropic/claude-opus-5-5")
GPT = Deployment("background", "openai/gpt-5")
ELSEWHERE = Deployment("default", "anthropic/glm", "https://api.example/anthropic")


def made(environment: dict[str, str], *deployments: Deployment) -> dict[str, str]:
    return client_environment(URL, "sk-proxy", deployments or (OPUS,), environment).variables


@pytest.mark.parametrize(
    "given", [{}, {"ANTHROPIC_API_KEY": "a"}, {"ANTHROPIC_AUTH_TOKEN": "b"}, {"ANTHROPIC_API_KEY": "a", "CLAUDE_CODE_OAUTH_TOKEN": "c"}]
)
def test_by_the_key_of_the_proxy(tmp_path: Path, given: dict[str, str]) -> None:
    variables = made(given | {"HOME": str(tmp_path)})
    assert variables["ANTHROPIC_BASE_URL"] == URL
    assert variables["ANTHROPIC_AUTH_TOKEN"] == "sk-proxy"
    assert variables["CLAUDE_CODE_GATEWAY_HINT_HEADERS"] == "1"
    assert "ANTHROPIC_API_KEY" not in variables
    assert "ANTHROPIC_CUSTOM_HEADERS" not in variables
    assert "ENABLE_TOOL_SEARCH" not in variables


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))


def test_by_a_subscription(tmp_path: Path) -> None:
    given = {
        "HOME": str(tmp_path),
        "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-x",
        "ANTHROPIC_CUSTOM_HEADERS": "x-team: a\nX-LiteLLM-API-Key: old",
    }
    variables = made(given)
    assert variables["ANTHROPIC_CUSTOM_HEADERS"] == "x-team: a\nx-litellm-api-key: Bearer sk-proxy"
    assert variables["CLAUDE_CODE_OAUTH_TOKEN"] == "sk-ant-oat01-x"
    assert "ANTHROPIC_AUTH_TOKEN" not in variables
    assert variables["ANTHROPIC_BASE_URL"] == URL


def test_where_a_login_is_found(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    environment = {"HOME": str(home)}
    assert not has_subscription(environment)
    write(home / ".claude.json", {"oauthAccount": {}, "primaryApiKey": "sk-ant-api"})
    assert not has_subscription(environment)
    write(home / ".claude.json", {"oauthAccount": {}})
    assert has_subscription(environment)
    assert not has_subscription(environment | {"CLAUDE_CONFIG_DIR": str(other)})
    write(other / ".credentials.json", {"claudeAiOauth": {}})
    assert has_subscription(environment | {"CLAUDE_CONFIG_DIR": str(other)})
    assert not has_subscription(environment | {"ANTHROPIC_API_KEY": "k"})
    assert has_subscription({"ANTHROPIC_AUTH_TOKEN": "sk-ant-oat01-x"})
    for junk in ("{", "[]", "[" * 100_000):
        write(home / ".claude.json", junk)
        assert not has_subscription(environment)


def test_models_that_are_not_anthropic_s(tmp_path: Path) -> None:
    for deployment in (GPT, ELSEWHERE):
        variables = made({"HOME": str(tmp_path)}, OPUS, deployment)
        assert (variables["CLAUDE_CODE_AUTO_MODE_SERVER"], variables["ENABLE_TOOL_SEARCH"]) == ("0", "false")
    assert made({"HOME": str(tmp_path), "ENABLE_TOOL_SEARCH": "true"}, GPT)["ENABLE_TOOL_SEARCH"] == "true"


def test_ways_around_the_proxy_are_closed(tmp_path: Path) -> None:
    given = {"HOME": str(tmp_path), "CLAUDE_CODE_USE_BEDROCK": "1", "HTTPS_PROXY": "http://p:1", "NO_PROXY": "intern"}
    variables = made(given)
    assert "CLAUDE_CODE_USE_BEDROCK" not in variables
    assert variables["NO_PROXY"] == variables["no_proxy"] == "intern,127.0.0.1,localhost"
    elsewhere = client_environment("http://[fd00::1]:4000", "sk-proxy", (OPUS,), given).variables
    assert elsewhere["NO_PROXY"] == "intern,127.0.0.1,localhost,fd00::1"


def test_whose_address_it_is() -> None:
    assert OPUS.is_anthropic
    assert Deployment("a", "claude-opus-5-5").is_anthropic
    assert Deployment("a", "anthropic/x", "https://api.anthropic.com/").is_anthropic
    assert not GPT.is_anthropic
    for base in (
        "http://api.anthropic.com",
        "api.anthropic.com",
        "https://anthropic.com.example",
        "https://notanthropic.com",
        "https://[bad",
        "http://a@b.example/anthropic.com",
    ):
        assert not Deployment("a", "anthropic/x", base).is_anthropic
    assert [deployment.is_foreign for deployment in (OPUS, GPT, ELSEWHERE)] == [False, False, True]


def test_settings_of_claude_code_that_win(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    here = tmp_path / "project"
    assert list(overridden_by_settings(environment, here, {})) == []
    write(tmp_path / ".claude" / "settings.json", {"env": {"ANTHROPIC_BASE_URL": URL, "OTHER": "1"}, "apiKeyHelper": "/bin/key"})
    write(here / ".claude" / "settings.local.json", {"env": {"ANTHROPIC_BASE_URL": "https://elsewhere", "ENABLE_TOOL_SEARCH": "false"}})
    write(here / ".claude" / "settings.json", {"env": []})
    found = list(overridden_by_settings(environment, here, {"ANTHROPIC_BASE_URL": URL, "ENABLE_TOOL_SEARCH": "false"}))
    assert len(found) == 2
    assert found[0].message.startswith(f"{here}/.claude/settings.local.json sets ANTHROPIC_BASE_URL")
    assert "apiKeyHelper" in found[1].message


CONFIG = """
include: [more.yaml, gone.yaml]
model_list:
  - {model_name: default, litellm_params: {model: anthropic/a, api_base: os.environ/BASE, api_key: os.environ/KEY}}
  - 5
  - {model_name: 5, litellm_params: {model: a}}
  - {model_name: x, litellm_params: 5}
router_settings: {model_group_alias: {short: default, hidden: {model: think, hidden: true}, bad: 5}}
litellm_settings: {callbacks: one}
"""


def test_the_values_of_a_config(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "more.yaml").write_text(
        "include: [config.yaml]\n"
        "model_list: [{model_name: think, litellm_params: {model: openai/b}}]\n"
        "general_settings: {master_key: os.environ/MASTER}\nlitellm_settings: {callbacks: [two, 5]}\n"
    )
    config = read_litellm_config(tmp_path / "config.yaml", {"BASE": "https://b"})
    default, think = config.deployments
    assert (default.name, default.api_base, default.references) == ("default", "https://b", ("BASE", "KEY"))
    assert config.of_label("short") == (default,)
    assert config.of_label("hidden") == (think,)
    assert config.callbacks == ("one", "two")
    assert master_key_of(config, {"MASTER": "sk-1", "LITELLM_MASTER_KEY": "sk-2"}) == "sk-1"
    assert master_key_of(config, {"LITELLM_MASTER_KEY": "sk-2"}) is None
    assert master_key_of(LiteLLMConfig(), {"LITELLM_MASTER_KEY": "sk-2"}) == "sk-2"
    for text in ("[", "5", "model_list: 5", "general_settings: {master_key: 5}"):
        (tmp_path / "config.yaml").write_text(text)
        assert read_litellm_config(tmp_path / "config.yaml", {}) == LiteLLMConfig()
    assert read_litellm_config(tmp_path / "none.yaml", {}) == LiteLLMConfig()


def test_the_deployments_of_a_policy(tmp_path: Path) -> None:
    policy = tmp_path / "policy.ccp"
    policy.write_text("when stream -> think fallback background\n")
    config = LiteLLMConfig((OPUS, GPT, ELSEWHERE, Deployment("unused", "openai/x")))
    assert policy_deployments(policy, config) == (ELSEWHERE, OPUS, GPT)
    policy.write_text("when\n")
    assert policy_deployments(policy, config) == config.deployments
    assert policy_deployments(tmp_path / "none", config) == config.deployments

"""The environment of a command that talks to the proxy."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ccproxy.models.litellm_config import Deployment, LiteLLMConfig, master_key_of, read_litellm_config
from ccproxy.service.claude_settings import has_subscription, overridden_by_settings
from ccproxy.service.client import Address, PointedCommand, point, policy_deployments

URL = "http://127.0.0.1:4000"
OPUS = Deployment("think", "anthropic/claude-opus-5-5")
GPT = Deployment("background", "openai/gpt-5")
ELSEWHERE = Deployment("default", "anthropic/glm", "https://api.example/anthropic")


def made(environment: dict[str, str], *deployments: Deployment) -> dict[str, str]:
    return pointed("claude", environment=environment, deployments=deployments).variables


def pointed(*words: str, environment: dict[str, str], deployments: tuple[Deployment, ...] = (), url: str = URL) -> PointedCommand:
    return point(words, Address(url, "sk-proxy"), deployments or (OPUS,), environment, Path(environment.get("HOME", "/nowhere")))


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


def test_what_every_client_gets(tmp_path: Path) -> None:
    own = {"OPENAI_API_KEY": "sk-own", "GOOGLE_API_KEY": "own", "GOOGLE_GENAI_USE_VERTEXAI": "true", "OPENAI_BASE_URL": "https://elsewhere"}
    for name in ("aider", "/usr/bin/llm", "codex"):
        command = pointed(name, "--flag", environment=own | {"HOME": str(tmp_path), "PATH": "/bin"})
        variables = command.variables
        assert variables["OPENAI_BASE_URL"] == variables["OPENAI_API_BASE"] == f"{URL}/v1"
        assert variables["GOOGLE_GEMINI_BASE_URL"] == variables["ANTHROPIC_BASE_URL"] == URL
        assert {variables[f"{owner}_API_KEY"] for owner in ("OPENAI", "GEMINI", "ANTHROPIC")} == {"sk-proxy"}
        assert variables["PATH"] == "/bin"
        assert {"GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "ANTHROPIC_AUTH_TOKEN"}.isdisjoint(variables)
        assert command.obstacles == ()
        assert command.words[-1] == "--flag"


def test_a_command_that_is_not_known_is_told_of(tmp_path: Path) -> None:
    command = pointed("python3", "x.py", environment={"HOME": str(tmp_path)})
    assert command.words == ("python3", "x.py")
    assert command.variables["ANTHROPIC_API_KEY"] == "sk-proxy"
    assert [obstacle.message for obstacle in command.obstacles] == ["python3 is no client that ccproxy knows"]
    # it may be built on Claude Code, whose login it then uses
    login = {"HOME": str(tmp_path), "ANTHROPIC_AUTH_TOKEN": "sk-ant-oat01-x"}
    command = pointed("python3", environment=login)
    assert command.subscription
    assert "ANTHROPIC_API_KEY" not in command.variables
    assert command.variables["ANTHROPIC_AUTH_TOKEN"] == "sk-ant-oat01-x"
    assert "ANTHROPIC_CUSTOM_HEADERS" in command.variables
    assert not pointed("codex", environment=login).subscription


def test_codex_is_given_a_provider(tmp_path: Path) -> None:
    command = pointed("codex", "exec", "--oss", "-c", "model_provider=x", "-p", "other", environment={"HOME": str(tmp_path)})
    assert command.words[:4] == ("codex", "-c", "model_provider=ccproxy", "-c")
    assert tomllib.loads(command.words[4]) == {
        "model_providers": {"ccproxy": {"name": "ccproxy", "base_url": f"{URL}/v1", "env_key": "OPENAI_API_KEY", "wire_api": "responses"}}
    }
    assert command.words[5:] == ("exec", "--oss", "-c", "model_provider=x", "-p", "other")
    assert [obstacle.message.split(" may ")[0] for obstacle in command.obstacles] == [
        "codex's --oss",
        "codex's model_provider=x",
        "codex's -p",
    ]


def test_opencode_is_given_providers(tmp_path: Path) -> None:
    def content(given: str) -> Any:
        command = pointed("opencode", environment={"HOME": str(tmp_path), "OPENCODE_CONFIG_CONTENT": given})
        assert command.obstacles == ()
        return json.loads(command.variables["OPENCODE_CONFIG_CONTENT"])

    options = {"baseURL": f"{URL}/v1", "apiKey": "sk-proxy"}
    whole = {"provider": {"anthropic": {"options": options}, "openai": {"options": options}}, "enabled_providers": ["anthropic", "openai"]}
    assert content("") == whole
    assert content('{"theme": "x", "provider": {"anthropic": {"options": {"baseURL": "https://elsewhere"}}}}') == whole | {"theme": "x"}
    for broken in ("{", "[]"):
        assert pointed("opencode", environment={"HOME": str(tmp_path), "OPENCODE_CONFIG_CONTENT": broken}).obstacles


def test_a_login_of_gemini_that_goes_past_the_proxy(tmp_path: Path) -> None:
    settings = tmp_path / ".gemini" / "settings.json"

    def obstacles() -> list[str]:
        return [obstacle.message for obstacle in pointed("gemini", environment={"HOME": str(tmp_path)}).obstacles]

    assert obstacles() == [f"{settings} chooses no login, and without a terminal gemini then ends"]
    write(settings, {"security": {"auth": {"selectedType": "oauth-personal"}}})
    assert obstacles() == [f'{settings} chooses the login "oauth-personal", which goes past the proxy']
    write(settings, {"security": {"auth": {"selectedType": "gemini-api-key"}}})
    assert obstacles() == []
    for junk in ("[]", '{"security": 5}', "{", '{"selectedAuthType": 5}'):
        write(settings, junk)
        assert len(obstacles()) == 1


def test_qwen_and_cline(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    command = pointed("qwen", "-p", "x", environment=environment)
    assert command.words == ("qwen", "--auth-type", "openai", "-p", "x")
    assert command.variables["OPENAI_MODEL"] == "default"
    assert pointed("qwen", environment=environment | {"OPENAI_MODEL": "mine"}).variables["OPENAI_MODEL"] == "mine"
    assert pointed("qwen", "--auth-type=anthropic", environment=environment).words == ("qwen", "--auth-type=anthropic")
    assert "ccproxy run sh -c 'cline auth openai" in pointed("cline", environment=environment).obstacles[0].advice
    assert pointed("cline", "auth", environment=environment).obstacles == ()


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
    elsewhere = pointed("claude", environment=given, url="http://[fd00::1]:4000").variables
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

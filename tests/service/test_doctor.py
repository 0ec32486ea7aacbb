"""`doctor`: each thing that goes wrong is found, with what to do; a fresh installation is fine."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccproxy.facts.counting import tokenizer
from ccproxy.service import doctor
from ccproxy.service.doctor import examine
from ccproxy.service.examined import Finding, Level
from ccproxy.service.install import install
from ccproxy.service.preflight import plan_start, preflight

from .home import Home

Config = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    install(tmp_path / "folder")
    # port 4000 may be in use by somebody
    port = socket.create_server(("127.0.0.1", 0))
    with port:
        number = port.getsockname()[1]
    (tmp_path / "folder" / "ccproxy.yaml").write_text(f"port: {number}\n")
    return tmp_path / "folder"


def bad(folder: Path, environment: dict[str, str] | None = None) -> list[Finding]:
    """The problems and warnings."""
    found = list(examine(folder, {"HOME": str(folder / "home"), **(environment or {})}, folder))
    for finding in found:
        assert finding.advice or finding.level is Level.FINE
    return [finding for finding in found if finding.level in (Level.PROBLEM, Level.WARNING)]


def change(folder: Path, edit: Callable[[str], str], name: str = "config.yaml") -> None:
    (folder / name).write_text(edit((folder / name).read_text()))


def test_a_fresh_installation_is_fine(home: Home) -> None:
    home.run("install")
    (home.folder / "ccproxy.yaml").write_text("port: 45671\n")
    told = home.run("doctor")
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "0 problems, 0 warnings"), told.stdout
    assert "ANTHROPIC_API_KEY is not set here" in told.stdout


def test_nothing_installed(home: Home) -> None:
    told = home.run("doctor")
    assert told.returncode == 1
    assert "nothing is installed" in told.stdout
    assert "ccproxy install" in told.stdout


@pytest.mark.parametrize(
    ("old", "new", "about", "message"),
    [
        ('["ccproxy.gateway.hook.handler", "prometheus"]', '["prometheus"]', "hook", "does not load the hook"),
        ("model_name: think", "model_name: thinck", "labels", 'has no model_name "think"'),
        ("model_name: claude-*", "model_name: cloud-*", "model names", "does not know names that Claude Code sends"),
        ("model_name: claude-*", "model_name: '*'", "model names", "a deployment for * takes every name"),
        ("model_list:", "model_list: [", "config", "this is not YAML"),
        ("master_key: sk-", "master_key: ", "master key", "to start with sk-"),
        ("anthropic/claude-opus-5-5", "anthropic/glm\n      api_base: https://api.example", "api_base", "at https://api.example"),
        ("os.environ/ANTHROPIC_API_KEY", "${KEY}", "keys", "LiteLLM doesn't expand `${KEY}`"),
        ("os.environ/ANTHROPIC_API_KEY", "os.environ/OTHER_KEY", "keys", "OTHER_KEY is not set here"),
    ],
)
def test_mistakes_in_the_config(folder: Path, old: str, new: str, about: str, message: str) -> None:
    change(folder, lambda text: text.replace(old, new))
    assert any(finding.about == about and message in finding.message for finding in bad(folder)), bad(folder)


@pytest.mark.parametrize(
    ("key", "message"),
    [("", "there is none"), ("master_key: os.environ/NOT_SET", "NOT_SET is not set"), ("master_key: sk-1234", "anybody can guess it")],
)
def test_master_keys(folder: Path, key: str, message: str) -> None:
    change(folder, lambda text: text[: text.index("  # The key of this proxy")] + f"  database_connection_pool_limit: 1\n  {key}\n")
    (finding,) = bad(folder)
    assert finding.about == "master key"
    assert message in finding.message


def test_the_key_may_be_in_the_environment(folder: Path) -> None:
    change(folder, lambda text: text[: text.index("general_settings")])
    assert bad(folder, {"LITELLM_MASTER_KEY": "sk-" + "a" * 30}) == []


def test_settings_and_policy(folder: Path) -> None:
    change(folder, lambda text: text + "prot: 5\n", "ccproxy.yaml")
    (finding,) = bad(folder)
    assert 'did you mean "port"?' in finding.message
    (folder / "ccproxy.yaml").write_text("ccproxy: {rules: []}\n")
    moved = f"mv {folder} {folder}.old; ccproxy import {folder}.old/ccproxy.yaml -o {folder}/policy.ccp"
    assert moved in bad(folder)[0].message
    (folder / "ccproxy.yaml").write_text("policy: none.ccp\nport: 45672\n")
    assert "can't be read" in bad(folder)[0].message
    (folder / "ccproxy.yaml").write_text("port: 45672\nlitellm: {run_gunicorn: true}\n")
    (folder / "policy.ccp").write_text("when efort == 1 -> think\ndefault -> claude-x\n")
    findings = bad(folder)
    assert {finding.about for finding in findings} == {"policy", "hook"}
    assert "gunicorn" in findings[-1].message
    (folder / "policy.ccp").write_text('predicate big = "ccproxy.rules.TokenCountRule"(threshold=60k)\nwhen big -> think\n')
    assert "there is nothing at `ccproxy.rules.TokenCountRule`" in bad(folder)[0].message
    assert "when tokens > 60k -> LABEL" in bad(folder)[0].advice
    (folder / "policy.ccp").write_text("default -> claude-x\n")
    assert bad(folder)[0].about == "labels"
    assert "only the wildcard" in bad(folder)[0].message


@pytest.mark.parametrize(("damaged", "message"), [(False, "cannot read the vocabulary of o200k_base"), (True, "o200k_base is damaged")])
def test_a_tokenizer_without_its_vocabulary(folder: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool, message: str) -> None:
    """The proxy starts and routes without it; `start` says the same."""
    change(folder, lambda text: text + "tokens: {encoding: o200k_base}\n", "ccproxy.yaml")
    assert bad(folder) == []
    if damaged:
        (folder / tokenizer.VOCABULARIES["o200k_base"].file).write_bytes(b"IQ== 0\n")
    monkeypatch.setattr(tokenizer, "shipped_folder", lambda: folder)
    (finding,) = bad(folder)
    assert message in finding.message
    assert "litellm" in finding.advice
    found = preflight(plan_start(folder, (), {}), {})
    assert found.ready
    assert found.warnings == (f"{finding.message}; {finding.advice}",)


def test_the_port(folder: Path) -> None:
    port = int((folder / "ccproxy.yaml").read_text().split()[1])
    with socket.create_server(("127.0.0.1", port)):
        (finding,) = bad(folder)
    assert f"port {port} on 127.0.0.1 is in use" in finding.message
    assert "another port" in finding.advice


@pytest.mark.parametrize("name", ["ccproxy.py", "ccproxy/gateway/hook.py"])
def test_a_shadow_beside_the_config(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).touch()
    (finding,) = bad(folder)
    assert str(folder / name) in finding.message


@pytest.mark.parametrize(("setting", "message"), [("refuse", "is refused"), ("{pass_through: pass}", "goes round the policy")])
def test_pass_throughs_of_the_config(folder: Path, setting: str, message: str) -> None:
    endpoints = "general_settings:\n  pass_through_endpoints:\n    - {path: /mine, target: https://api.anthropic.com}\n"
    change(folder, lambda text: text.replace("general_settings:\n", endpoints, 1))
    change(folder, lambda text: f"{text}other_calls: {setting}\n", "ccproxy.yaml")
    (finding,) = bad(folder)
    assert finding.message == f"what is sent to /mine {message}"
    assert "other_calls: {pass_through: " in finding.advice


def test_settings_of_claude_code(folder: Path) -> None:
    (folder / "home" / ".claude").mkdir(parents=True)
    (folder / "home" / ".claude" / "settings.json").write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": "https://elsewhere"}}))
    (finding,) = bad(folder)
    assert finding.about == "Claude Code"
    assert finding.advice == "take it out there"


def test_models_of_others_and_an_address_in_the_environment(folder: Path) -> None:
    change(folder, lambda text: text.replace("anthropic/claude-haiku-5-5", "openai/gpt-5"))
    found = list(examine(folder, {"HOME": str(folder)}, folder))
    assert any("CLAUDE_CODE_AUTO_MODE_SERVER=0 ENABLE_TOOL_SEARCH=false" in finding.advice for finding in found)
    told = bad(folder, {"ANTHROPIC_BASE_URL": "https://gateway.example"})
    assert any("LiteLLM takes it for every anthropic/ model" in finding.message for finding in told)


def test_models_of_which_nothing_is_known(folder: Path) -> None:
    def notes() -> list[str]:
        found = examine(folder, {"HOME": str(folder / "home")}, folder)
        return [finding.message for finding in found if finding.about == "models"]

    assert notes() == []
    change(folder, lambda text: text.replace("model: anthropic/claude-sonnet-5", "model: openai/nobody-knows-this"))
    assert notes() == ["nothing is known of openai/nobody-knows-this, behind default: not what it can take, nor what it costs"]
    change(
        folder,
        lambda text: text.replace("model: openai/nobody-knows-this\n", "model: openai/mine\n    model_info: {supports_vision: true}\n"),
    )
    assert notes() == []


REDIS = "general_settings: {coordination_redis: {host: redis}}\nrouter_settings: {redis_host: redis}\n"


@pytest.mark.parametrize(
    ("settings", "config", "environment", "level", "message"),
    [
        ("", "", {}, Level.NOTE, "is kept in memory.sqlite; replicas on other hosts would not share it"),
        ("workers: 2", "", {}, Level.NOTE, "for the 2 workers"),
        ("", "", {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, Level.WARNING, "other replicas don't share"),
        ("", REDIS, {}, Level.FINE, "LiteLLM's Redis (coordination_redis)"),
        ("", "litellm_settings: {cache: true}\n", {}, Level.FINE, "LiteLLM's Redis (cache)"),
        ("", "litellm_settings: {cache: true, cache_params: {type: local}}\n", {}, Level.NOTE, "memory.sqlite"),
        ("", "", {"REDIS_URL": "redis://redis"}, Level.FINE, "LiteLLM's Redis (REDIS_URL)"),
        ("memory: {kind: sqlite}", REDIS, {}, Level.WARNING, "though LiteLLM has a Redis"),
        ("memory: {kind: redis}", "", {}, Level.PROBLEM, "LiteLLM has none"),
        ("memory: {kind: off}", "", {}, Level.WARNING, "these facts are missing"),
        ("", "router_settings: {redis_url: redis://redis}\n", {}, Level.WARNING, "is the Router's alone"),
    ],
)
def test_who_shares_what_is_remembered(
    folder: Path, settings: str, config: str, environment: dict[str, str], level: Level, message: str
) -> None:
    def found() -> list[Finding]:
        return [one for one in examine(folder, {"HOME": str(folder / "home"), **environment}, folder) if one.about == "memory"]

    (folder / "ccproxy.yaml").write_text(f"port: 45671\n{settings}\n")
    (folder / "config.yaml").write_text(config)
    assert found() == []
    (folder / "policy.ccp").write_text("when session.spend > 20 -> think\ndefault -> default\n")
    assert any(one.level is level and message in one.message for one in found()), found()


def test_files_that_others_can_read(folder: Path) -> None:
    (folder / "config.yaml").chmod(0o644)
    folder.chmod(0o777)
    assert [finding.advice.split()[:2] for finding in bad(folder)] == [["chmod", "700"], ["chmod", "600"]]


def test_versions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "OLDEST_LITELLM", (99,))
    monkeypatch.setattr(doctor, "_litellm_can_check_access", lambda: False)
    assert [finding.level for finding in bad(folder)] == [Level.PROBLEM, Level.WARNING]

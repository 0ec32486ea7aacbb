"""`ccproxy import`: what it prints and writes, and what it leaves alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from tests.cli.run import ccproxy
from tests.migration.old_files import CODE_ROUTER, EARLIER, FILES, TAGS

OLD_CONFIG = """
model_list:
  - {model_name: default, litellm_params: {model: claude-sonnet-4-5-20250929}}
  - {model_name: think, litellm_params: {model: anthropic/claude-opus-4-5, api_key: k}}
  - {model_name: web_search, litellm_params: {model: gemini-2.5-flash, temperature: 0}}
  - {model_name: claude-sonnet-4-5-20250929, litellm_params: {model: anthropic/claude-sonnet-4-5-20250929, api_base: "https://api.anthropic.com"}}
  - {model_name: gemini-2.5-flash, litellm_params: {model: gemini/gemini-2.5-flash, api_key: os.environ/A}}
  - {model_name: gemini-2.5-flash, litellm_params: {model: gemini/gemini-2.5-flash, api_key: os.environ/B}}
litellm_settings: {callbacks: [custom_callbacks.proxy_handler_instance, ccproxy.handler, prometheus]}
general_settings: {forward_client_headers_to_llm_api: true}
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder with an old configuration of each kind."""
    folder = tmp_path / "old"
    folder.mkdir()
    for name, text in (*FILES.items(), ("ccproxy.yaml", EARLIER)):
        (folder / name).write_text(text, "utf-8")
    return folder


def test_a_policy_is_printed_and_nothing_is_written(old: Path) -> None:
    before = sorted(old.iterdir())
    result = ccproxy("import", old / "ccproxy.yaml")
    assert result.exit_code == 0
    assert result.stdout.startswith("# Made by ccproxy import of an earlier ccproxy's ccproxy.yaml: what its rules were meant to do.")
    assert result.stdout.endswith("\ndefault -> default\n")
    assert (
        result.stderr
        == "not moved: litellm: host, port and workers stand at the top of the new ccproxy.yaml, everything else under litellm.\n"
    )
    assert sorted(old.iterdir()) == before
    assert "contains" in ccproxy("import", old / "ccproxy.yaml", "--faithful").stdout


def test_a_rule_that_can_not_be_moved_is_told(old: Path) -> None:
    told = ccproxy("import", old / "later.yaml").stderr
    assert "not moved: never: Lists(users=['ada', 'grace']): a predicate takes numbers from 0, texts, true and false." in told


def test_standard_input(old: Path) -> None:
    assert ccproxy("import", "-", input=CODE_ROUTER).exit_code == 0


@pytest.mark.parametrize("name", FILES)
def test_what_is_written_is_checked_and_laid_out(name: str, old: Path, tmp_path: Path) -> None:
    policy = tmp_path / "new" / "policy.ccp"
    result = ccproxy("import", old / name, "-o", policy)
    assert result.exit_code == 0, result.stderr
    (tmp_path / "new" / "my_rules").mkdir()
    (tmp_path / "new" / "my_rules" / "__init__.py").write_text("class VipUser: ...\nclass Plain: ...\n")
    (tmp_path / "new" / "my_rules" / "pkg.py").write_text("class Deep: ...\n")
    checked = ccproxy("check", policy)
    assert checked.exit_code == 0, checked.stdout
    assert ccproxy("fmt", "--check", policy).exit_code == 0


def test_a_policy_that_is_there_is_overwritten_only_when_told(old: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.ccp"
    policy.write_text("default -> mine\n")
    result = ccproxy("import", old / "ccproxy.yaml", "-o", policy)
    assert result.exit_code == 2
    assert f"{policy} is there already: name another file, or overwrite it with --force" in result.stderr
    assert policy.read_text() == "default -> mine\n"
    assert ccproxy("import", old / "ccproxy.yaml", "-o", policy, "--force").exit_code == 0
    assert "token_count" in policy.read_text()


def test_litellms_config_comes_along(old: Path, tmp_path: Path) -> None:
    (old / "config.yaml").write_text(OLD_CONFIG)
    result = ccproxy("import", old / "ccproxy.yaml", "-o", tmp_path / "new" / "policy.ccp")
    path = tmp_path / "new" / "config.yaml"
    assert f"wrote {path}\n" in result.stderr
    assert result.stderr.endswith(f"next: ccproxy --config-dir {path.parent} start\n")
    config = yaml.safe_load(path.read_text())
    named = [(one["model_name"], one["litellm_params"]) for one in config["model_list"]]
    assert named[:4] == [
        ("default", {"model": "anthropic/claude-sonnet-4-5-20250929", "api_base": "https://api.anthropic.com"}),
        ("think", {"model": "anthropic/claude-opus-4-5", "api_key": "k"}),
        ("web_search", {"model": "gemini/gemini-2.5-flash", "api_key": "os.environ/A", "temperature": 0}),
        ("web_search", {"model": "gemini/gemini-2.5-flash", "api_key": "os.environ/B", "temperature": 0}),
    ]
    assert [name for name, _ in named[4:-1]] == ["claude-sonnet-4-5-20250929", "gemini-2.5-flash", "gemini-2.5-flash"]
    assert named[-1] == ("claude-*", {"model": "anthropic/claude-*", "api_base": "https://api.anthropic.com"})
    assert config["litellm_settings"]["callbacks"] == ["ccproxy.gateway.hook.handler", "prometheus"]
    assert config["general_settings"]["forward_client_headers_to_llm_api"] is True
    assert config["general_settings"]["master_key"].startswith("sk-")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_config_that_is_there_stays(old: Path) -> None:
    (old / "config.yaml").write_text(OLD_CONFIG)
    result = ccproxy("import", old / "ccproxy.yaml", "-o", old / "policy.ccp")
    assert result.exit_code == 0
    assert f"{old / 'config.yaml'} is there, and stays: it has to load the hook" in result.stderr
    assert f"next: move {old / 'ccproxy.yaml'} away, which this ccproxy can't read; then ccproxy --config-dir {old} start" in result.stderr
    assert (old / "config.yaml").read_text() == OLD_CONFIG


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (
            "ccproxy:\n  rules:\n  - {label: a, rule: ccproxy.rules.TokenCount}\n",
            1,
            ':3:5: there was no class "ccproxy.rules.TokenCount"; did you mean',
        ),
        ("a: 1\n", 1, ":1:1: this is no configuration of a router that is known here"),
        (TAGS.replace("enable_tag_filtering: true, ", ""), 0, "wrote "),
    ],
)
def test_mistakes_are_told_with_their_places_and_nothing_is_written(text: str, code: int, told: str, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(text)
    result = ccproxy("import", tmp_path / "old.yaml", "-o", tmp_path / "new.ccp")
    assert (result.exit_code, told in result.stderr) == (code, True), result.stderr
    assert (tmp_path / "new.ccp").exists() is (code == 0)


def test_what_can_not_be_read(tmp_path: Path) -> None:
    assert ccproxy("import", tmp_path / "none.yaml").exit_code == 2
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff\n")
    result = ccproxy("import", tmp_path / "latin.yaml")
    assert (result.exit_code, "is not UTF-8 text" in result.stderr) == (2, True)
    (tmp_path / "old.yaml").write_text(EARLIER)
    (tmp_path / "file").write_text("")
    assert ccproxy("import", tmp_path / "old.yaml", "-o", tmp_path / "file" / "policy.ccp").exit_code == 2

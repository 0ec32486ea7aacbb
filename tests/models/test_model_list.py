"""LiteLLM's config as `check` reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ccproxy.diagnostics import Code
from ccproxy.diagnostics.fix import apply_edits
from ccproxy.models import config_files
from ccproxy.models.config_files import ConfigFiles
from ccproxy.models.litellm_config import read_litellm_config
from ccproxy.models.model_list import ModelList
from ccproxy.models.model_list_reader import read_model_list


def read(folder: Path, text: str | bytes) -> tuple[ModelList | None, list[tuple[int, str]]]:
    """The list, and line and message of each finding."""
    path = folder / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found, diagnostics = read_model_list(path)
    assert all(diagnostic.code is Code.BAD_CONFIG for diagnostic in diagnostics)
    return found, [(diagnostic.span.line, diagnostic.message) for diagnostic in diagnostics]


def test_names_aliases_groups_and_wildcards(tmp_path: Path) -> None:
    found, problems = read(
        tmp_path,
        """
base: &base {model: anthropic/claude-opus-5-5}
model_list:
  - model_name: default
    litellm_params: {model: anthropic/claude-sonnet-5}
  - model_name: default
    litellm_params: {model: bedrock/claude-sonnet-5}
  - model_name: think
    litellm_params:
      <<: *base
      api_key: os.environ/KEY
  - model_name: openai/*
    litellm_params: {model: openai/*}
router_settings:
  model_group_alias:
    best: think
    hidden: {model: default, hidden: true}
  routing_groups:
    - {group_name: pool, models: [think, default], routing_strategy: simple-shuffle}
""",
    )
    assert problems == []
    assert found is not None
    assert found.names == {
        "default": "anthropic/claude-sonnet-5",
        "think": "anthropic/claude-opus-5-5",
        "best": "anthropic/claude-opus-5-5",
        "hidden": "anthropic/claude-sonnet-5",
        "pool": "anthropic/claude-opus-5-5",
    }
    assert found.wildcards == ("openai/*",)
    assert found.source.name == "config.yaml"
    assert found.complete


def test_includes_add_to_the_list(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("model_list: [{model_name: b, litellm_params: {model: openai/b}}]\ninclude: [config.yaml]\n")
    found, problems = read(tmp_path, "include: [more.yaml]\nmodel_list: [{model_name: a, litellm_params: {model: openai/a}}]\n")
    assert problems == []
    assert found is not None
    assert found.names == {"a": "openai/a", "b": "openai/b"}


def test_a_missing_include(tmp_path: Path) -> None:
    _, problems = read(tmp_path, "model_list: []\ninclude:\n  - gone.yaml\n")
    assert problems == [(3, f"there is no file {tmp_path / 'gone.yaml'}")]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "there is no model_list"),
        ("litellm_settings: {}\n", 1, "there is no model_list"),
        ("- a\n", 1, "the config is a mapping, not a list"),
        ("\nmodel_list: 5\n", 2, "model_list is a list, not '5'"),
        ("model_list:\n  - default\n", 2, "an entry of model_list is a mapping, not 'default'"),
        ("model_list:\n  - {litellm_params: {model: a}}\n", 2, "the entry has no model_name"),
        ("model_list:\n  - {model_name: 5, litellm_params: {model: a}}\n", 2, "model_name is text, not '5'"),
        ("model_list:\n  - {model_name: a}\n", 2, "the entry has no litellm_params"),
        ("model_list:\n  - {model_name: a, litellm_params: {}}\n", 2, "the entry has no model"),
        ("model_list:\n  - {model_name: a, litellm_params: }\n", 2, "litellm_params is a mapping, not nothing"),
        ("model_list: []\nrouter_settings: 5\n", 2, "router_settings is a mapping, not '5'"),
        ("a: b: c\n", 1, "this is not YAML: mapping values are not allowed in this context"),
        ("model_list: [\n", 2, "this is not YAML: did not find expected node content"),
        ("[" * 1500, 1, "this is not YAML: "),
    ],
)
def test_a_config_that_can_t_be_used(tmp_path: Path, text: str, line: int, message: str) -> None:
    _, problems = read(tmp_path, text)
    assert len(problems) == 1
    assert problems[0][0] == line
    assert problems[0][1].startswith(message)


def test_a_config_that_is_no_text(tmp_path: Path) -> None:
    found, problems = read(tmp_path, b"\xff\xfe")
    assert found is None
    assert problems == [(1, f"{tmp_path / 'config.yaml'} can't be read: it is not UTF-8 text")]


def test_a_config_that_is_not_there(tmp_path: Path) -> None:
    found, diagnostics = read_model_list(tmp_path / "config.yaml")
    assert found is None
    assert "No such file" in diagnostics[0].message


def test_models_of_a_database_are_not_known_here(tmp_path: Path) -> None:
    found, problems = read(tmp_path, "general_settings: {store_model_in_db: true}\n")
    assert problems == []
    assert found is not None
    assert not found.complete


MERGED = """
base: &base {model: anthropic/claude-opus-5-5, api_base: http://elsewhere}
model_list:
  - {model_name: default, litellm_params: {<<: *base}}
"""


UNMERGED = f"{MERGED}  - {{model_name: two, litellm_params: {{<<: [*base, 3]}}}}"


@pytest.mark.parametrize("text", [MERGED, UNMERGED, f"{MERGED}other: {{<<: 3}}", "", "a: [", "- 1"])
def test_a_config_that_is_read_once_is_what_it_is_read_twice(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    apart = read_model_list(path, {}), read_litellm_config(path, {})
    read: list[Path] = []

    def reading(one: Path) -> str:
        read.append(one)
        return one.read_text()

    monkeypatch.setattr(config_files, "read_yaml_text", reading)
    files = ConfigFiles()
    shared = read_model_list(path, {}, files), read_litellm_config(path, {}, files)
    assert repr(shared) == repr(apart)
    assert len(read) == 1 or text == "a: ["
    assert ("litellm_params can't be merged" in repr(apart)) is (text == UNMERGED)
    files = ConfigFiles()
    assert read_litellm_config(path, {}, files) == apart[1]
    assert repr(read_model_list(path, {}, files)) == repr(apart[0])


def test_reading_a_config_does_not_load_litellm() -> None:
    modules = "ccproxy.models.model_list_reader, ccproxy.config.locations, ccproxy.gateway.litellm_data"
    code = f"import sys, {modules}; sys.exit('litellm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_anthropic_models_at_addresses_of_others(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        """
model_list:
  - {model_name: a, litellm_params: {model: anthropic/x, api_base: os.environ/OURS}}
  - {model_name: b, litellm_params: {model: anthropic/x, base_url: os.environ/OTHERS}}
  - {model_name: "c-*", litellm_params: {model: claude-x, api_base: "https://api.example"}}
  - {model_name: d, litellm_params: {model: openai/x, api_base: "https://api.example"}}
  - {model_name: e, litellm_params: {model: anthropic/x, api_base: os.environ/NOT_SET}}
"""
    )
    environment = {"OURS": "https://api.anthropic.com", "OTHERS": "https://api.example"}
    found, (diagnostic,) = read_model_list(tmp_path / "config.yaml", environment)
    assert found is not None
    assert (diagnostic.code, diagnostic.severity, diagnostic.span.line) == (Code.FOREIGN_API_BASE, "warning", 4)
    assert diagnostic.message.startswith('"b", "c-*" are anthropic/ models at https://api.example')


def test_variables_that_litellm_does_not_expand(tmp_path: Path) -> None:
    text = """
model_list:
  - {model_name: a, litellm_params: {model: openai/x, api_key: "${KEY}", api_base: "https://${HOST}/v1", organization: "$KEY {a}"}}
  - {model_name: b, litellm_params: {model: openai/x, api_key: os.environ/KEY, rpm: 5}}
general_settings: {master_key: "${MASTER}"}
"""
    (tmp_path / "config.yaml").write_text(text)
    _, diagnostics = read_model_list(tmp_path / "config.yaml", {})
    assert {diagnostic.code for diagnostic in diagnostics} == {Code.SHELL_VARIABLE}
    assert [len(diagnostic.fixes) for diagnostic in diagnostics] == [1, 0, 1]
    # the offered fixes leave nothing but what can't be mended by them
    edits = [edit for diagnostic in diagnostics for fix in diagnostic.fixes for edit in fix.edits]
    (tmp_path / "config.yaml").write_text(apply_edits(edits, text))
    _, (left,) = read_model_list(tmp_path / "config.yaml", {})
    assert "${HOST}" in left.message


def test_an_alias_that_can_not_be_merged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("model_list: []\nrouter_settings: {model_group_alias: {a: {<<: 3}, b: {hidden: true}}}\n")
    messages = [problem.message for problem in read_model_list(path, {})[1]]
    assert messages == [
        "an alias can't be merged: expected a mapping or list of mappings for merging, but found scalar",
        "the entry has no model",
    ]

"""YAML that is small as text and large, or endless, as what it makes is refused before anything is made."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from ccproxy.config.settings import SettingsError
from ccproxy.config.settings_file import read_settings
from ccproxy.models.litellm_config import LiteLLMConfig, read_litellm_config
from ccproxy.models.model_list_reader import read_model_list
from ccproxy.source import Source
from ccproxy.suite.case_files import read_case_file
from ccproxy.yaml_nodes import NotYamlError
from ccproxy.yaml_reader import MAX_DEPTH, MAX_NODES, compose, construct

NAMES = [f"a{number}" for number in range(60)]
FOLLOWING = list(pairwise(NAMES))
TOO_MUCH = {
    "lists": ("[" * 1_000_000, "nested"),
    "mappings": ("{a: " * 100_000, "nested"),
    "blocks": ("\n".join(" " * depth + "a:" for depth in range(2_000)), "nested"),
    "dashes": ("- " * 100_000, "nested"),
    "aliases": ("a0: &a0 [1]\n" + "\n".join(f"{one}: &{one} [*{other}, *{other}]" for other, one in FOLLOWING), "values"),
    "merges": ("a0: &a0 {x: 1}\n" + "\n".join(f"{one}: &{one} {{<<: [*{other}, *{other}]}}" for other, one in FOLLOWING), "values"),
    "a chain of aliases": ("a: &b0 [1]\n" + "\n".join(f"b{at}: &b{at} [*b{at - 1}]" for at in range(1, 300)), "nested"),
    "itself": ("a: &a {<<: *a}", "stands in what it names"),
    "many": ("[" + "a," * MAX_NODES + "]", "values"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_every_reader_refuses_it(tmp_path: Path, name: str) -> None:
    text, told = TOO_MUCH[name]
    with pytest.raises(NotYamlError, match=told):
        compose(Source(text))
    assert told in str(read_case_file(text.encode(), "a.cases.yaml", None).problems[0])
    (tmp_path / "ccproxy.yaml").write_text(text)
    with pytest.raises(SettingsError, match=told):
        read_settings(tmp_path)
    (tmp_path / "config.yaml").write_text(text)
    assert told in read_model_list(tmp_path / "config.yaml")[1][0].message
    assert read_litellm_config(tmp_path / "config.yaml", {}) == LiteLLMConfig()


def test_what_is_within_the_bounds_is_read() -> None:
    deep = compose(Source("[" * MAX_DEPTH + "]" * MAX_DEPTH))
    assert deep is not None
    shared = compose(Source("a: &a {x: 1, y: [2]}\nb: {<<: *a, y: 3}\nc: [*a, *a]\n"))
    assert shared is not None
    assert construct(shared) == {"a": {"x": 1, "y": [2]}, "b": {"x": 1, "y": 3}, "c": [{"x": 1, "y": [2]}] * 2}


def test_numbers_take_no_time() -> None:
    problems = read_case_file(f"cases: [{{name: a, request: {{a: 1{':1' * 100_000}}}, expect: a}}]".encode(), "a", None).problems
    assert "a number has more than 4,300 digits" in str(problems[0])

"""`ccproxy models`: what is known of each label."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import answer, ccproxy

CONFIG = """
model_list:
  - model_name: default
    litellm_params: {model: gemini/gemini-2.5-pro}
  - model_name: default
    litellm_params: {model: hosted_vllm/mine}
  - model_name: own
    litellm_params: {model: hosted_vllm/mine, input_cost_per_token: 2.0e-07, output_cost_per_token: 0.000001}
    model_info:
      {max_input_tokens: 32768, max_output_tokens: 8000, supports_vision: false, supports_function_calling: true,
        deprecation_date: 2027-01-31}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return path


def test_the_table(config: Path) -> None:
    lines = ccproxy("models", "--config", config).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["label", "model", "provider", "window", "output", "takes", "$/M", "new", "read", "write", "output", "retires"],
        [
            *("default", "gemini/gemini-2.5-pro", "gemini", "1048576", "65536"),
            *("images", "documents", "audio", "video", "tools", "tool_choice", "json_schema", "web_search", "reasoning"),
            *("1.25", "0.125", "1.25", "10"),
        ],
        ["2.5", "0.25", "2.5", "15", "above", "200k"],
        ["hosted_vllm/mine", "hosted_vllm", "?", "?", "?", "?"],
        [
            *("own", "hosted_vllm/mine", "hosted_vllm", "32768", "8k"),
            *("documents?", "audio?", "video?", "tools", "tool_choice?", "json_schema?", "web_search?", "reasoning?"),
            *("0.2", "0.2", "0.2", "1", "2027-01-31"),
        ],
    ]


def test_one_label_as_json(config: Path) -> None:
    found = answer("models", "own", "--json", "--config", config)
    assert found["complete"] is True
    assert len(found["models"]) == 12
    assert found["labels"] == {
        "own": [
            {
                "model": "hosted_vllm/mine",
                "provider": "hosted_vllm",
                "key": None,
                "known": True,
                "max_input_tokens": 32768,
                "max_output_tokens": 8000,
                "takes": {
                    "images": False,
                    "documents": None,
                    "audio": None,
                    "video": None,
                    "tools": True,
                    "tool_choice": None,
                    "json_schema": None,
                    "web_search": None,
                    "reasoning": None,
                },
                "dollars_per_million": [{"above": 0, "new": 0.2, "read": 0.2, "written": 0.2, "written_1h": 0.2, "output": 1.0}],
                "deprecation_date": "2027-01-31",
                "successor": None,
            }
        ]
    }
    prices = answer("models", "--json", "--config", config)["labels"]["default"][0]["dollars_per_million"]
    assert [row["above"] for row in prices] == [0, 200_000]


def test_a_label_that_leads_nowhere(config: Path, tmp_path: Path) -> None:
    result = ccproxy("models", "elsewhere", "--config", config)
    assert result.exit_code == 2
    assert "elsewhere leads nowhere in" in result.stderr
    result = ccproxy("models", folder=tmp_path / "empty")
    assert result.exit_code == 2
    assert "there is no LiteLLM config" in result.stderr


def test_what_of_a_config_can_not_be_used_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("model_list:\n- {model_name: a, litellm_params: {model: openai/gpt-4o}}\n- {model_name: b}\n")
    result = ccproxy("models", "--config", path)
    assert result.exit_code == 0
    assert "openai/gpt-4o" in result.stdout
    assert "the entry has no litellm_params" in result.stderr
    path.write_text("model_list: [")
    result = ccproxy("models", "--config", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "CCP306" in result.stderr
    assert "nothing is known of the labels of" in result.stderr

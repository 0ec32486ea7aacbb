"""`ccproxy facts`: the table, and the values of a request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccproxy.facts import FACTS, FUNCTIONS
from tests.cli.run import CAPTURES, STARTER, answer, ccproxy

VALUES = json.loads((CAPTURES.parent / "facts" / "captures.json").read_text("utf-8"))


def test_the_table_has_every_fact_and_function() -> None:
    lines = ccproxy("facts").stdout.splitlines()
    for fact in FACTS:
        row = next(index for index, line in enumerate(lines) if line.startswith(f"{fact.name} "))
        assert lines[row].split()[1:3] == [fact.type, fact.presence]
        assert lines[row].endswith(fact.meaning)
        assert lines[row + 1].strip() == fact.source
    for function in FUNCTIONS:
        assert any(line.startswith(function.form) for line in lines)


def test_the_table_as_json() -> None:
    table = answer("facts", "--json")
    assert list(table["facts"]) == [fact.name for fact in FACTS]
    assert table["facts"]["tokens"]["type"] == "number"
    assert list(table["functions"]) == [function.name for function in FUNCTIONS]
    assert table["functions"]["body"]["type"] is None


def test_every_fact_has_a_line_with_its_value_and_source() -> None:
    result = ccproxy("facts", CAPTURES / "01-main-first-turn.json")
    assert result.exit_code == 0
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in result.stdout.splitlines()}
    assert list(lines) == [fact.name for fact in FACTS]
    assert lines["model"] == '"claude-opus-5-5"  (body `model`)'
    assert lines["agent.class"] == '"main"  (header x-claude-code-request-class)'
    assert lines["compaction"] == "missing"
    assert lines["tokens"].endswith("  (estimate: cl100k_base)")


def test_values_as_json() -> None:
    values = answer("facts", CAPTURES / "01-main-first-turn.json", "--json")
    assert list(values) == ["facts", "handled"]
    assert values["handled"] == "routed"
    assert list(values["facts"]) == [fact.name for fact in FACTS]
    assert values["facts"]["compaction"] is None
    assert values["facts"]["tools.types"] == []


LABELS = """
model_list:
  - {model_name: small, litellm_params: {model: hosted_vllm/a, input_cost_per_token: 1.0e-06}, model_info: {max_input_tokens: 1000}}
  - {model_name: blind, litellm_params: {model: groq/b}, model_info: {supports_vision: false, supports_function_calling: false}}
  - {model_name: unknown, litellm_params: {model: hosted_vllm/c}}
  - {model_name: either, litellm_params: {model: hosted_vllm/a}, model_info: {max_input_tokens: 1000}}
  - {model_name: either, litellm_params: {model: hosted_vllm/c}}
"""
LOOK = {"messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}], "tools": [{"name": "Bash"}]}


def test_what_each_label_says_of_a_request(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(LABELS)
    arguments = ["facts", "-", "--config", str(config), "--fact", "tokens=2000"]
    assert answer(*arguments, "--json", input=json.dumps(LOOK))["labels"] == {
        "small": {"fits": False, "short_of": ["window"], "cost": 0.002},
        "blind": {"fits": False, "short_of": ["images", "tools"], "cost": None},
        "unknown": {"fits": True, "short_of": [], "cost": None},
        "either": {"fits": True, "short_of": [], "cost": None},
    }
    assert ccproxy(*arguments, input=json.dumps(LOOK)).stdout.splitlines()[-5:] == [
        "",
        "small    can't take it: window; input $0.002000",
        "blind    can't take it: images, tools; at an unknown price",
        "unknown  fits; at an unknown price",
        "either   fits; at an unknown price",
    ]
    outright = ("--fact", "fits(small)=true", "--fact", 'cost("blind")=0.5', "--fact", "fits(either)=false")
    assert ccproxy(*arguments, *outright, input=json.dumps(LOOK)).stdout.splitlines()[-4:] == [
        "small    fits; input $0.002000",
        "blind    can't take it: images, tools; input $0.500000",
        "unknown  fits; at an unknown price",
        "either   can't take it: set outright; at an unknown price",
    ]


@pytest.mark.parametrize("name", sorted(VALUES))
def test_captures(name: str) -> None:
    path = CAPTURES / f"{name}.json"
    values = answer("facts", path, "--json", "--at", "2026-11-22T23:10")["facts"]
    expected = VALUES[name] | {"time": "23:10", "weekday": "sun"}
    for fact, value in values.items():
        if isinstance(expected.get(fact), dict):  # a long text, kept by its length and its start
            assert (len(value), value[:60]) == (expected[fact]["characters"], expected[fact]["starts"])
        else:
            assert value == expected.get(fact), fact


@pytest.mark.parametrize(
    ("arguments", "fact", "value"),
    [
        (["--fact", "tokens=250k"], "tokens", 250_000),
        (["--fact", "tools=Bash, Read"], "tools", ["Bash", "Read"]),
        (["--fact", 'tools=["a,b"]'], "tools", ["a,b"]),
        (["--fact", "tools="], "tools", []),
        (["--fact", "stream=true"], "stream", True),
        (["--fact", "time=22:30"], "time", "22:30"),
        (["--fact", "weekday=sun"], "weekday", "sun"),
        (["--fact", "model=null"], "model", None),
        (["--key", "tags=a,b"], "key.tags", ["a", "b"]),
        (["--key", "spend=2.5", "--key", "budget=10"], "key.budget_used", 25),
        (["--key", "spend=2.5"], "key.spend", 2.5),
        (["--header", "User-Agent: me/1: x"], "client", "me/1: x"),
        (["--at", "2026-11-22T23:10"], "time", "23:10"),
        (["--at", "2026-11-22T23:10"], "weekday", "sun"),
        (["--at", "2026-11-22T23:10+02:00"], "time", "21:10"),
    ],
)
def test_options_say_what_is_around_the_request(arguments: list[str], fact: str, value: object) -> None:
    assert answer("facts", "-", "--json", *arguments, input='{"model": "m"}')["facts"][fact] == value


def test_times_are_in_the_zone_of_the_policy(tmp_path: Path) -> None:
    (tmp_path / "policy.ccp").write_text('timezone "Asia/Tokyo"\ndefault -> default\n')
    arguments = ["facts", "-", "--json", "--at", "2026-11-22T23:10+00:00"]
    assert answer(*arguments, input="{}", folder=tmp_path)["facts"]["time"] == "08:10"
    assert answer(*arguments, "--policy", STARTER, input="{}", folder=tmp_path)["facts"]["time"] == "23:10"
    assert ccproxy(*arguments, "--policy", "nope.ccp", input="{}").exit_code == 2
    (tmp_path / "policy.ccp").write_text("wrong\n")
    result = ccproxy(*arguments, input="{}", folder=tmp_path)
    assert json.loads(result.stdout)["facts"]["time"] == "23:10"
    assert "has errors" in result.stderr


def test_lines_of_requests(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"model": "a"}\n{"model": "b"}\n')
    result = ccproxy("facts", tmp_path / "r.jsonl", "--json")
    assert [json.loads(line)["facts"]["model"] for line in result.stdout.splitlines()] == ["a", "b"]
    assert "r.jsonl:2\nmodel" in ccproxy("facts", tmp_path / "r.jsonl").stdout

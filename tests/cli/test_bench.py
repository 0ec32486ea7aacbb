"""`ccproxy bench`: what it measures is told; how long it takes is nobody's business here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import CAPTURES, ROOT, STARTER, answer, ccproxy

FIRST, LOOP = CAPTURES / "01-main-first-turn.json", CAPTURES / "03-main-tool-loop.json"
POLICY = """
when any tools.types matches "web_search*" -> search
when tokens > 5k -> long
default -> default
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "mine.ccp"
    path.write_text(POLICY)
    return path


def test_requests_and_rules_as_json(policy: Path) -> None:
    found = answer("bench", "--json", policy, FIRST, LOOP)
    assert (found["policy"]["file"], found["policy"]["rules"]) == (str(policy), 3)
    assert [(one["request"], one["label"], one["rule"]) for one in found["requests"]] == [(str(FIRST), "long", 2), (str(LOOP), "long", 2)]
    told = answer("explain", "--json", "--policy", policy, FIRST)
    assert found["requests"][0]["tokens"] == told["facts"]["tokens"]
    rules = {one["number"]: (one["line"], one["asked"], one["held"], one["reads"]) for one in found["rules"]}
    assert rules == {1: (2, 2, 0, ["tools.types"]), 2: (3, 2, 2, ["tokens"])}
    assert all(value > 0 for value in (found["load"], found["vocabulary"], found["requests"][0]["count_seconds"]))


def test_for_people(policy: Path) -> None:
    result = ccproxy("bench", policy, FIRST)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == f"{policy}: 3 rules, 1 request"
    assert [line.split()[0] for line in lines[2:5]] == ["loading", "decision", "counting"]
    assert [line.split() for line in lines if line.startswith("decision  first")] == [
        ["decision", "first", "time", "tokens", "label", "request"]
    ]
    assert lines[-1] == "No rule was found that had better stand elsewhere."


def test_many_requests_and_cases_in_one_run(policy: Path, tmp_path: Path) -> None:
    lines = tmp_path / "many.jsonl"
    lines.write_text("\n".join(json.dumps({"model": name, "messages": []}) for name in "ab"))
    cases = tmp_path / "other.cases.yaml"
    cases.write_text("cases: [{name: told, request: {model: c}, facts: {tokens: 9000}, expect: long}]")
    found = answer("bench", "--json", policy, lines, cases)["requests"]
    assert [(one["label"], one["tokens"]) for one in found] == [("default", 0), ("default", 0), ("long", None)]
    assert [one["request"] for one in found][::2] == [f"{lines}:1", "other.cases.yaml:1 told"]


def test_without_requests_the_cases_beside_the_policy_else_the_starters(policy: Path, tmp_path: Path) -> None:
    starter = answer("bench", "--json", STARTER)["requests"]
    assert len(starter) == answer("test", "--format", "json", STARTER)["passed"]
    (tmp_path / "policy.ccp").write_text(POLICY)
    assert [one["request"] for one in answer("bench", "--json", folder=tmp_path)["requests"]] == [one["request"] for one in starter]
    policy.with_suffix(".cases.yaml").write_text("cases: [{name: one, request: {model: c}, expect: default}]")
    assert [one["request"] for one in answer("bench", "--json", policy)["requests"]] == ["mine.cases.yaml:1 one"]


def test_a_rule_that_had_better_stand_elsewhere(policy: Path, tmp_path: Path) -> None:
    policy.write_text('when prompt matches /(?i)x+y+z$/ -> think\nwhen model == "m" -> think\ndefault -> c\n')
    request = tmp_path / "long.json"
    request.write_text(json.dumps({"model": "m", "messages": [{"role": "user", "content": "x" * 500_000}]}))
    advice = answer("bench", "--json", policy, request)["advice"]
    assert (advice["number"], advice["line"], advice["reads"], advice["behind"]) == (1, 1, ["prompt"], 2)
    assert advice["after"] < advice["before"]
    *_, which, why = ccproxy("bench", policy, request).stdout.splitlines()
    assert which.startswith("rule 1 (line 1) reads prompt: ")
    assert which.endswith("; put it after rule 2 (line 2).")
    assert why.startswith("It is proved that every request is decided the same then")


def test_many_rules_are_found_by_an_index(policy: Path) -> None:
    policy.write_text("\n".join(f'when model == "m{number}" -> a' for number in range(100)))
    assert ccproxy("bench", policy, FIRST).stdout.splitlines()[-1].startswith("An index finds the rules that may hold")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no-such.ccp"], "there is no file no-such.ccp"),
        ([STARTER, "no-such.json"], "there is no file no-such.json"),
        ([STARTER, "no-such.cases.yaml"], "there is no file no-such.cases.yaml"),
        ([ROOT / "tests" / "diagnostics" / "006-syntax-error.ccp", FIRST], "can't be used"),
    ],
)
def test_what_can_not_be_measured(arguments: list[str | Path], told: str) -> None:
    result = ccproxy("bench", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_request_that_is_none_is_told_and_the_rest_measured(policy: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    result = ccproxy("bench", "--json", policy, broken, FIRST)
    assert result.exit_code == 2
    assert str(broken) in result.stderr
    assert len(json.loads(result.stdout)["requests"]) == 1
    assert ccproxy("bench", policy, broken).exit_code == 2

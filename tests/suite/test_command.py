"""`ccproxy test` as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.cli.run import ROOT, ccproxy, process

POLICY = """\
let short = tokens < 1k and not stream
when tokens > 100k -> long fallback default
when agent.class == "auxiliary" and short -> background
when model == "bad" -> reject "not this one"
when model == "mine" -> keep
default -> default
"""
CASES = """\
cases:
  - name: long
    request: {model: x}
    facts: {tokens: 200_000}
    expect: long
  - name: a chore
    request: {headers: {x-claude-code-request-class: auxiliary}, body: {model: x, messages: []}}
    expect: {label: background, line: 3}
  - name: bad
    request: bad.json
    expect: {action: reject, message: not this one}
  - {name: kept, request: {model: mine}, expect: {action: keep}}
  - {name: the rest, request: {model: y}, expect: {label: default, fallbacks: [], file: p.ccp, line: 6}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "p.ccp").write_text(POLICY, "utf-8")
    (tmp_path / "p.cases.yaml").write_text(CASES, "utf-8")
    (tmp_path / "bad.json").write_text('{"model": "bad"}', "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    # in one step: a watcher would run on a file that is only half written, and say so
    written = path.with_name(path.name + ".new")
    written.write_text(text.replace(old, new), "utf-8")
    written.replace(path)


# ── Passing and failing ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arguments", [["p.cases.yaml"], ["."], ["p.ccp"], ["p.cases.yaml", "p.ccp", "."]])
def test_all_pass(folder: Path, arguments: list[str]) -> None:
    result = ccproxy("test", *arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "p.cases.yaml",
        "  ✓ long      long",
        "  ✓ a chore   background",
        "  ✓ bad       reject: not this one",
        "  ✓ kept      keep: the requested model stays",
        "  ✓ the rest  default",
        "5 passed",
    ]


def test_a_failing_case_shows_expected_got_and_why(folder: Path) -> None:
    replace(folder / "p.cases.yaml", "{label: background, line: 3}", "bakground")
    result = ccproxy("test", "p.cases.yaml")
    assert result.exit_code == 1
    lines = [line.strip() for line in result.stdout.splitlines()]
    for wanted in (
        "✗ a chore   background",
        "p.cases.yaml:6",
        "expected  bakground",
        "got       action: route, label: background, line: 3",
        "hint      the policy never gives the label bakground; did you mean background?",
        "rules tried",
        "4 passed, 1 failed",
    ):
        assert wanted in lines


@pytest.mark.parametrize(
    ("expect", "passes"),
    [
        ("long", True),
        ("{label: long, fallbacks: [default]}", True),
        ("{fallbacks: []}", False),
        ("{line: 2}", True),
        ("{line: 3}", False),
        ("{file: other.ccp}", False),
        ("{action: keep}", False),
        ("{message: null, action: route}", True),
        ("default", False),
    ],
)
def test_expectations(folder: Path, expect: str, passes: bool) -> None:
    replace(folder / "p.cases.yaml", "expect: long", f"expect: {expect}")
    assert ccproxy("test", "p.cases.yaml").exit_code == (0 if passes else 1)


def test_the_default_that_nobody_wrote(folder: Path) -> None:
    (folder / "p.ccp").write_text("when stream -> x\n", "utf-8")
    (folder / "p.cases.yaml").write_text("cases: [{request: {model: x}, expect: default}, {request: {}, expect: {line: 1}}]", "utf-8")
    result = ccproxy("test", "p.cases.yaml", "--format", "json")
    assert [case["got"]["line"] for case in json.loads(result.stdout)["cases"]] == [None, None]
    assert result.exit_code == 1


def test_another_policy(folder: Path) -> None:
    (folder / "q.ccp").write_text("default -> default\n", "utf-8")
    assert "0 passed, 5 failed" in ccproxy("test", ".", "--policy", "q.ccp").stdout


def test_standard_input(folder: Path) -> None:
    assert ccproxy("test", "-", "--policy", "p.ccp", input=CASES).exit_code == 0
    assert ccproxy("test", "-", input="policy: p.ccp\n" + CASES).exit_code == 0
    result = ccproxy("test", "-", input=CASES)
    assert result.exit_code == 1
    assert "does not name its policy" in result.stdout


# ── Which files ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_path_the_current_folder_then_the_config_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    command = [sys.executable, "-m", "ccproxy", "test"]
    environment = {**os.environ, "CCPROXY_CONFIG_DIR": str(folder)}
    empty = tmp_path_factory.mktemp("empty")
    for place in (folder, empty):
        result = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert (result.returncode, "5 passed" in result.stdout) == (0, True), result
    assert "5 passed" in ccproxy("test", folder=folder).stdout


def test_no_case_is_no_success(folder: Path) -> None:
    (folder / "p.cases.yaml").write_text("", "utf-8")
    for arguments in ([], ["."], ["p.cases.yaml"], ["p.ccp"]):
        result = ccproxy("test", *arguments)
        assert result.exit_code == 1
        assert "no case found" in result.stderr
        assert ("into p.cases.yaml, or see ccproxy test --generate p.ccp" in result.stderr) == (arguments == ["p.ccp"])


def test_no_such_file(folder: Path) -> None:
    result = ccproxy("test", "--policy", "q.ccp")
    assert (result.exit_code, result.stderr) == (2, "ccproxy: there is no file q.ccp; did you mean p.ccp?\n")
    result = ccproxy("test", "p.case.yaml", "p.cases.yaml")
    assert result.exit_code == 2
    assert "there is no file p.case.yaml; did you mean p.cases.yaml?" in result.stderr
    assert "5 passed" in result.stdout
    result = ccproxy("test", "q.ccp")
    assert (result.exit_code, result.stderr) == (2, "ccproxy: there is no file q.ccp; did you mean p.ccp?\n")


def test_a_file_with_problems_fails_and_its_good_cases_run(folder: Path) -> None:
    replace(folder / "p.cases.yaml", "name: long\n", "nam: long\n")
    result = ccproxy("test")
    assert result.exit_code == 1
    result = ccproxy("test", ".")
    assert "  ! p.cases.yaml:2:5: a case has no 'nam'; did you mean name?" in result.stdout
    assert "4 passed, 1 problem" in result.stdout


def test_no_policy(folder: Path) -> None:
    (folder / "p.ccp").rename(folder / "q.ccp")
    result = ccproxy("test", ".")
    assert result.exit_code == 1
    assert "p.cases.yaml:1:1: there is no policy p.ccp; did you mean q.ccp?" in result.stdout


def test_a_policy_with_errors(folder: Path) -> None:
    replace(folder / "p.ccp", "stream", "strem")
    result = ccproxy("test", ".")
    assert result.exit_code == 1
    assert "unknown-name" in result.stdout
    assert "0 passed, 1 problem" in result.stdout


def test_what_the_proxy_does_not_route_is_said(folder: Path) -> None:
    replace(
        folder / "p.cases.yaml",
        "cases:\n",
        "cases:\n  - {name: away, request: {path: /anthropic/v1/messages, body: {}}, expect: {action: route}}\n",
    )
    lines = ccproxy("test", ".").stdout.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("  ✓ away "))
    assert lines[at + 1] == "      but the proxy refuses a request of this path, whatever the policy says"
    assert "\n".join(lines).count("but the proxy") == 1


# ── Reports for machines ─────────────────────────────────────────────────────────────────────────────────────────────


def test_json(folder: Path) -> None:
    replace(folder / "p.cases.yaml", "expect: long", "expect: lang")
    result = ccproxy("test", ".", "--format", "json", "--coverage")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["passed"], report["failed"], report["problems"]) == (4, 1, [])
    assert report["cases"][0] == {
        "name": "long",
        "file": "p.cases.yaml",
        "line": 2,
        "passed": False,
        "expected": {"action": "route", "label": "lang"},
        "got": {"action": "route", "label": "long", "fallbacks": ["default"], "message": None, "line": 2, "file": "p.ccp"},
        "handled": "routed",
    }
    assert report["coverage"][0]["rules"] == {"covered": 5, "total": 5}


def test_junit(folder: Path) -> None:
    replace(folder / "p.cases.yaml", "expect: long", "expect: lang")
    replace(folder / "p.cases.yaml", "name: bad\n", 'name: "<bad>\\0 & \\"\\n"\n')
    replace(folder / "p.cases.yaml", "name: kept", "nam: kept")
    result = ccproxy("test", ".", "--format", "junit")
    assert result.exit_code == 1
    root = ElementTree.fromstring(result.stdout)
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("5", "1", "1")
    [suite] = root
    assert [case.get("name") for case in suite] == ["long", "a chore", '<bad>� & "\n', "the rest", "p.cases.yaml:12:6"]
    failure = suite[0].find("failure")
    assert failure is not None
    assert failure.get("message") == "expected lang, got long"
    assert "rules tried\n" in (failure.text or "")
    error = suite[4].find("error")
    assert error is not None
    assert "did you mean name?" in (error.get("message") or "")


# ── Coverage ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_coverage(folder: Path) -> None:
    result = ccproxy("test", ".", "--coverage")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-4:] == [
        "p.ccp: 5 of 5 rules, 10 of 12 ways of comparisons: 88%",
        "  p.ccp:1: always holds: tokens < 1k",
        "  p.ccp:1: never holds: stream",
        "5 passed",
    ]


def test_what_is_not_enough_fails(folder: Path) -> None:
    assert ccproxy("test", ".", "--fail-under", "88").exit_code == 0
    result = ccproxy("test", ".", "--fail-under", "90")
    assert result.exit_code == 1
    assert "88.2% was exercised, less than 90%" in result.stderr


def test_case_files_of_one_policy_add_up(folder: Path) -> None:
    more = (
        "policy: p.ccp\ncases:\n  - {request: {headers: {x-claude-code-request-class: auxiliary}, body: {stream: true}}, expect: default}\n"
    )
    (folder / "more.cases.yaml").write_text(
        more + more.split("\n", 2)[2].replace("stream: true", "model: x").replace("}}, exp", "}}, facts: {tokens: 1000}, exp")
    )
    result = ccproxy("test", ".", "--coverage")
    assert "5 of 5 rules, 12 of 12 ways of comparisons: 100%" in result.stdout


# ── Writing cases ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["claude-code", "minimal", "team"])
def test_generated_cases_pass(name: str, tmp_path: Path) -> None:
    policy = tmp_path / f"{name}.ccp"
    policy.write_bytes((ROOT / "policies" / f"{name}.ccp").read_bytes())
    result = ccproxy("test", "--generate", policy)
    assert result.exit_code == 0
    (tmp_path / f"{name}.cases.yaml").write_text(result.stdout, "utf-8")
    tested = ccproxy("test", tmp_path, "--format", "json", "--coverage")
    assert tested.exit_code == 0, tested.output
    report = json.loads(tested.stdout)
    [coverage] = report["coverage"]
    assert coverage["rules"]["covered"] == coverage["rules"]["total"]
    assert len({case["name"] for case in report["cases"]}) > 3


def test_generated_cases_pass_with_the_config_that_they_are_run_with(tmp_path: Path) -> None:
    policy = tmp_path / "p.ccp"
    policy.write_text("when tokens > 1 and cost(a) < cost(b) -> a\nwhen tokens > 1 and cost(b) > 0.5 -> b\ndefault -> c\n")
    (tmp_path / "config.yaml").write_text(
        "model_list:\n"
        "  - {model_name: a, litellm_params: {model: hosted_vllm/a, input_cost_per_token: 0.000001}}\n"
        "  - {model_name: b, litellm_params: {model: hosted_vllm/b, input_cost_per_token: 0.000002}}\n"
    )
    (tmp_path / "p.cases.yaml").write_text(ccproxy("test", "--generate", policy).stdout)
    tested = ccproxy("test", policy)
    assert tested.exit_code == 0, tested.output


def test_generated_cases_tell_every_action(folder: Path) -> None:
    result = ccproxy("test", "--generate", "p.ccp", "--all")
    cases = yaml.safe_load(result.stdout)["cases"]
    expected = [case["expect"] for case in cases]
    for wanted in ({"label": "long", "fallbacks": ["default"]}, {"action": "reject", "message": "not this one"}, {"action": "keep"}):
        assert wanted in expected
    assert "default" in expected


def test_generated_cases_say_a_session_outright_but_where_its_header_is_asked_for(folder: Path) -> None:
    (folder / "p.ccp").write_text('when has session and stream -> 50% a, 50% b\nwhen has header("x-claude-code-session-id") -> c\n')
    written = ccproxy("test", "--generate", "p.ccp", "--all").stdout
    first, *others = yaml.safe_load(written)["cases"]
    assert first["session"]
    assert "headers" not in first["request"]
    assert "facts" not in first
    [asked] = [case for case in others if case["name"] == "line 2: c"]
    assert "session" not in asked
    assert asked["request"]["headers"]["x-claude-code-session-id"]
    (folder / "p.cases.yaml").write_text(written)
    assert ccproxy("test", "p.cases.yaml").exit_code == 0


def test_generated_are_only_cases_for_what_is_not_exercised_yet(folder: Path) -> None:
    result = ccproxy("test", "--generate", "p.ccp")
    assert result.exit_code == 0
    cases = yaml.safe_load(result.stdout)["cases"]
    assert len(cases) == 2
    (folder / "more.cases.yaml").write_text(result.stdout)
    assert ccproxy("test", ".", "--coverage").stdout.splitlines()[-2].startswith("p.ccp: 5 of 5 rules, 12 of 12 ways")
    again = ccproxy("test", "--generate", "p.ccp", ".")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "nothing to add" in again.stderr
    everything = yaml.safe_load(ccproxy("test", "--generate", "p.ccp", ".", "--all").stdout)["cases"]
    assert len(everything) > 5
    assert ccproxy("test", "--all").exit_code == 2


def test_cases_of_other_policies_exercise_nothing_of_this_one(folder: Path) -> None:
    (folder / "q.ccp").write_bytes((folder / "p.ccp").read_bytes())
    (folder / "p.ccp").rename(folder / "r.ccp")
    alone = ccproxy("test", "--generate", "q.ccp")
    assert ccproxy("test", "--generate", "q.ccp", ".").stdout == alone.stdout
    assert len(yaml.safe_load(alone.stdout)["cases"]) > 5


def test_what_is_wrong_with_the_cases_beside_is_told(folder: Path) -> None:
    (folder / "p.cases.yaml").write_text("cases:\n  - {request: {model: x}, expekt: long}\n")
    result = ccproxy("test", "--generate", "p.ccp")
    assert result.exit_code == 0
    assert "p.cases.yaml:2" in result.stderr
    assert "did you mean expect?" in result.stderr
    assert len(yaml.safe_load(result.stdout)["cases"]) > 5


def test_branches_are_exercised_one_by_one(folder: Path) -> None:
    (folder / "p.ccp").write_text("when stream -> 90% a, 9% b, 1% c by user\ndefault -> default\n")
    (folder / "p.cases.yaml").write_text("cases:\n  - {request: {stream: true, messages: []}, expect: a}\n")
    result = ccproxy("test", "p.ccp", "--coverage")
    assert result.stdout.splitlines()[-6:-1] == [
        "p.ccp: 1 of 2 rules, 1 of 3 branches of splits, 1 of 2 ways of comparisons: 43%",
        "  p.ccp:1: always holds: stream",
        "  p.ccp:1: no case goes there: 9% b",
        "  p.ccp:1: no case goes there: 1% c",
        "  p.ccp:2: no case ends at this rule: default",
    ]
    report = json.loads(ccproxy("test", "p.ccp", "--coverage", "--format", "json").stdout)
    assert report["coverage"][0]["branches"] == {"covered": 1, "total": 3}
    result = ccproxy("test", "--generate", "p.ccp")
    written = yaml.safe_load(result.stdout)["cases"]
    assert [(case["name"], case["expect"]) for case in written] == [
        ("line 1: 9% b by user", "b"),
        ("line 1: 1% c by user", "c"),
        ("line 2: default", "default"),
    ]
    (folder / "q.cases.yaml").write_text(result.stdout)
    assert "p.ccp: 2 of 2 rules, 3 of 3 branches of splits, 2 of 2 ways of comparisons: 100%" in ccproxy("test", ".", "--coverage").stdout


def test_no_cases_without_a_policy(folder: Path) -> None:
    (folder / "q.ccp").write_text("when -> x", "utf-8")
    result = ccproxy("test", "--generate", "q.ccp")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "syntax-error" in result.stderr
    assert ccproxy("test", "--generate", "lost.ccp").exit_code == 2


# ── Watching ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_watch_runs_again_when_a_file_changes(folder: Path) -> None:
    command = [sys.executable, "-m", "ccproxy", "test", "--watch", "p.cases.yaml"]
    running = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert running.stdout is not None

        def next_summary() -> str:
            return next(line.strip() for line in running.stdout or () if "passed" in line)

        assert next_summary() == "5 passed"
        for path, old, new, summary in (
            ("p.ccp", "-> background", "-> other", "4 passed, 1 failed"),
            ("p.ccp", "-> other", "->", "0 passed, 1 problem"),
            ("p.ccp", "short ->", "short -> background", "5 passed"),
            ("bad.json", "bad", "worse", "4 passed, 1 failed"),
            ("p.cases.yaml", "name: kept", "nam: kept", "3 passed, 1 failed, 1 problem"),
        ):
            replace(folder / path, old, new)
            assert next_summary() == summary
    finally:
        running.terminate()
        running.wait(timeout=30)


def test_standard_input_can_not_be_watched(folder: Path) -> None:
    assert ccproxy("test", "--watch", "-", input=CASES).exit_code == 2


def test_a_real_process() -> None:
    result = process(["test", ROOT / "policies"])
    assert result.returncode == 0, result
    assert b"54 passed" in result.stdout

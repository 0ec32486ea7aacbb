"""`ccproxy replay`: the table, the JSON, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from tests.cli.run import CONFIG, STARTER, answer, ccproxy
from tests.replay.given_session import SESSION, TRANSCRIPT

SOURCES = (TRANSCRIPT, SESSION / TRANSCRIPT.stem)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "old.ccp").write_text("default -> think\n")
    (tmp_path / "new.ccp").write_text('when agent.class == "subagent" -> default\ndefault -> think\n')
    return tmp_path / "old.ccp"


def test_the_json(policy: Path) -> None:
    found = answer("replay", *SOURCES, "-p", policy, "--against", policy.with_name("new.ccp"), "--json")
    assert list(found) == ["requests", "sources", "skipped", "paid", "unrecorded", "policies", "changes"]
    assert (found["requests"], found["sources"], found["skipped"]) == (16, {"transcript": 16}, {"lines": 0, "records": 0})
    assert found["paid"]["answers"] == 16
    assert found["paid"]["tokens"] == {"input": 48, "cache_write_5m": 0, "cache_write_1h": 38009, "cache_read": 152015, "output": 1232}
    old, new = found["policies"]
    assert list(old) == ["file", "sha256", "decided", "undecided", "undecided_by", "labels", "rules", "dollars", "cache_breaks"]
    assert old["labels"] == {"think": {"requests": 16, "dollars": found["paid"]["dollars"], "tokens": found["paid"]["tokens"]}}
    assert new["rules"] == {"new.ccp:2": 10, "new.ccp:1": 6}
    (change,) = found["changes"]
    assert change["old"] == {"label": "think", "rule": "old.ccp:1"}
    assert change["new"] == {"label": "default", "rule": "new.ccp:1"}
    assert change["requests"] == 6
    assert change["example"] == "subagents/agent-a9c697895d47c4226.jsonl:14"


def test_the_table_tells_no_text_of_a_prompt(policy: Path) -> None:
    result = ccproxy("replay", *SOURCES, "-p", policy, "--against", policy.with_name("new.ccp"))
    assert result.exit_code == 0
    assert "16 requests (from Claude Code's transcripts, 2026-11-27); 16 answered, paid $" in result.stdout
    assert "6 from think (old.ccp:1) to default (new.ccp:1): -$" in result.stdout
    assert "MARK" not in result.output


@pytest.mark.parametrize(("gate", "code"), [("undecided > 0", 0), ("undecided = 0", 1), ("cost > +2%", 0), ("costs > 2", 2)])
def test_a_gate_decides_the_exit_code(policy: Path, gate: str, code: int) -> None:
    assert ccproxy("replay", *SOURCES, "-p", policy, "--fail-if", gate).exit_code == code


def test_a_gate_on_a_cost_that_is_not_known_cannot_be_told(policy: Path) -> None:
    policy.with_name("new.ccp").write_text("default -> strange\n")
    for policies in (("-p", policy, "--against", policy.with_name("new.ccp")), ("-p", policy.with_name("new.ccp"))):
        result = ccproxy("replay", *SOURCES, *policies, "--fail-if", "cost > +2%")
        assert result.exit_code == 2
        assert "'cost > +2%' can't be told: 16 of the requests have a price on one side only" in result.stderr
        assert "16 requests at labels without known prices not counted" in result.stdout
        assert ccproxy("replay", *SOURCES, *policies, "--fail-if", "undecided > 0").exit_code == 0


def test_why_requests_are_undecided(policy: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.jsonl"
    older.write_text("\n".join(line for line in TRANSCRIPT.read_text("utf-8").splitlines() if '"api-request' not in line))
    policy.write_text('when max_tokens > 5 -> default\nwhen quota("think") > 5 -> default\ndefault -> think\n')
    assert "10 undecided: max_tokens (Claude Code before 2.1.282 doesn't record it)" in ccproxy("replay", older, "-p", policy).stdout
    policy.write_text('when quota("think") > 5 -> default\ndefault -> think\n')
    assert "10 undecided: quota(think) (Claude Code's transcripts don't tell it)" in ccproxy("replay", older, "-p", policy).stdout


def test_what_a_shadow_policy_decided_is_told(policy: Path, tmp_path: Path) -> None:
    shadows: list[dict[str, object]] = [
        {"rule": "next.ccp:1", "action": "route", "label": "think"},
        {"rule": "next.ccp:2", "action": "route", "label": "default"},
        {"rule": "next.ccp:3", "action": "keep", "label": None},
        {"undecided": ["tools"]},
        {"failed": "ValueError"},
    ]
    actions = ("route", "route", "forbid", "route", "keep")
    records = [
        {"id": str(number), "action": action, "label": "think", "facts": {}, "model": "m", "shadow": {"policy": "123456789abc", **shadow}}
        for number, (action, shadow) in enumerate(zip(actions, shadows, strict=True))
    ]
    (tmp_path / "decisions.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    told = "shadow 123456789abc, as recorded: 2 of 5 requests would go elsewhere, 1 undecided, 1 failed"
    assert told in ccproxy("replay", tmp_path / "decisions.jsonl", "-p", policy).stdout


def test_since_leaves_out_what_is_older(policy: Path) -> None:
    result = ccproxy("replay", *SOURCES, "-p", policy, "--since", "1h")
    assert "no request of the last 1h was found" in result.stderr or result.exit_code == 0
    assert ccproxy("replay", *SOURCES, "-p", policy, "--since", "7 days").exit_code == 2


def test_a_label_that_several_rules_may_have_given_is_told_without_a_rule(policy: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.jsonl"
    older.write_text("\n".join(line for line in TRANSCRIPT.read_text("utf-8").splitlines() if '"api-request' not in line))
    policy.with_name("new.ccp").write_text('when effort == "max" -> default\ndefault -> default\n')
    told = ccproxy("replay", older, "-p", policy, "--against", policy.with_name("new.ccp")).stdout
    assert "10 from think (old.ccp:1) to default: -$" in told


def test_a_table_of_spend_logs(policy: Path, tmp_path: Path) -> None:
    (tmp_path / "spend.csv").write_text("request_id,model,model_group,spend\na,claude-opus-5-5,think,0.5\nb,claude-opus-5-5,think,0.25\n")
    found = answer("replay", tmp_path / "spend.csv", "-p", policy, "--json")
    assert (found["sources"], found["paid"]["dollars"]) == ({"spend": 2}, 0.75)


def test_damage_is_told(policy: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "s.jsonl"
    damaged.write_bytes(TRANSCRIPT.read_bytes() + b'{"type": "new-in-3", "sessionId": "s"}\n{"type": "assi')
    result = ccproxy("replay", damaged, "-p", policy)
    assert result.exit_code == 0
    assert "1 line could not be read" in result.stderr
    assert "skipped 1: unknown kind new-in-3" in result.stderr


def test_what_is_no_source_and_no_folder(policy: Path, tmp_path: Path) -> None:
    (tmp_path / "theme.json").write_text("{}")
    result = ccproxy("replay", tmp_path / "theme.json", tmp_path / "none.jsonl", "-p", policy)
    assert result.exit_code == 2
    assert "theme.json is not read" in result.stderr
    assert "none.jsonl is not read" in result.stderr


def test_diff_counts_changes_over_recorded_traffic(policy: Path) -> None:
    result = ccproxy("diff", policy, policy.with_name("new.ccp"), "--requests", *SOURCES)
    assert result.exit_code == 1
    assert "6 of 16 requests change (37.5%)" in result.stdout
    policy.with_name("new.ccp").write_text('when header("x-a") == "b" -> default\ndefault -> think\n')
    result = ccproxy("diff", policy, policy.with_name("new.ccp"), "--requests", *SOURCES)
    assert "16 requests are not counted" in result.stdout


def test_standard_input_is_a_source(policy: Path, tmp_path: Path) -> None:
    arguments = ("-p", policy, "--json")
    found = answer("replay", "-", *arguments, input=TRANSCRIPT.read_bytes())
    expected = answer("replay", TRANSCRIPT, *arguments)
    assert found == expected
    assert found["requests"] > 0
    result = ccproxy("test", "--generate", policy, "--from", "-", input='{"model": "a",\n "messages": [{"role": "user", "content": "hi"}]}')
    assert "expect: think" in result.stdout
    assert "as <stdin>:1" in result.stdout
    nothing = ccproxy("replay", "-", *arguments, input="")
    assert (nothing.exit_code, "<stdin> is not read: " in nothing.stderr, "no request was found in -" in nothing.stderr) == (2, True, True)


def test_diff_counts_changes_over_standard_input(policy: Path) -> None:
    policy.with_name("new.ccp").write_text('when header("x-a") == "b" -> default\ndefault -> think\n')
    arguments = ("diff", policy, policy.with_name("new.ccp"), "--requests")
    of_file, of_input = ccproxy(*arguments, TRANSCRIPT), ccproxy(*arguments, "-", input=TRANSCRIPT.read_bytes())
    assert of_input.stdout == of_file.stdout.replace(TRANSCRIPT.name, "<stdin>")
    assert of_input.exit_code == 1
    nothing = ccproxy(*arguments, "-", input="[1]")
    assert (nothing.exit_code, "<stdin> is not read: " in nothing.stderr) == (2, True)


def test_standard_input_is_a_policy(policy: Path) -> None:
    text = policy.read_text()
    found = answer("replay", *SOURCES, "-p", "-", "--against", policy.with_name("new.ccp"), "--json", input=text)
    assert [one["file"] for one in found["policies"]] == ["<stdin>", "new.ccp"]
    assert found["changes"][0]["requests"] == 6
    twice = ccproxy("replay", *SOURCES, "-p", "-", "--against", "-", input=text)
    assert (twice.exit_code, twice.stderr) == (2, "ccproxy: standard input can be only one of these files\n")
    wrong = ccproxy("replay", *SOURCES, "-p", "-", input="when tokns > 5 -> a\n")
    assert wrong.exit_code == 2
    assert "<stdin>:1:6" in wrong.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_no_copy_of_standard_input_is_left_behind(tmp_path: Path, number: int) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("who runs the tests ignores it, as nohup does, and so do the processes that they start")
    program = Path(sys.executable).with_name("ccproxy")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    with subprocess.Popen([program, "replay", "-", "--policy", STARTER], stdin=subprocess.PIPE, env=environment) as child:
        for _ in range(600):
            if child.poll() is not None or list(tmp_path.glob("ccproxy-*/*")):
                break
            sleep(0.1)
        assert list(tmp_path.glob("ccproxy-*/*"))
        child.send_signal(number)
        assert child.wait(60) == 128 + number
    assert not list(tmp_path.glob("ccproxy-*"))

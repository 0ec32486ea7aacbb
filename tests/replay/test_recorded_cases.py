"""Cases of recorded requests pass, say what was asked for, and tell no text of a request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccproxy.policy import loads
from ccproxy.replay.recorded import Skipped
from ccproxy.replay.recorded_cases import RecordedCases
from tests.cli.run import ccproxy
from tests.replay.given_session import SESSION, TRANSCRIPT, recorded

SOURCES = ("--from", TRANSCRIPT, "--from", SESSION / TRANSCRIPT.stem)
POLICY = """\
when agent.class == "subagent" and effort == "medium" -> cheap
when tokens > 14k and any tools == "Bash" -> large
when turns > 1 or weekday == sat -> late
default -> small
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.ccp"
    path.write_text(POLICY)
    return path


def test_every_request_has_a_case_that_passes() -> None:
    policy = loads(POLICY)
    cases = RecordedCases(policy, Skipped())
    found = list(cases.of(recorded().values()))
    assert (len(found), cases.requests, cases.left_out) == (16, 16, {})
    for case, request in zip(found, recorded().values(), strict=True):
        assert case.request == {"path": "/v1/messages", "body": {}}
        assert case.name.endswith(request.place)
        assert policy.decide({}, path="/v1/messages", facts=case.facts).outcome == case.decision.outcome
        assert not {"prompt", "system"} & case.facts.keys()


def test_the_command_writes_those_that_exercise_something_new(policy: Path) -> None:
    result = ccproxy("test", "--generate", policy, *SOURCES)
    assert result.exit_code == 0
    assert "MARK" not in result.output
    policy.with_suffix(".cases.yaml").write_text(result.stdout)
    run = ccproxy("test", policy)
    assert run.exit_code == 0
    assert 2 <= run.stdout.count("✓") < 16
    again = ccproxy("test", "--generate", policy, *SOURCES)
    assert "nothing to add" in again.stderr
    assert ccproxy("test", "--generate", policy, *SOURCES, "--all").stdout.partition("\n")[2] == result.stdout.partition("\n")[2]


@pytest.mark.parametrize(
    ("condition", "wanting"),
    [
        ('prompt matches "*a*"', "prompt"),
        ("system matches /billing-header/", "system"),
        ('body("max_tokens") > 3', 'body("max_tokens")'),
        ('header("x-team") == "a"', 'header("x-team")'),
    ],
)
def test_what_hangs_on_a_text_is_left_out_and_counted(policy: Path, condition: str, wanting: str) -> None:
    policy.write_text(f'when {condition} and agent.class == "main" -> a\ndefault -> b\n')
    result = ccproxy("test", "--generate", policy, *SOURCES)
    assert f"left out 10 requests: what is decided hangs on {wanting}, which no case tells" in result.stderr
    assert "expect: b" in result.stdout
    assert "expect: a" not in result.stdout


def test_a_source_without_requests(policy: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text(json.dumps({"type": "mode", "sessionId": "s"}) + "\n")
    assert ccproxy("test", "--generate", policy, "--from", empty).exit_code == 2
    assert ccproxy("test", policy, "--from", empty).exit_code == 2

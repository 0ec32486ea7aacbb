"""Decision records: what they hold, their files, and the thread that writes them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ccproxy
from ccproxy.facts import observe
from ccproxy.gateway.conversation_id import conversation_of
from ccproxy.gateway.record_file import RecordFile
from ccproxy.gateway.records import AnswerRecord, DecisionRecord, new_id, told_facts, told_text

TIME = datetime(2026, 3, 4, 5, 6, 7, 890_000, UTC)
RECORD = DecisionRecord(
    "0f", TIME, "id-1", "0123456789ab", "policy.ccp:7", "route", "think", "asked", "00ff", {"stream": True}, 0.0012, {"models": ["m"]}
)
MONTH = timedelta(days=30)


def lines(folder: Path) -> list[str]:
    """The lines of all files, none of them torn."""
    found = [line for path in folder.glob("decisions*.jsonl") for line in path.read_text().splitlines()]
    for line in found:
        json.loads(line)
    return found


def test_a_line() -> None:
    assert RECORD.line() == (
        b'{"id":"0f","time":"2026-03-04T05:06:07.890Z","policy":"0123456789ab","rule":"policy.ccp:7","action":"route","label":"think",'
        b'"model":"asked","conversation":"00ff","facts":{"stream":true},"ms":1.2,"removed":{"models":["m"]}}\n'
    )
    assert b"removed" not in replace(RECORD, removed={}).line()


def test_a_line_of_an_answer() -> None:
    answer = AnswerRecord("0f", TIME, 200, "background", {"input": 3, "output": 4}, 0.25, 1.5, "background", "policy.ccp:7")
    assert answer.line() == (
        b'{"answer":"0f","time":"2026-03-04T05:06:07.890Z","status":200,"served":"background","tokens":{"input":3,"output":4},'
        b'"dollars":0.25,"ms":1500.0}\n'
    )


def test_ids_are_of_our_own() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


def test_facts_of_the_key_are_told_as_the_settings_say() -> None:
    policy = ccproxy.loads('when key.alias == "a" or "x" in key.tags or key.team == "b" -> think\ndefault -> default\n')
    facts = observe({}, key={"alias": "ci", "team": "t" * 500, "user": "unread", "tags": ["one"] * 50})
    policy.router.decide(facts)
    assert told_facts(facts) == {"key.alias": "ci", "key.team": "t" * 200, "key.tags": ["one"] * 20}
    assert told_facts(facts, ("team",)) == {"key.team": "t" * 200}
    assert told_facts(facts, ()) == {}


def test_token_counts_are_told_as_what_decided() -> None:
    body = {"messages": [{"role": "user", "content": "a text that no other test has counted " * 10}]}

    def told(condition: str) -> object:
        facts = observe(body)
        ccproxy.loads(f"when {condition} -> think\ndefault -> default\n").router.decide(facts)
        return told_facts(facts).get("tokens")

    above, below = told("tokens > 2"), told("tokens > 200k")
    both = told("tokens > 2 and tokens < 200k")
    # from here on its count is kept
    exact = observe(body).tokens
    assert isinstance(above, dict)
    assert list(above) == ["at_least"]
    assert 2 < above["at_least"] <= exact
    assert isinstance(below, dict)
    assert list(below) == ["at_most"]
    assert exact <= below["at_most"] <= 200_000
    assert both == above | below
    assert told(f"{exact} < tokens") == told(f"tokens > {exact}") == told(f"tokens >= {exact}") == exact
    assert told("stream") is None


def test_conversations_are_told_apart_and_give_nothing_away() -> None:
    def of(session: str | None, token: str | None = "k", secret: str | None = "s", **headers: str) -> str | None:
        sent = {} if session is None else {"x-claude-code-session-id": session}
        sent |= {f"x-claude-code-{name.replace('_', '-')}": value for name, value in headers.items()}
        return conversation_of(observe({}, headers=sent), SimpleNamespace(token=token), secret)

    one = of("one")
    assert one is not None
    assert re.fullmatch("[0-9a-f]{16}", one)
    assert one == of("one")
    assert len({one, of("two"), of("one", "l"), of("one", None), of("one", "k", "other"), of("one", agent_id="a")}) == 6
    assert of(None) is None
    assert of("one", request_class="subagent") is None
    assert of("one", request_class="subagent", agent_id="a") == of("one", agent_id="a")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, '"asked" -> "think" by policy.ccp:7 (1.2 ms, request id-1) stream=true'),
        ({"action": "keep", "facts": {}, "rule": None}, '"asked" is kept by no rule (1.2 ms, request id-1)'),
        ({"action": "reject", "label": None, "facts": {}}, '"asked" is rejected by policy.ccp:7 (1.2 ms, request id-1)'),
        ({"action": "forbid", "facts": {}}, '"asked" may not go to "think" by policy.ccp:7 (1.2 ms, request id-1)'),
        ({"model": "a\nb", "facts": {}}, '"a\\nb" -> "think" by policy.ccp:7 (1.2 ms, request id-1)'),
    ],
)
def test_a_line_of_the_log(changes: dict[str, Any], text: str) -> None:
    assert replace(RECORD, **changes).text() == text


def test_the_facts_told_are_those_read_that_give_nothing_away() -> None:
    policy = ccproxy.loads(
        'when messages > 5 or stream or prompt matches /x/ or client matches /y/ or header("x-a") == "z" or session == "s"'
        ' or agent.class == "main" or key.alias == "k" or thinking.budget < 3 -> think\ndefault -> default\n'
    )
    body = {"model": "m", "messages": [{"role": "user", "content": "secret"}], "thinking": {"type": "enabled", "budget_tokens": 10**4000}}
    headers = {"x-claude-code-session-id": "s" * 500, "user-agent": "secret", "x-a": "secret", "x-claude-code-request-class": "subagent"}
    facts = observe(body, headers=headers, key={"alias": "of the key", "user": "secret"})
    policy.router.decide(facts)
    assert facts.values_read()["prompt"] == "secret"
    told = told_facts(facts)
    assert told.pop("key.alias") == "of the key"
    assert "secret" not in str(told)
    assert told["agent.class"] == "subagent"
    assert told["messages"] == 1
    assert told.get("session") in (None, "s" * 200)
    json.dumps(told)


def test_nothing_to_tell() -> None:
    assert told_facts(None) == {}
    assert told_text(5) is None
    assert told_text("x" * 1000) == "x" * 200


def test_files_are_put_aside_and_the_oldest_deleted(tmp_path: Path) -> None:
    records = RecordFile(tmp_path / "new" / "folder", 8_000, MONTH)
    records.tidy()
    for number in range(200):
        records.append(replace(RECORD, time=datetime.now(UTC), model=str(number)).line())
    folder = tmp_path / "new" / "folder"
    kept = sorted(int(json.loads(line)["model"]) for line in lines(folder))
    assert kept == list(range(kept[0], 200))
    assert 5_000 < sum(path.stat().st_size for path in folder.glob("*.jsonl")) <= 8_000
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.jsonl")} == {0o600}


def test_files_are_put_aside_and_deleted_by_age(tmp_path: Path) -> None:
    records = RecordFile(tmp_path, 1_000_000, MONTH)
    now = datetime.now(UTC)
    for days in (40, 20, 0):
        records.append(replace(RECORD, time=now - timedelta(days=days)).line())
        records.tidy()
    assert sorted(round((now - datetime.fromisoformat(json.loads(line)["time"])).days) for line in lines(tmp_path)) == [0, 20]
    assert len(list(tmp_path.glob("decisions-*.jsonl"))) == 1


def test_a_file_of_strangers_is_put_aside_too(tmp_path: Path) -> None:
    (tmp_path / "decisions.jsonl").write_text("what is this\n")
    os.utime(tmp_path / "decisions.jsonl", (1, 1))
    (tmp_path / "decisions-of-mine.jsonl").write_text("{}\n")
    RecordFile(tmp_path, 1_000_000, MONTH).tidy()
    assert [path.name for path in tmp_path.glob("*.jsonl")] == ["decisions-of-mine.jsonl"]


def test_a_file_that_goes_away_is_made_anew(tmp_path: Path) -> None:
    records = RecordFile(tmp_path, 1_000_000, MONTH)
    records.append(RECORD.line())
    (tmp_path / "decisions.jsonl").unlink()
    records.append(RECORD.line())
    records.close()
    assert len(lines(tmp_path)) == 1


def test_what_a_full_disk_took_of_a_line_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = RecordFile(tmp_path, 1_000_000, MONTH)
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:20]))
    with pytest.raises(OSError, match="No space left"):
        records.append(RECORD.line())
    monkeypatch.undo()
    records.append(RECORD.line())
    assert (tmp_path / "decisions.jsonl").read_bytes() == RECORD.line()


def test_what_can_t_be_taken_back_of_a_line_takes_no_other_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records, other = RecordFile(tmp_path, 1_000_000, MONTH), RecordFile(tmp_path, 1_000_000, MONTH)
    write, seek = os.write, os.lseek
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:20]))

    def written_behind(descriptor: int, offset: int, whence: int) -> int:
        end = seek(descriptor, offset, whence)
        monkeypatch.undo()
        other.append(b"\n" + RECORD.line())
        return end

    monkeypatch.setattr(os, "lseek", written_behind)
    with pytest.raises(OSError, match="No space left"):
        records.append(RECORD.line())
    records.append(RECORD.line())
    assert (tmp_path / "decisions.jsonl").read_bytes() == RECORD.line()[:20] + b"\n" + RECORD.line() + b"\n" + RECORD.line()


APPENDER = """
import sys
from datetime import timedelta
from pathlib import Path
from ccproxy.gateway.record_file import RecordFile

records = RecordFile(Path(sys.argv[1]), 700_000, timedelta(days=30))
for number in range(1000):
    line = '{"time":"2026-11-24T00:00:00.000Z","by":"%s","number":%d,"padding":"%s"}\\n' % (sys.argv[2], number, "x" * (number % 97))
    records.append(line.encode())
"""


def test_several_processes_append_and_put_aside_at_once(tmp_path: Path) -> None:
    # old enough a time would have the files deleted
    script = APPENDER.replace("2026-11-24T00:00:00.000Z", datetime.now(UTC).isoformat())
    children = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in ("a", "b", "c")]
    assert [child.wait() for child in children] == [0, 0, 0]
    told = [json.loads(line) for line in lines(tmp_path)]
    assert len(list(tmp_path.glob("decisions-*.jsonl"))) > 2
    assert sorted((one["by"], one["number"]) for one in told) == [(name, number) for name in "abc" for number in range(1000)]


POLICY = """
when endpoint == "compact" -> keep
when effort == "high" or thinking.budget > 10k -> think
when has max_tokens and max_tokens < 10 and not has effort -> small
when key.team == "ops" and images == 0 and tokens < 100k -> ops
when agent.class == "subagent" and time in 22:00..06:00 -> night
default -> other
"""


@pytest.mark.parametrize("headers", [{}, {"x-claude-code-request-class": "subagent"}])
@pytest.mark.parametrize("key", [{}, {"team": "ops"}])
@pytest.mark.parametrize("more", [{}, {"max_tokens": 5}, {"max_tokens": 50}, {"thinking": {"type": "enabled", "budget_tokens": 20_000}}])
def test_what_is_recorded_decides_again(headers: dict[str, str], key: dict[str, str], more: dict[str, Any]) -> None:
    """What was read and was missing is recorded too: else nobody could tell it from what was not read."""
    policy, at = ccproxy.loads(POLICY), datetime(2026, 11, 24, 23, tzinfo=UTC)
    facts = policy.observe({"messages": [{"role": "user", "content": "hi"}], **more}, headers=headers, key=key, at=at)
    decision = policy.decide_facts(facts)
    assert policy.decide_known(json.loads(json.dumps(told_facts(facts))), at=at) == decision

"""Sources are told apart by content, read in one pass, and never fail on what is in them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.gateway.records import AnswerRecord, DecisionRecord
from ccproxy.models.prices import Paid
from ccproxy.replay.accounts import Accounts
from ccproxy.replay.decision_log import DecisionLogReader
from ccproxy.replay.recorded import Skipped, Source
from ccproxy.replay.request_files import RequestFileReader
from ccproxy.replay.rollouts import RolloutReader
from ccproxy.replay.sources import Reader, Sources, kind_of
from ccproxy.replay.spend_logs import SpendLogReader
from ccproxy.replay.transcripts import TranscriptReader
from tests.language.profile import examples
from tests.replay.given_session import TRANSCRIPT
from tests.replay.test_transcripts import session

AT = datetime(2026, 11, 24, 13, 20, 3, tzinfo=UTC)

DECISION = DecisionRecord("id1", AT, "r1", "abc", "policy.ccp:4", "route", "think", "opus", "c1", {"tokens": 900, "effort": "high"}, 0.001)
TOKENS = {"input": 10, "cache_write_5m": 4, "cache_write_1h": 5, "cache_read": 6, "output": 7}
ANSWER = AnswerRecord("id1", AT, 200, "think", TOKENS, 0.25, 1.0, "think", None)

SPEND = {
    **{"request_id": "r", "spend": 0.5, "model": "claude-opus-4-5", "model_group": "think", "startTime": "2026-11-24T13:20:03"},
    **{"prompt_tokens": 20, "completion_tokens": 7, "session_id": "s1", "team_id": "t1"},
    "metadata": {
        "user_api_key_alias": "ci",
        "usage_object": {
            "prompt_tokens": 20,
            "completion_tokens": 7,
            "prompt_tokens_details": {
                "cached_tokens": 8,
                "cache_creation_tokens": 4,
                "cache_creation_token_details": {"ephemeral_1h_input_tokens": 1},
            },
        },
    },
}


def rollout() -> list[dict[str, Any]]:
    """Two answers, the second told twice."""

    def counted(total: int, last: int) -> dict[str, Any]:
        usage = {"input_tokens": last, "cached_input_tokens": 4, "output_tokens": 5, "reasoning_output_tokens": 2}
        return {"type": "token_count", "info": {"total_token_usage": {"total_tokens": total}, "last_token_usage": usage}}

    def message(role: str, said: str) -> dict[str, Any]:
        return {"type": "message", "role": role, "content": [{"type": "input_text", "text": said}]}

    lines = [
        ("session_meta", {"id": "s1"}),
        ("turn_context", {"model": "gpt-5", "effort": "high"}),
        ("response_item", message("user", "hi")),
        ("response_item", message("assistant", "hello")),
        ("event_msg", counted(15, 10)),
        ("response_item", message("user", "go on")),
        ("response_item", {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "c"}),
        ("event_msg", counted(40, 20)),
        ("event_msg", counted(40, 20)),
        ("event_msg", {"type": "token_count", "info": None}),
    ]
    return [{"timestamp": "2026-11-24T13:20:03Z", "type": kind, "payload": payload} for kind, payload in lines]


def csv_of(rows: list[dict[str, Any]]) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows([{name: json.dumps(value) if isinstance(value, dict) else value for name, value in row.items()} for row in rows])
    return text.getvalue().encode()


def lines_of(values: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
FILES: dict[str, tuple[Source, bytes]] = {
    "rollout.jsonl": ("rollout", lines_of(rollout())),
    "decisions.jsonl": ("decisions", DECISION.line() + ANSWER.line()),
    "body.json": ("requests", json.dumps(BODY, indent=1).encode()),
    "envelope.json": ("requests", json.dumps({"body": BODY, "headers": {"x-a": "b"}}).encode()),
    "bodies.jsonl": ("requests", lines_of([BODY, BODY])),
    "spend.jsonl": ("spend", lines_of([SPEND])),
    "spend.csv": ("spend", csv_of([SPEND])),
    "transcript.jsonl": ("transcript", TRANSCRIPT.read_bytes()),
}
COUNTS = {"rollout": 2, "decisions": 1, "requests": 4, "spend": 2, "transcript": 10}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, (_, content) in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "settings.json").write_text('{"theme": "dark"}')
    (tmp_path / "empty.jsonl").write_text("")
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_told_by_its_content(name: str) -> None:
    kind, content = FILES[name]
    assert kind_of(BytesIO(content), Path(name).suffix) == kind
    if name.endswith(".jsonl"):
        assert kind_of(BytesIO(b"half a li\n" + content), ".jsonl") == kind


def test_a_table_is_told_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "spend.txt").write_bytes(csv_of([SPEND]))
    (request,) = Sources([tmp_path / "spend.txt"]).requests()
    assert (request.source, request.place) == ("spend", "spend.txt:2")


def test_a_folder_of_all_sources_is_read_whole(folder: Path) -> None:
    sources, passed = Sources([folder]), list[int]()
    found = list(sources.requests(passed.append))
    assert {kind: sum(request.source == kind for request in found) for kind in COUNTS} == COUNTS
    assert sources.unread == []
    assert sources.size() == sum(passed) == sum(path.stat().st_size for path in folder.iterdir())


def test_what_is_named_and_no_source_is_told(folder: Path) -> None:
    sources = Sources([folder / "settings.json", folder / "none.jsonl"])
    assert list(sources.requests()) == []
    assert [name for name, _ in sources.unread] == ["settings.json", "none.jsonl"]


def test_a_record_has_its_answer() -> None:
    (request,) = DecisionLogReader(Skipped()).read(BytesIO(DECISION.line() + ANSWER.line()), "d.jsonl")
    assert request.paid == Paid(new=10, written=4, written_1h=5, read=6, output=7)
    assert (request.label, request.model, request.dollars, request.time) == ("think", "think", Decimal("0.25"), AT)
    assert request.known == {"tokens": 900, "effort": "high", "model": "opus"}


def test_a_record_without_an_answer_is_a_request_too() -> None:
    skipped = Skipped()
    (request,) = DecisionLogReader(skipped).read(BytesIO(b"\n".join([DECISION.line(), b'{"answer": "other"}'])), "d.jsonl")
    assert request.paid is None
    assert skipped.kinds == {"answer without its decision": 1}


def test_equal_totals_of_a_rollout_are_one_answer() -> None:
    first, second = RolloutReader(Skipped()).read(BytesIO(lines_of(rollout())), "r.jsonl")
    assert first.paid == Paid(new=6, read=4, output=5, reasoning=2)
    assert second.paid == Paid(new=16, read=4, output=5, reasoning=2)
    assert first.request is not None
    assert second.request is not None
    assert len(first.request.body["input"]) == 1
    assert len(second.request.body["input"]) == 3
    assert second.request.body["reasoning"] == {"effort": "high"}
    assert second.unknown.isdisjoint({"turns", "turn.step", "prompt", "images", "audio", "video"})


@pytest.mark.parametrize("name", ["spend.jsonl", "spend.csv"])
def test_a_spend_log_has_tokens_key_and_time(name: str) -> None:
    (request,) = SpendLogReader(Skipped()).read(BytesIO(FILES[name][1]), name)
    assert request.paid == Paid(new=8, written=3, written_1h=1, read=8, output=7)
    assert request.known == {"tokens": 20, "key.alias": "ci", "key.team": "t1"}
    assert (request.model, request.label, request.conversation, request.dollars) == ("claude-opus-4-5", "think", "s1", Decimal("0.5"))
    assert request.time == AT


def test_a_request_file_has_everything_but_an_answer() -> None:
    skipped = Skipped()
    found = list(RequestFileReader(skipped).read(BytesIO(lines_of([BODY, {"body": BODY, "at": "never"}])), "b.jsonl"))
    assert [request.place for request in found] == ["b.jsonl:1"]
    assert skipped.kinds == {"malformed envelope": 1}


def readers() -> dict[str, Reader]:
    skipped = Skipped()
    return {
        **{"transcript": TranscriptReader(skipped, Accounts()), "rollout": RolloutReader(skipped), "decisions": DecisionLogReader(skipped)},
        **{"requests": RequestFileReader(skipped), "spend": SpendLogReader(skipped)},
    }


@pytest.mark.parametrize("kind", ["transcript", "rollout", "decisions", "requests", "spend"])
@pytest.mark.parametrize("less", [0, 4, 8, 12, 500])
def test_values_nested_deep_never_raise(kind: Source, less: int) -> None:
    """What Python can just read it can't always write, compare or hash."""
    content = next(content for name, (found, content) in FILES.items() if found == kind and name.endswith(".jsonl"))
    lines = [json.loads(line) for line in content.splitlines()]
    if kind == "transcript":
        lines, _ = session([("a", "b", False), ("c", "d", True)])
    levels = _most_levels() - less
    for inner in _objects(lines):
        for key, before in list(inner.items()):
            inner[key] = "DEEP"
            written = lines_of(lines).replace(b'"DEEP"', b"[" * levels + b"]" * levels)
            inner[key] = before
            list(readers()[kind].read(BytesIO(written), "f.jsonl"))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """All that are anywhere in a value."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner)


def _most_levels() -> int:
    """How many levels can be read here."""
    for levels in range(1000, 0, -1):
        try:
            json.loads("[" * levels + "]" * levels)
        except RecursionError:
            continue
        return levels
    return 0


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=3)
)


@examples(40)
@given(st.sampled_from([name for name in FILES if name != "transcript.jsonl"]), st.data())
def test_damage_never_raises(name: str, data: st.DataObject) -> None:
    kind, content = FILES[name]
    at = data.draw(st.integers(0, len(content) - 1))
    content = content[:at] + data.draw(st.binary(max_size=6)) + content[at + data.draw(st.integers(0, 9)) :]
    list(readers()[kind].read(BytesIO(content), name))
    kind_of(BytesIO(content), Path(name).suffix)


@examples(100)
@given(st.sampled_from([name for name in FILES if name.endswith("l") and name != "transcript.jsonl"]), st.data())
def test_values_of_any_kind_never_raise(name: str, data: st.DataObject) -> None:
    kind, content = FILES[name]
    values = [json.loads(line) for line in content.splitlines()]
    value = data.draw(st.sampled_from(values))
    for inner in ("payload", "metadata", "info"):
        if isinstance(value.get(inner), dict) and data.draw(st.booleans()):
            value = value[inner]
    value[data.draw(st.sampled_from(sorted(value)))] = data.draw(_ANY)
    list(readers()[kind].read(BytesIO(lines_of(values)), name))

"""Transcripts of Claude Code: the given session equals what its upstream got; sessions made at random are read back, damaged or not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.facts.request import Request
from ccproxy.models.prices import Paid
from ccproxy.replay.accounts import Accounts
from ccproxy.replay.recorded import RecordedRequest, Skipped
from ccproxy.replay.sent_requests import SentRequests
from ccproxy.replay.transcripts import TranscriptReader
from tests.language.profile import examples
from tests.replay.given_session import recorded, sent
from tests.replay.test_replayed import BILL, by_litellm

COMPACTION = "msg_000009"


def test_every_recorded_request_is_rebuilt_as_its_upstream_got_it() -> None:
    skipped = Skipped()
    found, upstream = recorded(skipped), sent()
    assert upstream.keys() - found.keys() == {COMPACTION}
    assert len(found) == 16
    for name, request in found.items():
        assert request.request is not None
        body = {key: value for key, value in upstream[name]["body"].items() if key != "metadata"}
        assert request.request.body == body
        headers = request.request.headers or {}
        got = upstream[name]["headers"]
        assert headers == {key: got[key] for key in headers}
        assert ("x-claude-code-agent-id" in headers) == ("x-claude-code-agent-id" in got)
    assert (skipped.lines, skipped.records) == (0, 0)


def test_a_part_that_no_record_has_leaves_what_the_conversation_tells() -> None:
    request, skipped = _read_one(_lines(2))
    assert skipped.kinds == {"request that can't be rebuilt": 1}
    assert {"tools", "system", "max_tokens"} <= request.unknown
    assert request.request is not None
    assert request.request.facts["tokens"] == 25


def test_the_first_image_is_another_prefix() -> None:
    messages = [
        {"role": "user", "content": [block]} for block in ({"type": "text", "text": "hi"}, {"type": "image"}, {"type": "text", "text": "?"})
    ]
    records: list[dict[str, Any]] = [{"type": "api-request-shape", "shapeHash": "s", "shape": {}}]
    records += [{"type": "api-request-blob", "hash": digest(message), "message": message} for message in messages]
    request = {"type": "api-request", "shapeHash": "s", "params": {"model": "m"}}
    records += [
        {**request, "id": f"{number}", "base": f"{number - 1}", "keep": number, "tail": [digest(message)]}
        for number, message in enumerate(messages)
    ]
    sent = SentRequests()
    assert all(map(sent.add, records))
    bodies = [sent.body(name) for name in "0121"]
    assert [None if body is None else body.value["messages"] for body in bodies] == [messages[:1], messages[:2], messages, messages[:2]]
    before, *after = [None if body is None else body.prefix for body in bodies]
    assert len(set(after)) == 1
    assert before not in after


def test_lines_without_api_requests_tell_the_conversation() -> None:
    lines = [_user("u1", None, "hi"), _answer(1, "a1", "u1"), _user("u2", "a1", "go on"), _answer(2, "a2", "u2")]
    first, second = _read(lines)[0]
    assert first.request is not None
    assert second.request is not None
    assert first.request.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
    assert [message["role"] for message in second.request.body["messages"]] == ["user", "assistant", "user"]
    assert second.unknown.isdisjoint({"turns", "turn.step", "prompt", "images", "audio", "video"})


def test_a_compaction_begins_the_conversation_anew() -> None:
    boundary = {"type": "system", "subtype": "compact_boundary", "uuid": "b", "parentUuid": None, "sessionId": "s"}
    lines = [_user("u1", None, "hi"), _answer(1, "a1", "u1"), boundary, _user("u2", "b", "summary"), _answer(2, "a2", "u2")]
    request = _read(lines)[0][1].request
    assert request is not None
    assert request.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "summary"}]}]


def test_what_a_fork_repeats_is_given_once() -> None:
    lines = [_user("u1", None, "hi"), _answer(1, "a1", "u1")]
    reader = TranscriptReader(Skipped(), Accounts())
    assert len(list(reader.read(BytesIO(_text(lines)), "one.jsonl"))) == 1
    more = [*lines, _user("u2", "a1", "more"), _answer(2, "a2", "u2")]
    assert [request.place for request in reader.read(BytesIO(_text(more)), "two.jsonl")] == ["two.jsonl:4"]


def test_the_last_usage_of_an_answer_counts() -> None:
    first, last = _answer(1, "a1", "u1"), _answer(1, "a2", "a1")
    first["message"]["usage"]["output_tokens"] = 1
    assert [request.paid for request in _read([_user("u1", None, "hi"), first, last])[0]] == [_PAID[1]]


def test_what_no_provider_answered_and_progress_are_no_requests() -> None:
    error = _answer(1, "a1", "u1")
    error["message"]["model"] = "<synthetic>"
    progress = {"type": "progress", "uuid": "p", "parentUuid": "u1", "data": {"message": _answer(2, "x", None)}}
    requests, skipped = _read([_user("u1", None, "hi"), error, progress])
    assert requests == []
    assert skipped.records == 0


def test_unknown_kinds_and_half_lines_are_counted() -> None:
    _, skipped = _read([_user("u1", None, "hi"), {"type": "new-in-3", "sessionId": "s"}], end=b'{"type": "assist')
    assert (skipped.lines, skipped.records) == (1, 1)
    assert skipped.kinds == {"unknown kind new-in-3": 1}


# ── Sessions made at random ──────────────────────────────────────────────────────────────────────────────────────────

_START = datetime(2026, 11, 1, tzinfo=UTC)
_PAID = [Paid(new=3, written_1h=n, read=10 * n, output=7 + n) for n in range(1000)]
_TEXTS = st.text(min_size=1, max_size=8)
MESSAGES = st.lists(st.tuples(_TEXTS, _TEXTS, st.booleans()), min_size=1, max_size=8)


def session(turns: list[tuple[str, str, bool]]) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], Paid]]]:
    """The lines of a session, and the requests that they record with what they took."""
    shape = {"system": [{"type": "text", "text": "be good"}], "tools": [{"name": "Bash", "input_schema": {}}]}
    lines: list[dict[str, Any]] = [{"type": "api-request-shape", "sessionId": "s", "shapeHash": "shape", "shape": shape}]
    messages: list[dict[str, Any]] = []
    expected = []
    parent = None
    for number, (asked, answered, as_blob) in enumerate(turns):
        message = {"role": "user", "content": [{"type": "text", "text": asked}]}
        lines.append({**_user(f"u{number}", parent, asked), "message": message})
        base = {"base": f"r{number - 1}"} if number else {}
        tail = ([messages[-1]] if number else []) + [message]
        if as_blob:
            lines += [{"type": "api-request-blob", "sessionId": "s", "hash": digest(one), "message": one} for one in tail]
        request = {
            **{"type": "api-request", "sessionId": "s", "id": f"r{number}", "version": "2.1.330", "shapeHash": "shape"},
            **{"timestamp": _time(number), "params": {"model": "claude-opus-4-5", "max_tokens": 100 + number, "betas": ["b1"]}},
            **{"keep": len(messages) - 1 if number else 0, "tail": [digest(one) for one in tail], **base},
        }
        lines.append(request)
        messages.append(message)
        body = {"model": "claude-opus-4-5", "max_tokens": 100 + number, "messages": list(messages), **shape, "stream": True}
        expected.append((body, _PAID[number]))
        blocks = [{"type": "text", "text": answered}, {"type": "text", "text": "done"}]
        for half, block in enumerate(blocks):
            name = f"a{number}.{half}"
            answer = {**_answer(number, name, parent or f"u{number}"), "requestRef": f"r{number}"}
            answer["message"]["content"] = [block]
            lines.append(answer)
            parent = name
        messages.append({"role": "assistant", "content": blocks})
    return lines, expected


def digest(message: dict[str, Any]) -> str:
    return sha256(
        json.dumps(message, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    ).hexdigest()


@examples(60)
@given(MESSAGES)
def test_a_session_is_read_as_it_was_written(turns: list[tuple[str, str, bool]]) -> None:
    lines, expected = session(turns)
    requests, skipped = _read(lines)
    assert [(_body(request), request.paid) for request in requests] == expected
    assert _dollars(requests) == _dollars_by_litellm([paid for _, paid in expected])
    assert [request.time for request in requests] == [_START + timedelta(minutes=number) for number in range(len(turns))]
    assert (skipped.lines, skipped.records) == (0, 0)


@examples(60)
@given(MESSAGES, st.data())
def test_damage_never_raises_and_loses_only_what_was_damaged(turns: list[tuple[str, str, bool]], data: st.DataObject) -> None:
    """What is given is as it was; an answer that has a line left is given with its usage and dollars."""
    lines, expected = session(turns)
    written = [json.dumps(line).encode() for line in lines]
    damaged = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=4))
    for place in damaged:
        cut = data.draw(st.integers(1, len(written[place]) - 1))
        written[place] = data.draw(st.sampled_from([written[place][:cut], b"\xff" + written[place], b"[1]", b"nul"]))
    skipped = Skipped()
    requests = list(TranscriptReader(skipped, Accounts()).read(BytesIO(b"\n".join(written)), "s.jsonl"))
    assert skipped.lines == len(damaged)
    left = {line["requestRef"] for place, line in enumerate(lines) if place not in damaged and line["type"] == "assistant"}
    paid_of_left = [paid for number, (_, paid) in enumerate(expected) if f"r{number}" in left]
    assert [request.paid for request in requests] == paid_of_left
    assert _dollars(requests) == _dollars_by_litellm(paid_of_left)
    bodies = [body for body, _ in expected]
    whole = [request for request in requests if "body" not in request.unknown]
    assert all(_body(request) in bodies for request in whole)
    rebuilt = sum("body" in request.unknown for request in requests)
    assert skipped.kinds["request that can't be rebuilt"] == rebuilt
    if not damaged:
        assert rebuilt == 0


@examples(100)
@given(st.lists(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=3))))
def test_fields_of_any_kind_never_raise(values: list[Any]) -> None:
    lines, _ = session([("a", "b", True), ("c", "d", False)])
    for place, value in enumerate(values[: len(lines)]):
        line = lines[place]
        line[list(line)[place % len(line)]] = value
    _read(lines)


def _dollars(requests: list[RecordedRequest]) -> list[float]:
    """What each request cost."""
    return [float(BILL.paid(request) or 0) for request in requests]


def _dollars_by_litellm(answers: list[Paid]) -> Any:
    return pytest.approx([by_litellm(paid, "claude-opus-4-5") for paid in answers], rel=1e-9)


def _body(request: RecordedRequest) -> Any:
    assert isinstance(request.request, Request)
    body = dict(request.request.body)
    body["system"] = [block for block in body.get("system", []) if "billing-header" not in block["text"]]
    return body


def _lines(number: int) -> list[dict[str, Any]]:
    request = {"type": "api-request", "sessionId": "s", "id": "r", "shapeHash": "nowhere", "params": {}, "keep": 0, "tail": []}
    return [_user("u1", None, "hi"), request, {**_answer(number, "a1", "u1"), "requestRef": "r"}]


def _user(name: str, parent: str | None, said: str) -> dict[str, Any]:
    return {"type": "user", "uuid": name, "parentUuid": parent, "sessionId": "s", "message": {"role": "user", "content": said}}


def _answer(number: int, name: str, parent: str | None) -> dict[str, Any]:
    usage = {
        **{"input_tokens": 3, "cache_creation_input_tokens": number, "cache_read_input_tokens": 10 * number, "output_tokens": 7 + number},
        **{"cache_creation": {"ephemeral_1h_input_tokens": number, "ephemeral_5m_input_tokens": 0}, "service_tier": "standard"},
    }
    content = [{"type": "text", "text": "ok"}]
    message = {"id": f"msg_{number}", "role": "assistant", "model": "claude-opus-4-5", "content": content, "usage": usage}
    where = {"uuid": name, "parentUuid": parent, "sessionId": "s", "timestamp": _time(number), "entrypoint": "cli"}
    return {"type": "assistant", **where, "requestId": f"req_{number}", "message": message}


def _time(number: int) -> str:
    return (_START + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")


def _text(lines: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"


def _read(lines: list[dict[str, Any]], end: bytes = b"") -> tuple[list[RecordedRequest], Skipped]:
    skipped = Skipped()
    return list(TranscriptReader(skipped, Accounts()).read(BytesIO(_text(lines) + end), "s.jsonl")), skipped


def _read_one(lines: list[dict[str, Any]]) -> tuple[RecordedRequest, Skipped]:
    requests, skipped = _read(lines)
    (request,) = requests
    return request, skipped

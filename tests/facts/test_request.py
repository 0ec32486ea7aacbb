"""One request, whoever makes it: a body is never taken for an envelope, and envelopes are opened where files are read."""

import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import ccproxy
from ccproxy.facts import EnvelopeError, observe_request

POLICY = ccproxy.loads("""
when tokens == 1234 -> facts
when header("x-a") == "1" and endpoint == "chat" and key.team == "red" and time == 22:00 -> every
when model == "inner" -> inner
when model == "outer" -> outer
""")
ENVELOPE = {
    "body": {"model": "inner"},
    "headers": {"X-A": "1"},
    "path": "/v1/chat/completions",
    "key": {"team": "red"},
    "at": "2026-11-22T22:00",
}
DECOY = {"model": "outer", "body": {"model": "inner"}, "headers": {"x-a": "1"}, "facts": {"tokens": 1234}}


def test_a_body_is_never_an_envelope() -> None:
    assert POLICY.decide(DECOY).label == "outer"
    assert POLICY.decide(DECOY, at="2026-11-22T22:00").label == "outer"
    assert POLICY.decide(ccproxy.Request(DECOY)).label == "outer"
    assert POLICY.explain(DECOY).decision.label == "outer"
    assert POLICY.observe(DECOY).header("x-a") is None


def test_an_envelope_has_the_body_and_what_is_around_it() -> None:
    request = ccproxy.Request.from_envelope(ENVELOPE)
    assert request == ccproxy.Request(
        {"model": "inner"}, headers={"X-A": "1"}, path="/v1/chat/completions", key={"team": "red"}, at=datetime(2026, 11, 22, 22)
    )
    assert POLICY.decide(request).label == "every"
    assert POLICY.explain(request).decision == POLICY.decide(request)


def test_without_the_key_body_it_is_the_bare_body() -> None:
    assert ccproxy.Request.from_envelope({"model": "outer", "headers": {"x-a": "1"}}) == ccproxy.Request(
        {"model": "outer", "headers": {"x-a": "1"}}
    )
    assert ccproxy.Request.from_envelope([1]).body == [1]


def test_what_is_given_goes_over_what_the_request_says() -> None:
    request = ccproxy.Request({}, headers={"a": "1", "b": "2"}, path="/v1/messages", key={"alias": "ci"}, facts={"tokens": 1, "mode": "m"})
    over = request.over(headers={"b": "3"}, key={"team": "red"}, at="2026-11-22T22:00", facts={"tokens": 2})
    assert over == ccproxy.Request(
        {},
        headers={"a": "1", "b": "3"},
        path="/v1/messages",
        key={"alias": "ci", "team": "red"},
        at="2026-11-22T22:00",
        facts={"tokens": 2, "mode": "m"},
    )
    assert POLICY.decide(ccproxy.Request.from_envelope(ENVELOPE), facts={"tokens": 1234}).label == "facts"
    assert POLICY.decide(ccproxy.Request.from_envelope(ENVELOPE), key={"team": "blue"}).label == "inner"


def test_the_body_is_not_copied() -> None:
    body: dict[str, Any] = {"messages": []}
    assert observe_request(ccproxy.Request(body).over(at=datetime.now(UTC))).body is body


def test_facts_are_values_of_their_types() -> None:
    request = ccproxy.Request({}, facts={"max_tokens": 1.5, "time": "22:30", "weekday": "mon", "tools": ["Bash"], "model": None})
    assert request.facts == {"max_tokens": Fraction(3, 2), "time": 1350, "weekday": 0, "tools": ("Bash",), "model": None}
    assert request.over().facts == request.facts


@pytest.mark.parametrize(
    ("envelope", "told"),
    [
        ({"body": {}, "headers": 3}, '"headers" of the envelope is an object, not a number'),
        ({"body": {}, "headers": {"a": None}}, 'the header "a" of the envelope is a text, not null'),
        ({"body": {}, "path": True}, '"path" of the envelope is a text, not a bool'),
        ({"body": {}, "key": {"teem": "legal"}}, "a key has no 'teem'; did you mean team?"),
        ({"body": {}, "key": {"colour": 1}}, "a key has no 'colour'; it has alias, team, user, org, tags, spend, budget"),
        ({"body": {}, "key": []}, '"key" of the envelope is an object, not an array'),
        ({"body": {}, "at": "soon"}, "'soon' is no time; write it as 2026-11-22T23:10"),
        ({"body": {}, "facts": {"token": 1}}, 'there is no fact "token"; did you mean'),
        ({"body": {}, "facts": {"tokens": "x"}}, "the fact tokens is a number, not 'x'"),
    ],
)
def test_what_is_wrong_with_an_envelope(envelope: dict[str, Any], told: str) -> None:
    with pytest.raises(EnvelopeError) as caught:
        ccproxy.Request.from_envelope(envelope)
    assert told in str(caught.value)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(ENVELOPE).encode())
    assert ccproxy.Request.from_file(path) == ccproxy.Request.from_file(str(path)) == ccproxy.Request.from_envelope(ENVELOPE)
    with pytest.raises(FileNotFoundError):
        ccproxy.Request.from_file(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty; a request file holds the JSON body of an API call"),
        (b'{\n"model', "request.json:2:1: this is no JSON: "),
        (b"[" * 100_000, "request.json:1: this JSON is nested too deep"),
        (b'{"n": ' + b"9" * 5000 + b"}", "request.json:1: a number here has too many digits"),
        (b"[]", "request.json:1: a request is a JSON object: the body of an API call, or an envelope"),
        (b"\xff", "is not UTF-8 text (byte 1)"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "request.json").write_bytes(data)
    with pytest.raises(EnvelopeError) as caught:
        ccproxy.Request.from_file(tmp_path / "request.json")
    assert told in str(caught.value)


def test_the_public_names_are_listed() -> None:
    assert set(ccproxy.__all__) <= set(dir(ccproxy))
    assert {name for name in ccproxy.__all__ if getattr(ccproxy, name) is None} == set()


def test_what_no_key_has_is_told_wherever_a_key_is_given() -> None:
    key = {"teem": "legal"}
    for call in (POLICY.decide, POLICY.observe, POLICY.explain):
        requests: list[object] = [{}, ccproxy.Request({})]
        for request in requests:
            for at in (None, "2026-11-22"):
                with pytest.raises(ValueError, match=r"^a key has no 'teem'; did you mean team\?$"):
                    call(request, key=key, at=at)
    with pytest.raises(ValueError, match="did you mean team"):
        ccproxy.Request({}, key=key)

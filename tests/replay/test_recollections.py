"""What a proxy would have remembered: of transcripts from their beginning, of records as they say until something goes elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ccproxy.facts.request import Request
from ccproxy.models.prices import Paid
from ccproxy.policy import loads
from ccproxy.replay.recorded import OUTSIDE_THE_BODY, RecordedRequest, Skipped
from ccproxy.replay.replayed import PolicyTotal, Replay
from tests.replay.test_replayed import BILL

START = datetime(2026, 11, 1, tzinfo=UTC)


def sent(minutes: float, max_tokens: int = 1, agent: str | None = None, **more: Any) -> RecordedRequest:
    """A request of a transcript, answered by the model behind `same`."""
    time = START + timedelta(minutes=minutes)
    request = Request({"model": "m", "max_tokens": max_tokens, "messages": []}, path="/v1/messages", at=time)
    return RecordedRequest(
        source="transcript",
        place="f:1",
        request=request,
        unknown=OUTSIDE_THE_BODY,
        paid=Paid(new=10, written=5000, read=0, output=5),
        model="claude-opus-5-5",
        conversation="s" if agent is None else f"s/{agent}",
        session="s",
        time=time,
        **more,
    )


def labels(policy: str, *requests: RecordedRequest, **options: Any) -> list[str | None]:
    total = PolicyTotal(loads(policy), BILL, **options)
    return [total.add(request, BILL.paid(request)).label for request in requests]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('session.label == "cheap"', ["strange", "cheap", "same", "strange"]),
        ("not has session.label", ["same", "cheap", "strange", "strange"]),
        ("session.requests == 2", ["strange", "cheap", "same", "strange"]),
        ("session.idle >= 3", ["strange", "cheap", "same", "same"]),
        ("session.idle >= 7.5", ["strange", "cheap", "strange", "same"]),
        ("cache.tokens == 5000", ["strange", "cheap", "same", "strange"]),
        ("cache.tokens == 0", ["strange", "cheap", "strange", "same"]),
    ],
)
def test_a_transcript_is_remembered_from_its_beginning(condition: str, expected: list[str]) -> None:
    """The second of four requests goes to `cheap`, the others by the condition."""
    policy = f"when max_tokens == 2 -> cheap\nwhen {condition} -> same\ndefault -> strange"
    assert labels(policy, sent(0), sent(1, 2), sent(4), sent(11.5)) == expected


def test_agents_have_conversations_of_their_own_and_the_dollars_of_the_session() -> None:
    policy = "when session.spend > 0 and session.requests == 0 -> cheap\nwhen session.requests == 0 -> same\ndefault -> strange"
    assert labels(policy, sent(0), sent(1, agent="a"), sent(2), sent(3, agent="a")) == ["same", "cheap", "strange", "strange"]


def test_what_was_not_heard_of_for_long_is_forgotten() -> None:
    policy = 'when session.label == "same" -> cheap\ndefault -> same'
    assert labels(policy, sent(0), sent(1439), sent(2880)) == ["same", "cheap", "same"]


def test_after_an_undecided_request_the_conversation_is_unknown() -> None:
    policy = """
when max_tokens == 2 and header("x-team") == "a" -> cheap
when session.label == "same" and max_tokens != 2 -> cheap
default -> same
"""
    assert labels(policy, sent(0), sent(1, 2), sent(2), sent(3)) == ["same", None, None, None]
    policy = "when max_tokens == 3 -> cheap\n" + policy
    assert labels(policy, sent(0), sent(1, 2), sent(2, 3), sent(3)) == ["same", None, "cheap", "same"]


def test_stay() -> None:
    assert labels("when max_tokens == 2 -> cheap\nwhen turns == 0 -> stay\ndefault -> same", sent(0), sent(1, 2), sent(2)) == [
        "same",
        "cheap",
        "cheap",
    ]


def test_what_is_left_out_leaves_its_conversation_unknown() -> None:
    policy = loads("when has session.label or session.spend > 0 -> cheap\ndefault -> same")
    for since, decided in ((None, 3), (START, 3), (START + timedelta(minutes=1), 0)):
        replay = Replay(BILL, [PolicyTotal(policy, BILL)], Skipped())
        replay.run([sent(0), sent(1), sent(2)], since)
        assert replay.policies[0].decided == decided


# ── Records ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def record(minutes: float, label: str, **known: Any) -> RecordedRequest:
    named = {name.replace("__", "."): value for name, value in known.items()}
    return RecordedRequest(
        source="decisions",
        place="d:1",
        known={"model": "m", **named},
        paid=Paid(new=10, written=5000, output=5),
        model=label,
        label=label,
        conversation="c",
        time=START + timedelta(minutes=minutes),
        dollars=Decimal(1),
    )


def test_records_count_until_a_conversation_goes_elsewhere() -> None:
    requests = [
        record(0, "strange", tokens=5, session__label="strange"),
        record(1, "same", tokens=5, session__label="strange"),
        record(2, "cheap", tokens=5, session__label="strange"),
    ]
    policy = 'when session.label == "strange" -> same\ndefault -> cheap'
    # the second request went to `same` as it did, so its record counts; the third goes by its own
    assert labels(policy, *requests) == ["same", "cheap", "cheap"]
    assert labels('when session.label == "strange" -> strange\ndefault -> cheap', *requests) == ["strange", "strange", "strange"]


def test_what_no_record_tells_of_an_earlier_part_is_unknown() -> None:
    policy = "when session.requests > 2 -> cheap\nwhen has session.label -> same\ndefault -> strange"
    assert labels(policy, record(0, "same"), record(1, "same")) == [None, None]
    assert labels(policy, record(0, "same", session__requests=2), record(1, "same", session__requests=3)) == [None, "cheap"]


def test_spend_grows_by_what_more_another_model_costs() -> None:
    policy = "when session.spend > 1 -> cheap\ndefault -> same"
    recorded = [record(minute, "strange", session__spend=minute) for minute in range(3)]
    assert labels(policy, *recorded) == ["same", "same", "same"]  # at dollars for each strange one these are cheap
    assert labels("when session.spend > 1 -> cheap\ndefault -> strange", *recorded) == ["strange", "strange", "cheap"]


def test_a_quota_is_as_recorded_or_unknown() -> None:
    policy = "when quota(same) > 95 -> cheap\ndefault -> same"
    assert labels(policy, record(0, "same", **{"quota(same)": 96}), record(1, "same"), record(2, "same", **{"quota(same)": None})) == [
        "cheap",
        None,
        "same",
    ]

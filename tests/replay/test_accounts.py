"""What a session of the real client cost by its own account is what its answers cost, and what stands in no record of it.

`ended_session`: headless, a subagent on another model, a compaction; resumed; then forked. Texts are filler, usage is a fake upstream's.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ccproxy.models.label_models import Models
from ccproxy.replay.accounts import Accounts
from ccproxy.replay.bill import Bill
from ccproxy.replay.recorded import Skipped
from ccproxy.replay.sources import Sources
from ccproxy.replay.usage import paid_of_messages
from tests.cli.run import CONFIG, answer

ENDED = Path(__file__).parent / "ended_session"
SESSION = ENDED / "63b7b363-2f46-4f9e-8f24-cf4addf76fe7.jsonl"
FORK = ENDED / "0436df73-1601-4503-ad2f-3f8f9d1b0933.jsonl"
BILL = Bill(Models.without_config())


def told(path: Path) -> list[float]:
    """What the client says that a session cost, at the end of each run."""
    lines = map(json.loads, path.read_text("utf-8").splitlines())
    return [line["totalCostUSD"] for line in lines if line["type"] == "cost-state"]


def dollars(*paths: Path) -> tuple[Decimal, Decimal | None]:
    """What the answers cost, and what is unrecorded."""
    sources = Sources(paths, Skipped())
    paid = sum((BILL.paid(request) or Decimal(0) for request in sources.requests()), Decimal(0))
    return paid, sources.accounts.unrecorded(BILL)


@pytest.mark.parametrize("paths", [(SESSION, SESSION.with_suffix("")), (SESSION,), (FORK,), (ENDED,), (FORK, SESSION)])
def test_dollars_are_the_client_s_own(paths: tuple[Path, ...]) -> None:
    """Whatever files of it are there: what is missing is unrecorded; and what a fork repeats is counted once."""
    assert len(told(SESSION)) == 2
    paid, rest = dollars(*paths)
    assert rest is not None
    assert rest > 0
    expected = told(SESSION)[-1] if paths[0] == SESSION else told(FORK)[-1]
    assert float(paid + rest) == pytest.approx(expected, rel=1e-9)


def test_the_compaction_and_the_subagent_s_notice_are_unrecorded() -> None:
    compaction = {"input_tokens": 8, "cache_creation_input_tokens": 1555, "cache_read_input_tokens": 27000, "output_tokens": 85}
    notice = {
        "input_tokens": 9,
        "cache_creation": {"ephemeral_1h_input_tokens": 983},
        "cache_read_input_tokens": 32400,
        "output_tokens": 92,
    }
    priced = BILL.of_recorded("claude-opus-5-5")
    assert priced is not None
    expected = sum(priced.prices.dollars(paid_of_messages(usage)) or 0 for usage in (compaction, notice))
    assert dollars(SESSION, SESSION.with_suffix(""))[1] == expected


def test_the_command_tells_it(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "p.ccp").write_text("default -> think\n")
    found = answer("replay", ENDED, "-p", tmp_path / "p.ccp", "--json")
    assert found["paid"]["dollars"] + found["unrecorded"]["dollars"] == pytest.approx(told(FORK)[-1], rel=1e-9)
    assert answer("replay", ENDED, "-p", tmp_path / "p.ccp", "--json", "--since", "9000w")["unrecorded"]["dollars"] is None


def state(session: str, tokens: int, **more: Any) -> dict[str, Any]:
    return {"sessionId": session, "modelUsage": {"claude-opus-5-5": {"outputTokens": tokens}}, **more}


def test_a_source_that_goes_on_beside_its_fork() -> None:
    accounts = Accounts()
    for record in (state("fork", 6), state("source", 5), state("source", 20)):
        accounts.tell(record)
    priced = BILL.of_recorded("claude-opus-5-5")
    assert priced is not None
    a_token = priced.prices.rates(1).output
    assert accounts.unrecorded(BILL) == 26 * a_token
    accounts.repeat("source", "fork")
    assert accounts.unrecorded(BILL) == 21 * a_token


@pytest.mark.parametrize(
    "usage", [None, [], {"claude-opus-5-5": None}, {"claude-opus-5-5": {"outputTokens": "x"}}, {"a": {"outputTokens": 3}}]
)
def test_what_is_no_account(usage: Any) -> None:
    accounts = Accounts()
    assert accounts.unrecorded(BILL) is None
    accounts.tell(state("s", 0, modelUsage=usage))
    assert accounts.unrecorded(BILL) == 0

"""Recorded requests under policies: the same decisions as on what the upstream got, and dollars as LiteLLM calculates them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from litellm import cost_per_token
from litellm.types.utils import Usage

from ccproxy.decision import Decision
from ccproxy.facts.request import Request
from ccproxy.models.label_models import Models
from ccproxy.models.litellm_config import Deployment, LiteLLMConfig
from ccproxy.models.model_map import ModelMap, find_map
from ccproxy.models.prices import Paid
from ccproxy.policy import Policy, load, loads
from ccproxy.replay.bill import Bill
from ccproxy.replay.gate import read_gate
from ccproxy.replay.prompt_cache import MINIMUM, PromptCaches
from ccproxy.replay.recorded import RecordedRequest, Skipped
from ccproxy.replay.replayed import PolicyTotal, Replay
from tests.cli.run import STARTER
from tests.replay.given_session import recorded, sent

MODELS = Models(
    LiteLLMConfig(
        deployments=tuple(
            Deployment(label, model)
            for label, model in (
                ("same", "anthropic/claude-opus-5-5"),
                ("cheap", "anthropic/claude-haiku-4-5"),
                ("strange", "hosted_vllm/mine"),
            )
        )
    ),
    ModelMap.read(find_map()),
)
BILL = Bill(MODELS)
BY_SIZE = """
when tokens.messages > 300 and images == 0 -> same
when any tools == "Bash" and agent.class == "subagent" -> cheap
when system matches /billing-header/ and turns > 1 -> strange
default -> keep
"""
BY_ALL = """
when effort == "medium" and max_tokens > 100k and has agent.id -> cheap
when has session and client matches "claude-cli/*" -> same
default -> strange
"""


def policies() -> dict[str, Policy]:
    return {"starter": load(STARTER), "size": loads(BY_SIZE), "all": loads(BY_ALL)}


@pytest.mark.parametrize("name", ["starter", "size", "all"])
def test_decisions_equal_those_on_what_the_upstream_got(name: str) -> None:
    policy, upstream = policies()[name], sent()
    found = recorded()
    labels = set()
    for answer, request in found.items():
        assert request.request is not None
        got = upstream[answer]
        known = policy.decide_known(request.request, request.unknown)
        assert isinstance(known, Decision)
        decision = policy.decide(Request(got["body"], headers=got["headers"], path=got["path"], at=request.time))
        assert known.outcome == decision.outcome
        labels.add(decision.label)
    assert name == "starter" or len(labels) > 1


def test_what_hangs_on_a_header_that_no_transcript_has_is_undecided() -> None:
    total = replayed(loads('when header("x-team") == "a" -> cheap\ndefault -> same')).policies[0]
    assert total.undecided_by == {'header("x-team")': 16}
    assert total.dollars == total.undecided.dollars > 0


def replayed(*policies: Policy, requests: list[RecordedRequest] | None = None) -> Replay:
    replay = Replay(BILL, [PolicyTotal(policy, BILL) for policy in policies], Skipped())
    replay.run(list(recorded().values()) if requests is None else requests)
    return replay


def by_litellm(paid: Paid, model: str) -> float:
    usage = Usage(
        prompt_tokens=paid.input,
        completion_tokens=paid.output,
        prompt_tokens_details={
            "cached_tokens": paid.read,
            "cache_creation_tokens": paid.written + paid.written_1h,
            "cache_creation_token_details": {"ephemeral_5m_input_tokens": paid.written, "ephemeral_1h_input_tokens": paid.written_1h},
        },
        cache_creation_input_tokens=paid.written + paid.written_1h,
        cache_read_input_tokens=paid.read,
    )
    return sum(cost_per_token(model=model, custom_llm_provider="anthropic", usage_object=usage))


def test_what_was_paid_is_what_litellm_calculates() -> None:
    expected = sum(by_litellm(request.paid, "claude-opus-5-5") for request in recorded().values() if request.paid is not None)
    replay = replayed(loads("default -> same"))
    assert float(replay.paid.dollars) == pytest.approx(expected, rel=1e-9)
    assert replay.policies[0].dollars == replay.paid.dollars
    assert (replay.policies[0].moved, replay.answers) == (0, 16)
    assert replay.policies[0].breaks == 12  # the upstream says that it reads four fifths, whatever there is


def test_keeping_costs_what_was_paid_and_rejecting_nothing() -> None:
    assert replayed(loads("default -> keep")).policies[0].dollars == replayed(loads("default -> same")).paid.dollars
    assert replayed(loads('default -> reject "no"')).policies[0].dollars == 0


def test_a_label_without_prices_is_told() -> None:
    assert replayed(loads("default -> strange")).policies[0].unpriced == 16


def test_changes_are_told_with_a_request_to_look_at() -> None:
    replay = replayed(loads("default -> same", "old.ccp"), loads('when agent.class == "subagent" -> cheap\ndefault -> same', "new.ccp"))
    ((key, change),) = replay.changes.items()
    assert key == ("same", "old.ccp:1", "cheap", "new.ccp:1")
    assert change.requests == replay.changed == 6
    assert change.example == "subagents/agent-a9c697895d47c4226.jsonl:14"
    assert change.dollars == replay.policies[1].dollars - replay.policies[0].dollars < 0


@pytest.mark.parametrize(
    ("gate", "holds"),
    [
        ("cost < -1%", True),
        ("cost > +2%", False),
        ("changed == 6", True),
        ("changed>=37.5%", True),
        ("undecided > 0", False),
        ("cache_breaks < 100%", True),
    ],
)
def test_gates(gate: str, holds: bool) -> None:
    replay = replayed(loads("default -> same"), loads('when agent.class == "subagent" -> cheap\ndefault -> same'))
    found = read_gate(gate)
    assert found is not None
    assert found.holds(replay) is holds


@pytest.mark.parametrize("text", ["", "price > 2", "cost ~ 2", "cost > x", "cost > 2%%", "cost > ٢"])
def test_what_is_no_gate(text: str) -> None:
    assert read_gate(text) is None


# ── The prompt cache ─────────────────────────────────────────────────────────────────────────────────────────────────

START = datetime(2026, 11, 1, tzinfo=UTC)


def at(minutes: float, prefix: object = "p") -> RecordedRequest:
    return RecordedRequest(source="transcript", place="f:1", conversation="c", time=START + timedelta(minutes=minutes), prefix=prefix)


def grown(written: int, read: int, *, hour: bool = False) -> Paid:
    return Paid(new=10, written=0 if hour else written, written_1h=written if hour else 0, read=read, output=5)


def test_where_a_conversation_went_its_usage_is_the_recorded_one() -> None:
    caches = PromptCaches()
    for minute, paid in enumerate((grown(5000, 0), grown(100, 5000), grown(200, 5100))):
        assert caches.charge(at(minute), paid, "a", is_same=True).paid == paid


def test_a_switch_is_written_and_coming_back_cold_too() -> None:
    caches = PromptCaches()
    caches.charge(at(0), grown(5000, 0), "a", is_same=True)
    there = caches.charge(at(1), grown(100, 5000), "b", is_same=False)
    assert there.paid == grown(5100, 0)
    assert there.lost == 5000
    warm = caches.charge(at(2), grown(100, 5100), "a", is_same=True)
    assert warm.paid == grown(200, 5000)
    assert warm.lost == 100
    cold = caches.charge(at(8), grown(100, 5200), "b", is_same=False)
    assert cold.paid == grown(5300, 0)
    assert cold.lost == 0  # after six minutes nothing was left anywhere


def test_reading_renews_and_an_hour_lasts_longer() -> None:
    for hour, minutes, read in ((False, 4, 5000), (False, 6, 0), (True, 50, 5000), (True, 70, 0)):
        caches = PromptCaches()
        caches.charge(at(0), grown(5000, 0, hour=hour), "b", is_same=False)
        assert caches.charge(at(minutes), grown(100, 5000, hour=hour), "b", is_same=False).paid.read == read
    caches = PromptCaches()
    caches.charge(at(0), grown(5000, 0), "b", is_same=False)
    caches.charge(at(4), grown(0, 5000), "b", is_same=False)
    assert caches.charge(at(8), grown(0, 5000), "b", is_same=False).paid.read == 5000


def test_another_prefix_and_a_compaction_break_it() -> None:
    caches = PromptCaches()
    caches.charge(at(0), grown(5000, 0), "b", is_same=False)
    other = caches.charge(at(1, "q"), grown(100, 5000), "b", is_same=False)
    assert other.paid == grown(5100, 0)
    assert other.lost == 5000
    compacted = caches.charge(at(2, "q"), grown(1000, 1500), "b", is_same=False)
    assert compacted.paid == grown(1000, 1500)
    assert compacted.lost == 0


def test_little_is_not_cached() -> None:
    paid = Paid(new=10, written=MINIMUM - 1, output=5)
    assert PromptCaches().charge(at(0), paid, "b", is_same=False).paid == Paid(new=MINIMUM + 9, output=5)


def test_no_token_is_won_or_lost() -> None:
    caches = PromptCaches()
    for number, request in enumerate(recorded().values()):
        assert request.paid is not None
        charged = caches.charge(request, request.paid, "ab"[number % 2], is_same=number % 2 == 0).paid
        assert (charged.input, charged.output) == (request.paid.input, request.paid.output)


def test_decision_records_keep_what_was_recorded_as_paid() -> None:
    request = RecordedRequest(source="decisions", place="d:1", known={"tokens": 900}, label="same", model="same", dollars=Decimal("0.5"))
    replay = replayed(loads("when tokens > 1k -> cheap\ndefault -> same"), requests=[replace(request, paid=grown(900, 0))])
    assert replay.policies[0].dollars == Decimal("0.5")
    assert replay.policies[0].moved == 0


def test_a_wrong_fact_in_a_record_is_skipped() -> None:
    replay = replayed(
        loads('when effort == "high" -> cheap\ndefault -> same'), requests=[RecordedRequest("decisions", "d:1", known={"effort": 3})]
    )
    assert replay.requests == 0
    assert replay.skipped.records == 1


@pytest.mark.parametrize(
    ("behind", "answered", "is_same"),
    [
        (["anthropic/claude-haiku-4-5"], "claude-haiku-4-5-20251001", True),
        (["anthropic/claude-haiku-4-5-20251001"], "claude-haiku-4-5", True),
        (["hosted_vllm/mine", "anthropic/claude-haiku-4-5"], "claude-haiku-4-5-20251001", True),
        (["anthropic/claude-haiku-5-5"], "claude-haiku-4-5-20251001", False),
        (["openai/gpt-4o"], "gpt-4o-2024-08-06", True),
        (["openai/gpt-4o"], "gpt-4o-2024-05-13", False),  # has other prices
        (["openai/gpt-4o-2024-11-20"], "gpt-4o-2024-08-06", False),
    ],
)
def test_a_release_is_the_model_of_its_bare_name(behind: list[str], answered: str, is_same: bool) -> None:
    """Anthropic answers `claude-haiku-4-5` with a release's name: that went nowhere else, and cost what was paid."""
    bill = Bill(Models(LiteLLMConfig(deployments=tuple(Deployment("a", model) for model in behind)), MODELS.map))
    request = RecordedRequest("transcript", "t:1", known={}, model=answered, paid=grown(100, 5000))
    replay = Replay(bill, [PolicyTotal(loads("default -> a"), bill)], Skipped())
    replay.run([request])
    assert replay.policies[0].moved == (not is_same)
    assert (replay.policies[0].dollars == replay.paid.dollars) == is_same

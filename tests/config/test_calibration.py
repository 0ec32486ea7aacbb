"""What is learnt from answers, and what of it is applied."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.config.calibration import (
    CALIBRATION_NAME,
    LEAST,
    MOST,
    MOST_GROUPS,
    WINDOW_TOKENS,
    Answer,
    Calibration,
    Seen,
    ratio_for,
    read_groups,
    told,
    with_answers,
)
from ccproxy.config.configured_counter import counter_for
from ccproxy.facts import TokenCounter, observe
from ccproxy.gateway.learner import Learner
from tests.language.profile import examples

# ── The ratio ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_ratio_starts_at_one_and_comes_to_what_providers_say() -> None:
    assert Seen().ratio == 1
    assert Seen().plus(120, 100).ratio == Fraction(1002, 1000)
    seen = Seen()
    for _ in range(100):
        seen = seen.plus(120_000, 100_000)
    assert abs(seen.ratio - Fraction(6, 5)) <= Fraction(2, 1000)
    assert seen.answers == 100


def test_older_answers_fade() -> None:
    seen = Seen()
    for _ in range(100):
        seen = seen.plus(200_000, 100_000)
    for _ in range(100):
        seen = seen.plus(100_000, 100_000)
    assert seen.ours <= WINDOW_TOKENS
    assert seen.ratio < Fraction(102, 100)


@examples(100)
@given(st.lists(st.tuples(st.integers(1, 10**12), st.integers(1, 10**12))))
def test_a_ratio_is_bounded(answers: list[tuple[int, int]]) -> None:
    seen = Seen()
    for provider, ours in answers:
        seen = seen.plus(provider, ours)
    assert LEAST <= seen.ratio <= MOST
    assert seen.ours <= WINDOW_TOKENS + 1e-3


def test_one_absurd_answer_does_not_undo_what_is_known() -> None:
    seen = Seen(50, 1_000_000, 1_000_000).plus(10**9, 10_000)
    assert seen.ratio < Fraction(104, 100)


def test_the_ratio_of_the_group_that_the_request_names_else_of_all_together() -> None:
    groups = {"think": Seen(9, 1_200_000, 1_000_000), "default": Seen(9, 1_000_000, 1_000_000)}
    assert ratio_for(groups, "think") == Fraction(1198, 1000)
    assert ratio_for(groups, "claude-opus-5-5") == ratio_for(groups, None) == Fraction(1100, 1000)
    assert ratio_for({}, "think") == 1


def test_groups_are_bounded() -> None:
    groups = with_answers({}, (Answer(f"group {number}" + "x" * 1000, 5, 5) for number in range(1000)))
    assert len(groups) == MOST_GROUPS
    assert max(map(len, groups)) == 200


# ── The file ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_workers_share_what_they_learn(tmp_path: Path) -> None:
    first, second = Calibration(tmp_path), Calibration(tmp_path)
    first.save()
    assert not (tmp_path / CALIBRATION_NAME).exists()
    first.learn(Answer("think", 120_000, 100_000))
    first.save()
    second.learn(Answer("think", 120_000, 100_000))
    second.learn(Answer("think", 5, 0))
    second.save()
    first.save()
    expected = Seen().plus(120_000, 100_000).plus(120_000, 100_000)
    assert first.ratio_for("think") == second.ratio_for("think") == Calibration(tmp_path).ratio_for("think") == expected.ratio
    assert told(read_groups(tmp_path)) == {"think": {"ratio": float(expected.ratio), "answers": 2}}
    assert (tmp_path / CALIBRATION_NAME).stat().st_mode & 0o777 == 0o600


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    calibrations = [Calibration(tmp_path) for _ in range(4)]

    def work(calibration: Calibration) -> None:
        for _ in range(25):
            calibration.learn(Answer("think", 110, 100))
            calibration.save()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, calibrations))
    assert read_groups(tmp_path)["think"].answers == 100


def test_a_folder_that_can_t_be_written(tmp_path: Path) -> None:
    calibration = Calibration(tmp_path / "nowhere")
    calibration.learn(Answer("think", 120_000, 100_000))
    with pytest.raises(OSError, match="nowhere"):
        calibration.save()
    assert calibration.ratio_for("think") > 1


@pytest.mark.parametrize(
    "text",
    ["", "[", "[]", "5", '{"think": 5}', '{"think": {}}', '{"think": {"answers": 1, "provider": "x", "ours": 1}}']
    + [json.dumps({"think": {"answers": 1, "provider": provider, "ours": ours}}) for provider, ours in ((-1, 1), (5, 1), (1e300, 1e300))]
    + ['{"think": {"answers": 1, "provider": NaN, "ours": 1}}', '{"think": {"answers": 1, "provider": 1, "ours": Infinity}}'],
)
def test_a_damaged_file_is_nothing_learnt(tmp_path: Path, text: str) -> None:
    (tmp_path / CALIBRATION_NAME).write_text(text)
    assert read_groups(tmp_path) == {}
    calibration = Calibration(tmp_path)
    calibration.learn(Answer("think", 110, 100))
    calibration.save()
    assert read_groups(tmp_path)["think"].answers == 1


# ── Applied ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

BODY: dict[str, Any] = {"model": "think", "messages": [{"role": "user", "content": "many words " * 500}]}


def test_calibrate_multiplies_counts_and_is_told(tmp_path: Path) -> None:
    plain = observe(BODY).tokens
    (tmp_path / CALIBRATION_NAME).write_text('{"think": {"answers": 9, "provider": 1200000, "ours": 1000000}}')
    assert observe(BODY, counter=counter_for(tmp_path)).tokens == plain
    (tmp_path / "ccproxy.yaml").write_text('calibrate: true\ntokens:\n  scale: {"thi*": 1.5}\n')
    facts = observe(BODY, counter=counter_for(tmp_path))
    assert plain * Fraction("1.797") <= facts.tokens <= plain * Fraction("1.797") + 1
    assert facts.source_of("tokens") == "estimate: cl100k_base × 1.5 × 1.198 (calibrated)"
    assert observe(BODY, counter=counter_for(tmp_path, calibrated=False)).source_of("tokens") == "estimate: cl100k_base × 1.5"


def test_a_request_sees_one_ratio() -> None:
    ratios = iter([Fraction(2), Fraction(3)])
    facts = observe(BODY, counter=TokenCounter(correction=lambda model: next(ratios)))
    assert facts.tokens_above((("tokens", 1),), -facts.tokens + 1)
    assert not facts.tokens_above((("tokens", 1),), -facts.tokens)
    assert facts.source_of("tokens") == "estimate: cl100k_base × 2 (calibrated)"


# ── Learning ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def event(provider: Any = 1500, group: Any = "think", body: Any = BODY, stream: Any = None, details: Any = None) -> dict[str, Any]:
    """LiteLLM's success event, as far as it is read."""
    usage = {"prompt_tokens": provider, "prompt_tokens_details": details}
    told_of = {"model_group": group, "prompt_tokens": provider, "stream": stream, "metadata": {"usage_object": usage}}
    return {"standard_logging_object": told_of, "litellm_params": {"proxy_server_request": {"body": body}}}


def learnt(tmp_path: Path, events: list[Any], model: object = "asked", counter: TokenCounter | None = None) -> dict[str, Seen]:
    """What is known after the answers to requests that the hook routed."""
    if counter is None:
        counter = TokenCounter(scale={"asked": 2}, correction=lambda model: Fraction(3))
        counter.load()
    calibration = Calibration(tmp_path)
    for number, one in enumerate(events):
        with ThreadPoolExecutor(1) as pool:
            learner = Learner(calibration, counter, pool)
            learner.expect(str(number), model)
            learner.answered(str(number), one)
            learner.answered(str(number), one)
    calibration.save()
    return read_groups(tmp_path)


def test_an_answer_teaches(tmp_path: Path) -> None:
    counted = observe({**BODY, "model": "asked"}, counter=TokenCounter(scale={"asked": 2})).tokens
    assert learnt(tmp_path, [event(1500)]) == {"think": Seen(1, 1500, counted)}


def test_a_streamed_answer_teaches_where_the_usage_is_the_provider_s(tmp_path: Path) -> None:
    assert learnt(tmp_path, [event(stream=True)]) == {}
    assert learnt(tmp_path, [event(stream=True, details={"cached_tokens": 0})])["think"].answers == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"standard_logging_object": None},
        event(0),
        event(None),
        event("5"),
        event(group=None),
        event(body=None),
        {**event(), "standard_logging_object": {"model_group": "think", "prompt_tokens": 5, "stream": True}},
        *(
            event(body={"messages": [{"role": "user", "content": [{"type": kind}, {"type": "text", "text": "word " * 50}]}]})
            for kind in ("image", "document", "input_audio", "video_url")
        ),
        event(body={"messages": [{"role": "user", "content": "word " * 40_000}]}),
        event(body={"messages": []}),
    ],
)
def test_others_teach_nothing(tmp_path: Path, wrong: Any) -> None:
    assert learnt(tmp_path, [wrong]) == {}


def test_a_model_of_any_kind(tmp_path: Path) -> None:
    assert learnt(tmp_path, [event()], model={"a": 1})["think"].answers == 1


def test_without_a_tokenizer_nothing_is_learnt(tmp_path: Path) -> None:
    counter = TokenCounter(folder=tmp_path)
    assert learnt(tmp_path, [event()], counter=counter) == {}
    counter.count("a text that is longer than what is its own key")
    assert learnt(tmp_path, [event()], counter=counter) == {}


def test_only_requests_that_were_routed_teach(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    counter = TokenCounter()
    counter.load()
    calibration = Calibration(tmp_path)
    Learner(calibration, counter, threads).answered("a health check", event())
    threads.shutdown()
    learner = Learner(calibration, counter, threads)
    learner.expect("late", "asked")
    learner.answered("late", event())
    calibration.save()
    assert read_groups(tmp_path) == {}
    for number in range(5000):
        learner.expect(str(number), "asked")
    assert len(learner._expected) == 4096


def test_one_answer_at_a_time(tmp_path: Path, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = TokenCounter()
    counter.load()
    calibration, release = Calibration(tmp_path), threading.Event()
    learner = Learner(calibration, counter, threads)
    monkeypatch.setattr(learner, "_count", lambda body, model: 1000 if release.wait(10) else None)
    for identifier in "abc":
        learner.expect(identifier, "asked")
        learner.answered(identifier, event())
    release.set()
    threads.shutdown()
    calibration.save()
    assert read_groups(tmp_path)["think"].answers == 1

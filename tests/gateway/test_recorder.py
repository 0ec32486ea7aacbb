"""Status, metrics and the thread that writes, each by itself."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge

from ccproxy.config.settings import RecordSettings, Settings
from ccproxy.decision import Action
from ccproxy.gateway import writer as writer_module
from ccproxy.gateway.metrics import TimedTokenCounter, register_metrics
from ccproxy.gateway.recorder import Recorder
from ccproxy.gateway.records import AnswerRecord, DecisionRecord, new_id
from ccproxy.gateway.worker_status import StatusFile
from ccproxy.gateway.writer import Writer


def record(action: Action | Literal["forbid"] = "route", label: str | None = "think", rule: str | None = "policy.ccp:1") -> DecisionRecord:
    return DecisionRecord(new_id(), datetime.now(UTC), "id-1", "0123456789ab", rule, action, label, "asked", None, {}, 0.001)


def answer(dollars: float | None, label: str = "think", rule: str | None = "policy.ccp:1") -> AnswerRecord:
    return AnswerRecord(new_id(), datetime.now(UTC), 200, label, {"input": 3}, dollars, 0.5, label, rule)


RECORDS = [record(), record(), record("keep", "asked", "policy.ccp:2"), record("reject", None), record("forbid", "think", None)]
ANSWERS = [answer(0.25), answer(0.5, "background"), answer(None), answer(0.0), answer(1.0, "keep", None)]


def told(folder: Path, settings: Settings | None = None, registry: CollectorRegistry | None = None) -> Recorder:
    """A recorder that was told of all of `RECORDS` and `ANSWERS`, and has written what it will."""
    metrics = register_metrics(registry or CollectorRegistry())
    recorder = Recorder(folder, settings or Settings(), metrics, lambda: {"failures": 3})
    recorder.start()
    for one in RECORDS:
        recorder.decided(one)
    for other in ANSWERS:
        recorder.answered(other)
    recorder.close()
    return recorder


@pytest.fixture
def in_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a worker of a proxy: not what began its session."""
    monkeypatch.setattr(os, "getsid", lambda pid: os.getppid())


@pytest.mark.usefixtures("in_a_proxy")
def test_what_is_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        told(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines if "id" in line] == [one.id for one in RECORDS]
    assert [line["answer"] for line in lines if "answer" in line] == [one.id for one in ANSWERS]
    assert len(lines) == 10
    path = tmp_path / "status" / f"{os.getpid()}.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {
        "pid": os.getpid(),
        "session": os.getppid(),
        "requests": 5,
        "labels": {"think": 2, "keep": 1},
        "rules": {"policy.ccp:1": 3, "policy.ccp:2": 1},
        "dollars": {"labels": {"think": 0.25, "background": 0.5, "keep": 1.0}, "rules": {"policy.ccp:1": 0.75}},
        "failures": 3,
        "unrecorded": 0,
    }
    assert caplog.text == ""


def test_debug_logs_a_line_for_each(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        told(tmp_path, Settings(debug=True))
    assert [entry.getMessage() for entry in caplog.records] == [one.text() for one in RECORDS]


def test_records_elsewhere_or_nowhere(tmp_path: Path) -> None:
    told(tmp_path, Settings(records=RecordSettings(folder="else/where")))
    assert [path.name for path in (tmp_path / "else" / "where").glob("*.jsonl")] == ["decisions.jsonl"]
    told(tmp_path, Settings(records=RecordSettings(enabled=False)))
    assert not (tmp_path / "decisions.jsonl").exists()


def test_a_folder_that_can_t_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # not for root either
    folder = tmp_path / "a file"
    folder.write_text("")
    told(folder)
    assert len(caplog.records) == 2
    assert f"decision records can't be written to {folder}: " in caplog.text
    assert "the status can't be written: " in caplog.text


def test_metrics(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    told(tmp_path, registry=registry)
    assert registry.get_sample_value("ccproxy_requests_total") == 5
    assert registry.get_sample_value("ccproxy_decision_seconds_count") == 5
    told_of = {"action": "route", "label": "think", "rule": "policy.ccp:1"}
    assert registry.get_sample_value("ccproxy_decisions_total", told_of) == 2
    assert registry.get_sample_value("ccproxy_decisions_total", {"action": "keep", "label": "", "rule": "policy.ccp:2"}) == 1


def test_metrics_that_are_there_already() -> None:
    registry = CollectorRegistry()
    first = register_metrics(registry)
    assert register_metrics(registry) == first
    foreign = CollectorRegistry()
    Gauge("ccproxy_requests_total", "somebody else's", registry=foreign)
    Counter("ccproxy_failures", "with labels of its own", ("why",), registry=foreign)
    metrics = register_metrics(foreign)
    metrics.decided(record())
    metrics.failed()
    metrics.reloaded(True)


def test_failures_reloads_and_tokenising_are_counted() -> None:
    registry = CollectorRegistry()
    metrics = register_metrics(registry)
    metrics.shadowed("elsewhere")
    assert registry.get_sample_value("ccproxy_shadow_total", {"result": "elsewhere"}) == 1
    metrics.failed()
    metrics.reloaded(True)
    metrics.reloaded(False)
    counter = TimedTokenCounter()
    assert counter.count("a text that is longer than what is its own key") > 5
    counter.seconds = metrics.tokenising_seconds
    counter.count("another text that is longer than what is its own key")
    counter.count("another text that is longer than what is its own key")
    assert registry.get_sample_value("ccproxy_failures_total") == 1
    assert registry.get_sample_value("ccproxy_reloads_total", {"result": "good"}) == 1
    assert registry.get_sample_value("ccproxy_reloads_total", {"result": "broken"}) == 1
    assert registry.get_sample_value("ccproxy_tokenising_seconds_count") == 1


@pytest.mark.usefixtures("in_a_proxy")
def test_the_status_is_kept_for_the_proxy_and_left_behind_by_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    for name, text in (
        ("1", "["),
        ("2", json.dumps({"pid": ended.pid, "session": ended.pid})),
        ("3", json.dumps({"pid": 1, "session": 1})),
    ):
        (tmp_path / f"{name}.json").write_text(text)
    StatusFile(tmp_path).write({"requests": 0})
    assert {path.name for path in tmp_path.iterdir()} == {"3.json", f"{os.getpid()}.json"}
    status = StatusFile(tmp_path)
    status.write({"requests": 1})
    status.end({"requests": 2})
    assert json.loads((tmp_path / f"{os.getpid()}.json").read_text())["requests"] == 2
    monkeypatch.setattr(os, "getsid", lambda pid: os.getpid())
    status.end({"requests": 2})
    assert {path.name for path in tmp_path.iterdir()} == {"3.json"}


# ── The thread ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def nothing() -> None:
    pass


def test_errors_end_nothing_and_are_said_once(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []

    def write(number: int) -> None:
        seen.append(number)
        raise ValueError("secret")

    writing: Writer[int] = Writer(write, nothing, nothing)
    writing.start()
    for number in range(5):
        writing.put(number)
    writing.close()
    assert seen == list(range(5))
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text


def test_too_much_is_dropped(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(writer_module, "QUEUE_LENGTH", 3)
    seen: list[int] = []
    writing: Writer[int] = Writer(seen.append, nothing, nothing)
    for number in range(5):
        writing.put(number)
    assert (len(caplog.records), writing.dropped) == (1, 2)
    writing.start()
    writing.close()
    assert seen == [0, 1, 2]


def test_a_full_queue_is_written_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "QUEUE_LENGTH", 3)
    seen: list[int] = []
    go = threading.Event()

    def write(number: int) -> None:
        go.wait(10)
        seen.append(number)

    writing: Writer[int] = Writer(write, nothing, nothing)
    writing.start()
    while writing.dropped == 0:
        writing.put(5)
    threading.Timer(0.05, go.set).start()
    writing.close()
    assert len(seen) >= 3
    assert writing.dropped == 1


def test_a_disk_that_hangs_does_not_hold_up_the_end(caplog: pytest.LogCaptureFixture) -> None:
    go = threading.Event()

    def hang(number: int) -> None:
        go.wait(10)

    writing: Writer[int] = Writer(hang, nothing, nothing)
    writing.start()
    for number in range(3):
        writing.put(number)
    writing.close(0.05)
    assert writing.dropped >= 2
    assert "the disk is too slow" in caplog.text
    go.set()


@pytest.mark.usefixtures("in_a_proxy")
def test_decisions_that_find_a_full_disk_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    full = iter([True, False, True])
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:20] if next(full, False) else data))
    told(tmp_path)
    monkeypatch.undo()
    lines = (tmp_path / "decisions.jsonl").read_bytes().splitlines()
    assert sum(line.endswith(b"}") for line in lines) == 8
    assert json.loads(next((tmp_path / "status").iterdir()).read_text())["unrecorded"] == 2


def test_it_ticks_soon_after_an_item(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "TICK_SECONDS", 1000)
    ticked = threading.Semaphore(0)
    writing: Writer[int] = Writer(lambda number: None, ticked.release, lambda: None)
    writing.start()
    assert ticked.acquire(timeout=10)
    writing.put(1)
    assert ticked.acquire(timeout=10)
    writing.close()


def test_it_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "TICK_SECONDS", 0.001)
    ticks, thrice = [0], threading.Event()

    def tick() -> None:
        ticks[0] += 1
        if ticks[0] == 3:
            thrice.set()

    ended: list[Any] = []
    end: Callable[[], None] = lambda: ended.append(1)  # noqa: E731
    writing: Writer[int] = Writer(lambda number: None, tick, end)
    writing.start()
    assert thrice.wait(10)
    writing.close()
    assert ended == [1]

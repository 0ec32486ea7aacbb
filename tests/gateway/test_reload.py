"""What a change of the policy's files leads to."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import ccproxy
from ccproxy.facts import TokenCounter
from ccproxy.gateway import reload
from ccproxy.gateway.policy_file import Reading, read_policy
from ccproxy.gateway.reload import Reloader
from ccproxy.models.model_list import ModelList
from ccproxy.source import Source


@dataclass
class House:
    """A policy's file, a reloader of it, and what the reloader did."""

    path: Path
    reading: Reading = field(default_factory=Reading)
    used: list[str] = field(default_factory=list)
    counted: list[bool] = field(default_factory=list)
    while_reading: list[Callable[[], object]] = field(default_factory=list)
    model_list: ModelList | None = None

    def __post_init__(self) -> None:
        self.write("default -> first\n")
        self.load(self.reading)
        self.reloader = Reloader(self.load, self.use, self.reading.states, self.counted.append, self.path)

    def write(self, text: str) -> None:
        new = self.path.with_name("new")
        new.write_text(text)
        new.replace(self.path)

    def use(self, policy: ccproxy.Policy) -> None:
        self.used.append(policy.default_label)

    def load(self, reading: Reading) -> ccproxy.Policy:
        policy = read_policy(
            self.path, self.path.parent, TokenCounter(), lambda name, what, error: None, reading, model_list=self.model_list
        )
        if self.while_reading:
            self.while_reading.pop(0)()
        return policy


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(reload, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(reload, "SETTLE_SECONDS", 0.001)
    house = House(tmp_path / "policy.ccp")
    yield house
    house.reloader.stop()


def test_nothing_changed(house: House) -> None:
    house.reloader.poll()
    assert (house.used, house.counted, house.reloader.last) == ([], [], None)


def test_a_good_version(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.write("default -> second\n")
    with caplog.at_level(logging.INFO):
        house.reloader.poll()
        house.reloader.poll()
    assert (house.used, house.counted) == (["second"], [True])
    assert house.reloader.last is not None
    assert house.reloader.last.error is None
    assert len(caplog.records) == 1


def test_a_broken_version_is_told_of_once(house: House, caplog: pytest.LogCaptureFixture) -> None:
    for text in ("when nonsense -> x\n", "when nonsense -> x\n \n", "when rubbish -> x\n"):
        house.write(text)
        house.reloader.poll()
        house.reloader.poll()
    assert (house.used, house.counted) == ([], [False] * 3)
    assert house.reloader.last is not None
    assert str(house.reloader.last.error).startswith("policy.ccp:1:6: error unknown-name: ")
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 2
    assert "unknown-name" in caplog.text
    house.write("default -> third\n")
    house.reloader.poll()
    assert house.used == ["third"]
    assert house.reloader.last.error is None


def test_no_file_for_a_while(house: House) -> None:
    house.path.unlink()
    house.reloader.poll()
    assert house.reloader.last is not None
    assert "No such file" in str(house.reloader.last.error)
    house.write("default -> second\n")
    house.reloader.poll()
    assert house.used == ["second"]


def test_a_version_that_changes_while_it_is_read_is_read_again(house: House) -> None:
    house.while_reading = [lambda: house.write("default -> third\n"), lambda: house.write("default -> fourth\n")]
    house.write("default -> second\n")
    house.reloader.poll()
    assert house.used == ["fourth"]


def test_files_that_never_come_to_rest_are_read_in_the_end(house: House) -> None:
    texts = iter(f"default -> version{number}\n" for number in range(1000))
    house.while_reading = [lambda: house.write(next(texts))] * 500
    house.write("default -> second\n")
    house.reloader.poll()
    assert len(house.used) == 1


def test_the_thread_outlives_errors(house: House, caplog: pytest.LogCaptureFixture) -> None:
    used: list[str] = []

    def use(policy: ccproxy.Policy) -> None:
        used.append(policy.default_label)
        if policy.default_label == "second":
            raise RuntimeError("secret")

    house.reloader = Reloader(house.load, use, house.reading.states, house.counted.append, house.path)
    house.reloader.start()
    for label in ("second", "third"):
        house.write(f"default -> {label}\n")
        while label not in used:
            pass
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_what_check_calls_an_error_is_not_taken_up(house: House) -> None:
    house.model_list = ModelList({"first": "m", "second": "m", "third": "m"}, (), Source(""))
    for text, slug in (
        ("default -> chaep\n", "unknown-label"),
        ("assert when stream -> never second\nwhen stream -> second\ndefault -> first\n", "assertion-broken"),
        ("when tokens > 5 and tokens < 6 -> second\ndefault -> first\n", "never-true"),
        ('# when stream -> reject "no"\n', "neither a rule nor a default"),
        ("", "neither a rule nor a default"),
    ):
        house.write(text)
        house.reloader.poll()
        assert house.reloader.last is not None
        assert slug in str(house.reloader.last.error)
    assert house.used == []
    house.write("assert when stream -> only second\nwhen stream -> second\ndefault -> first\n")
    house.reloader.poll()
    assert house.used == ["first"]


@pytest.fixture
def thresholds() -> Iterator[None]:
    """As in a process of the proxy's, whatever was run in this one before."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("thresholds")
def test_the_loop_goes_on_while_a_policy_is_loaded(house: House) -> None:
    """Python neither looks through all that there is for garbage, nor keeps other threads waiting for long."""
    before = gc.get_threshold(), sys.getswitchinterval()
    started: list[int] = []
    switching: list[float] = []

    def starts(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            started.append(info["generation"])

    house.while_reading.append(lambda: switching.append(sys.getswitchinterval()))
    house.write("".join(f'when model == "m{number}" -> l{number}\n' for number in range(2_000)) + "default -> second\n")
    gc.callbacks.append(starts)
    try:
        house.reloader.poll()
    finally:
        gc.callbacks.remove(starts)
    assert house.used == ["second"]
    assert len(started) > 100
    assert 2 not in started
    assert switching == [pytest.approx(reload.SWITCH_SECONDS)]
    house.write("never")
    house.reloader.poll()
    assert house.counted == [True, False]
    assert (gc.get_threshold(), sys.getswitchinterval()) == before


def test_a_policy_that_is_a_fifo(house: House) -> None:
    house.path.unlink()
    os.mkfifo(house.path)
    house.reloader.poll()
    assert house.reloader.last is not None
    assert house.reloader.last.error is not None
    house.write("default -> second\n")
    house.reloader.poll()
    assert house.used == ["second"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import threading; threading.Event().wait()", "takes longer than 0.2 s"),
        ("class Odd(BaseException): pass\nraise Odd('secret')", "Odd"),
        ("raise SystemExit(3)", "SystemExit"),
        ("raise GeneratorExit", "GeneratorExit"),
    ],
)
def test_a_predicate_whose_module_does_not_load(
    house: House, code: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # where the machine is busy, whatever ends by itself takes longer than that
    monkeypatch.setattr(reload, "LOAD_SECONDS", 0.2 if told.startswith("takes") else 60)
    name = f"module_{abs(hash(code))}"
    (tmp_path / f"{name}.py").write_text(f"{code}\nThing = bool\n")
    house.write(f'predicate odd = "{name}.Thing"\nwhen odd -> second\ndefault -> first\n')
    house.reloader.poll()
    assert house.reloader.last is not None
    assert told in str(house.reloader.last.error)
    assert "secret" not in str(house.reloader.last.error)
    monkeypatch.setattr(reload, "LOAD_SECONDS", 60)
    house.write("default -> third\n")
    house.reloader.poll()
    assert house.used == ["third"]
    assert name not in sys.modules or told.startswith("takes")


def test_the_thread_outlives_any_exception(house: House) -> None:
    used: list[str] = []

    def use(policy: ccproxy.Policy) -> None:
        used.append(policy.default_label)
        if policy.default_label == "second":
            raise SystemExit

    house.reloader = Reloader(house.load, use, house.reading.states, house.counted.append, house.path)
    house.reloader.start()
    for label in ("second", "third"):
        house.write(f"default -> {label}\n")
        while label not in used:
            pass

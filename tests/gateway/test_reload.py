"""What a change of the policy's files leads to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import ccproxy
from ccproxy.facts import TokenCounter
from ccproxy.gateway import reload
from ccproxy.gateway.policy_file import Reading, read_policy
from ccproxy.gateway.reload import Reloader


@dataclass
class House:
    """A policy's file, a reloader of it, and what the reloader did."""

    path: Path
    reading: Reading = field(default_factory=Reading)
    used: list[str] = field(default_factory=list)
    counted: list[bool] = field(default_factory=list)
    while_reading: list[Callable[[], object]] = field(default_factory=list)

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
        policy = read_policy(self.path, self.path.parent, TokenCounter(), lambda name, what, error: None, reading)
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

"""Reading the language's own suite: the case files and the files of expected diagnostics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from ccproxy.suite.expectations import SUFFIX, Expected, read_expected

ROOT = Path(__file__).parent

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Case:
    """One request to one policy, and the decision that it must give."""

    policy: Path
    name: str
    request: Any
    facts: dict[str, Any]
    expect: dict[str, Any]

    @property
    def id(self) -> str:
        """`topic/policy: name`."""
        return f"{self.policy.relative_to(ROOT).with_suffix('')}: {self.name}"


def cases() -> Iterator[Case]:
    """Every case of every case file."""
    for path in sorted(ROOT.rglob("*.cases.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        policy = path.parent / document.get("policy", path.name.removesuffix(".cases.yaml") + ".ccp")
        for case in document["cases"]:
            expect = case["expect"] if isinstance(case["expect"], dict) else {"label": case["expect"]}
            facts = {name: fact_value(name, value) for name, value in case.get("facts", {}).items()}
            if "session" in case:
                facts["session"] = case["session"]
            yield Case(policy, case["name"], case["request"], facts, expect)


def fact_value(name: str, value: Any) -> Any:
    """A value of YAML as the value of a fact: times as minutes, weekdays as numbers, lists as tuples, floats as exact decimals."""
    match value:
        case float():
            number = Fraction(repr(value))
            return number.numerator if number.denominator == 1 else number
        case list():
            return tuple(value)
        case str() if name == "time":
            hours, minutes = value.split(":")
            return int(hours) * 60 + int(minutes)
        case str() if name == "weekday":
            return WEEKDAYS.index(value)
        case _:
            return value


def expectations() -> Iterator[tuple[Path, tuple[Expected, ...]]]:
    """Every policy with a file of expected diagnostics, and what that file says."""
    for path in sorted(ROOT.rglob(f"*{SUFFIX}")):
        policy = path.with_suffix(".ccp")
        yield policy, read_expected(policy)

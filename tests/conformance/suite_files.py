"""Reading the language's own suite: the case files and the files of expected diagnostics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

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


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of a `.expected` file: `[FILE ]LINE:COLUMN CODE NAME SEVERITY`.

    LINE:COLUMN may be LINE:FIRST-LAST where the language leaves the column open, or `*`; CODE and NAME may be several, joined by `|`.
    """

    file: str
    line: int | None
    first: int
    last: int
    codes: tuple[str, ...]
    names: tuple[str, ...]
    severity: str

    def meets(self, found: Found) -> bool:
        """Whether this is the diagnostic that was expected."""
        place = self.line is None or (found.line == self.line and self.first <= found.column <= self.last)
        known = found.code in self.codes and found.name in self.names and found.severity == self.severity
        return place and known and found.file == self.file


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A diagnostic as a person reads it."""

    file: str
    line: int
    column: int
    code: str
    name: str
    severity: str


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


_EXPECTED = re.compile(r"(?:(\S+) )?(?:\*|(\d+):(\d+)(?:-(\d+))?) (CCP\d+(?:\|CCP\d+)*) ([a-z0-9|-]+) (error|warning|note)")


def expectations() -> Iterator[tuple[Path, tuple[Expected, ...]]]:
    """Every policy with a file of expected diagnostics, and what that file says."""
    for path in sorted(ROOT.rglob("*.expected")):
        policy = path.with_suffix(".ccp")
        yield policy, tuple(_expected(policy, line) for line in path.read_text(encoding="utf-8").splitlines())


def _expected(policy: Path, line: str) -> Expected:
    match = _EXPECTED.fullmatch(line)
    if match is None:
        raise ValueError(f"{policy.with_suffix('.expected')}: {line!r} is not `LINE:COLUMN CODE NAME SEVERITY`")
    file, row, first, last, codes, names, severity = match.groups()
    column = int(first or 0)
    names_ = tuple(names.split("|"))
    return Expected(file or policy.name, int(row) if row else None, column, int(last or column), tuple(codes.split("|")), names_, severity)

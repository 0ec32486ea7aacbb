"""The language's own suite: every case file and every file of expected diagnostics in this folder, through the public interface alone."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

import pytest

import ccproxy
from ccproxy.policy import check_file
from ccproxy.suite.expectations import Expected, Found, as_found, differences

from .suite_files import Case, cases, expectations

CASES = tuple(cases())
EXPECTATIONS = tuple(expectations())


@functools.cache
def load(path: Path) -> ccproxy.Policy:
    return ccproxy.load(path)


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_decision(case: Case) -> None:
    policy = load(case.policy)
    decision = policy.decide(ccproxy.Request.from_envelope(case.request), facts=case.facts)
    got: dict[str, object] = {
        "action": decision.action,
        "label": decision.label,
        "fallbacks": list(decision.fallbacks),
        "message": decision.message,
    }
    if decision.rule is not None:
        file = Path(decision.rule.file)
        got |= {"line": decision.rule.line, "file": (file.relative_to(case.policy.parent) if file.is_absolute() else file).as_posix()}
    expect = {"action": "route", **case.expect}
    assert got | expect == got
    assert_explained(case, policy, decision)


def assert_explained(case: Case, policy: ccproxy.Policy, decision: ccproxy.Decision) -> None:
    """`explain` says what `decide` did, in data and in text."""
    explanation = policy.explain(ccproxy.Request.from_envelope(case.request), facts=case.facts)
    told = explanation.to_dict()
    assert (told["action"], told["label"], told["fallbacks"], told["message"]) == (
        decision.action,
        decision.label,
        list(decision.fallbacks),
        decision.message,
    )
    share = explanation.share
    if share is not None:
        own, before = share.shares[share.branch - 1], sum(share.shares[: share.branch - 1])
        assert own == max(share.shares) if share.point is None else before <= share.point < before + own
    rule = decision.rule
    assert (told["rule"] and told["rule"]["number"]) == (rule and rule.number)
    assert (told["rule"] and told["rule"]["line"]) == (rule and rule.line)
    assert str(explanation)


@pytest.mark.parametrize(("policy", "expected"), EXPECTATIONS, ids=[f"{policy.parent.name}/{policy.stem}" for policy, _ in EXPECTATIONS])
def test_diagnostics(policy: Path, expected: tuple[Expected, ...]) -> None:
    diagnostics, checked = check_file(policy)
    found = [as_found(policy, item) for item in diagnostics]
    assert [*differences(expected, found)] == []
    errors = [item for item in found if item.severity == "error"]
    assert (checked is None) == bool(errors)
    assert_loads(policy, found if errors else [])


def assert_loads(policy: Path, found: Iterable[Found]) -> None:
    """`load` raises just where there are errors, and tells them all."""
    if found:
        with pytest.raises(ccproxy.PolicyError) as raised:
            ccproxy.load(policy)
        assert {as_found(policy, item) for item in raised.value.diagnostics} >= {item for item in found if item.severity == "error"}
    else:
        ccproxy.load(policy)


def test_diagnostics_are_sorted_file_by_file() -> None:
    for policy, _ in EXPECTATIONS:
        diagnostics, _checked = check_file(policy)
        places: dict[str, list[int]] = {}
        files: list[str] = []
        for item in diagnostics:
            name = str(item.span.source.path)
            if not files or files[-1] != name:
                files.append(name)
            places.setdefault(name, []).append(item.span.start)
        assert len(files) == len(set(files)), policy
        assert all(starts == sorted(starts) for starts in places.values()), policy

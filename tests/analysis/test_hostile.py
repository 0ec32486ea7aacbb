"""Policies that are too much end within their budget, whatever they do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ccproxy.analysis.difference import difference
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Fuel
from ccproxy.diagnostics import Code
from tests.analysis.hostile import HOSTILE
from tests.analysis.samples import checked_policy, scaled

_OVERDRAFT = 3_000_000
"""What may be spent past the budget: work that is bounded by the policy's size is counted, not refused."""


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_work_is_bounded(make: Callable[[], str]) -> None:
    fuel = Fuel(scaled(2_000_000, 8_000_000), scaled(150_000, 300_000))
    checked = checked_policy(make())
    codes = {item.code for item in analyse(checked, fuel)}
    assert fuel.left > -_OVERDRAFT
    assert codes <= {
        Code.UNDECIDED,
        Code.ALWAYS_TRUE_HERE,
        Code.NEVER_TRUE_HERE,
        Code.NEVER_TRUE,
        Code.UNREACHABLE_RULE,
        Code.DUPLICATE_RULE,
        Code.REDUNDANT_RULE,
    }


def test_a_small_budget_means_not_decided() -> None:
    checked = checked_policy(HOSTILE["3-SAT as rules"]())
    found = analyse(checked, Fuel(20_000, 2_000))
    assert {item.code for item in found} == {Code.UNDECIDED}
    assert len([item for item in found if "those after it" in item.message]) <= 2
    assert len(found) < len(checked.rules) / 2
    assert all("not decided" in item.message for item in found)


def test_independent_infixes_are_decided() -> None:
    assert analyse(checked_policy(HOSTILE["infixes"]())) == []


def test_differences_are_bounded_too() -> None:
    text = HOSTILE["3-SAT as rules"]()
    old, new = checked_policy(text), checked_policy(text.replace("default -> satisfied", "default -> other"))
    found = difference(old, new, Fuel(200_000, 20_000))
    assert found.verdict in ("undecided", "different")
    assert difference(old, old).verdict == "same"

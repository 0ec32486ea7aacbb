"""Policies and requests that the tests draw."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ccproxy.checks import CheckedPolicy, check
from ccproxy.language.loader import load_text
from tests.analysis.small_policies import SmallPolicies


def scaled(few: int, many: int) -> int:
    """How many examples to try: few, or all of them where CCPROXY_TEST_SCALE is `full`."""
    return many if os.environ.get("CCPROXY_TEST_SCALE") == "full" else few


def checked_policy(text: str) -> CheckedPolicy:
    """The policy, which has to be without errors."""
    diagnostics, checked = check(load_text(text))
    assert checked is not None, [(item.code.slug, item.message) for item in diagnostics]
    return checked


def policies(count: int, start: int = 0) -> Iterator[tuple[str, CheckedPolicy]]:
    """Random small policies, the same ones for the same `start`."""
    for seed in range(start, start + count):
        text = SmallPolicies(seed).policy()
        yield text, checked_policy(text)

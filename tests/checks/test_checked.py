"""What a checked policy says of itself."""

from __future__ import annotations

import pytest

from tests.analysis.samples import checked_policy


@pytest.mark.parametrize(
    ("text", "remembers"),
    [
        ('when tokens > 5 and model == "a" -> a', False),
        ('when fits("a") -> a', False),
        ("when tokens > 5 -> stay", True),
        ("when session.idle > 5 -> a", True),
        ("let idle = tokens > 5 or session.idle > 5\nwhen idle and stream -> a", True),
        ('when quota("a") > 1 -> a', True),
        ('when healthy("a") and stream -> a', True),
        ('when cost("a") > 1 -> a', True),
    ],
)
def test_whether_a_decision_hangs_on_what_is_remembered(text: str, remembers: bool) -> None:
    assert checked_policy(f"{text}\ndefault -> default\n").remembers is remembers

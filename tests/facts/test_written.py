"""Values as explanations show them."""

from __future__ import annotations

from typing import Any

import pytest

from ccproxy.facts.written import written_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "missing"),
        (True, "true"),
        (1234567, "1,234,567"),
        (0.25, "0.25"),
        (-1234.5, "-1,234.5"),
        (0.0, "0.0"),
        (0.000004, "0.000004"),
        (1e300, "1e+300"),
        (list("abcdefgh"), '["a", "b", "c", "d", "e", "f", "g", "h"]'),
        (list("abcdefghi"), '["a", "b", "c", "d", "e", "f", "g", "h", …]'),
        ([], "[]"),
        ("x" * 60, f'"{"x" * 60}"'),
        ("x" * 61, f'"{"x" * 57}…"'),
    ],
)
def test_values_are_written_as_in_a_policy(value: Any, text: str) -> None:
    assert written_value(value) == text

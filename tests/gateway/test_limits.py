"""What headers of answers say of a provider's limits."""

from __future__ import annotations

from typing import Any

import pytest

from ccproxy.gateway.limits import is_healthy, limits_in, retry_after, used_of

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, {}),
        ({"content-type": "text/plain", "x-ratelimit-remaining-tokens": "5"}, {}),
        (
            {"anthropic-ratelimit-unified-5h-utilization": "0.425", "anthropic-ratelimit-unified-5h-reset": "1800003600"},
            {"5h": [42.5, 1_800_003_600.0]},
        ),
        ({"Anthropic-RateLimit-Unified-7d-Utilization": "1.02"}, {"7d": [102.0, NOW + 60]}),
        (
            {
                "anthropic-ratelimit-input-tokens-limit": "1000",
                "anthropic-ratelimit-input-tokens-remaining": "250",
                "anthropic-ratelimit-input-tokens-reset": "2027-01-15T08:10:00Z",
            },
            {"input-tokens": [75.0, NOW + 600]},
        ),
        (
            {"x-ratelimit-limit-requests": "200", "x-ratelimit-remaining-requests": "50", "x-ratelimit-reset-requests": "1m30s"},
            {"requests": [75.0, NOW + 90]},
        ),
        ({"llm_provider-x-ratelimit-limit-tokens": "100", "llm_provider-x-ratelimit-remaining-tokens": "0"}, {"tokens": [100.0, NOW + 60]}),
        ({"x-ratelimit-limit-tokens": "0", "x-ratelimit-remaining-tokens": "0"}, {}),
        ({"x-ratelimit-limit-tokens": "many", "x-ratelimit-remaining-tokens": "few"}, {}),
        ({"anthropic-ratelimit-unified-5h-utilization": "nan"}, {}),
    ],
)
def test_limits(headers: dict[str, str], expected: dict[str, list[float]]) -> None:
    assert limits_in(headers, NOW) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("30", 30), ("1.5", 1.5), ("Fri, 15 Jan 2027 08:00:10 GMT", 10), ("soon", 60), (None, 60), ("20s", 20), ("6ms", 0.006)],
)
def test_when_to_try_again(value: str | None, expected: float) -> None:
    assert retry_after({} if value is None else {"Retry-After": value}, NOW) == pytest.approx(NOW + expected)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, None),
        ({"limits": {"5h": [40.0, NOW + 3600], "7d": [70.0, NOW + 9000]}}, 70.0),
        ({"limits": {"5h": [90.0, NOW - 1], "7d": [70.0, NOW + 9000]}}, 70.0),
        ({"limits": {"5h": [99.0, NOW + 59]}}, None),
        ({"limits": {"5h": [100.0, NOW + 59]}}, 100.0),
        ({"limits": {"5h": [10.0, NOW + 3600]}, "full_until": NOW + 1}, 100.0),
        ({"limits": {"5h": [10.0, NOW + 3600]}, "full_until": NOW}, 10.0),
        ({"limits": "odd"}, None),
    ],
)
def test_what_is_used(row: dict[str, Any], expected: float | None) -> None:
    assert used_of(row, NOW) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], True),
        ([{}], True),
        ([{"tried": NOW - 5}], True),
        ([{"tried": NOW - 5, "failed_until": NOW + 10}], False),
        ([{"tried": NOW - 5, "failed_until": NOW}], True),
        ([{"tried": NOW - 5, "failed_until": NOW + 10}, {"tried": NOW - 5}], True),
        ([{"tried": NOW - 5, "failed_until": NOW + 10}, {"tried": NOW - 500}], False),
        ([{"tried": NOW - 500, "failed_until": NOW + 10}], False),
    ],
)
def test_health(rows: list[dict[str, Any]], expected: bool) -> None:
    assert is_healthy(rows, NOW) is expected

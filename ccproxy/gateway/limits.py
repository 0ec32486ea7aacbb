"""Reads what providers say of their limits in the headers of answers. Accepts any value anywhere, and never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

_UNIFIED = re.compile(r"anthropic-ratelimit-unified-(.+)-utilization")
_ANTHROPIC = re.compile(r"anthropic-ratelimit-((?!unified).+)-limit")
_OPENAI = re.compile(r"x-ratelimit-limit-(.+)")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_UNTOLD = 60.0
"""Seconds that a limit counts which doesn't say when it is reset, or that a failure counts without `retry-after`."""
_SOON = 60.0
"""Seconds before its reset in which a limit counts only where it is used up."""
_LIVE = 60.0
"""Seconds in which an attempt at a deployment says something of it."""

Limits = dict[str, list[float]]
"""Percent used and the time of the reset (seconds since 1970) of each limit."""


def limits_in(headers: Mapping[str, Any], now: float) -> Limits:
    """The limits that an answer tells of."""
    told = {str(name).lower().removeprefix("llm_provider-"): str(value) for name, value in headers.items()}
    return {name: [percent, reset] for name, percent, reset in _found(told, now) if isfinite(percent)}


def _found(told: Mapping[str, str], now: float) -> Iterator[tuple[str, float, float]]:
    for name in told:
        if match := _UNIFIED.fullmatch(name):
            of = match[1]
            yield of, _number(told[name]) * 100, _moment(told.get(f"anthropic-ratelimit-unified-{of}-reset"), now)
        elif match := _ANTHROPIC.fullmatch(name):
            of = match[1]
            left = told.get(f"anthropic-ratelimit-{of}-remaining", "")
            yield of, _used(told[name], left), _moment(told.get(f"anthropic-ratelimit-{of}-reset"), now)
        elif match := _OPENAI.fullmatch(name):
            of = match[1]
            yield of, _used(told[name], told.get(f"x-ratelimit-remaining-{of}", "")), _moment(told.get(f"x-ratelimit-reset-{of}"), now)


def retry_after(headers: Mapping[str, Any], now: float) -> float:
    """When to try again, in seconds since 1970: as `retry-after` says, a minute from now without it."""
    told = {str(name).lower().removeprefix("llm_provider-"): str(value) for name, value in headers.items()}
    return _moment(told.get("retry-after"), now, seconds=True)


def used_of(row: Mapping[str, Any], now: float) -> float | None:
    """Percent used of the tightest limit that was not reset since; None without any."""
    if row.get("full_until", 0) > now:
        return 100.0
    limits = row.get("limits")
    left = [
        percent
        for percent, reset in (limits.values() if isinstance(limits, dict) else ())
        if reset > now and (percent >= 100 or reset - now >= _SOON)
    ]
    return max(left, default=None)


def is_healthy(rows: Sequence[Mapping[str, Any]], now: float) -> bool:
    """Whether not all deployments that were tried in the last minute failed; `rows` are of all deployments of a label."""
    tried = [row for row in rows if now - row.get("tried", 0) < _LIVE or row.get("failed_until", 0) > now]
    return not tried or not all(row.get("failed_until", 0) > now for row in tried)


def _used(limit: str, left: str) -> float:
    most, remaining = _number(limit), _number(left)
    return (most - remaining) / most * 100 if most > 0 else float("nan")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _moment(text: str | None, now: float, *, seconds: bool = False) -> float:
    """A time of epoch seconds, ISO 8601, HTTP or a duration; `seconds`: a bare number is from now on."""
    if text is None:
        return now + _UNTOLD
    number = _number(text)
    if isfinite(number):
        return now + number if seconds or number < 1_000_000_000 else number
    parts = _DURATION.findall(text)
    if parts and "".join(amount + unit for amount, unit in parts) == text.strip():
        return now + sum(float(amount) * _SECONDS[unit] for amount, unit in parts)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text.strip())
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    return now + _UNTOLD

"""A request as files hold it: the bare JSON body, or an envelope with path, headers, key and time around it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ccproxy.diagnostics.spelling import names_meant
from ccproxy.facts.definitions import FACT_NAMES, fact_named
from ccproxy.facts.values import Value
from ccproxy.language.literals import WEEKDAYS, LiteralError, exact, read_number, read_time
from ccproxy.language.types import Type


class EnvelopeError(ValueError):
    """An envelope, a time or a fact that is none: what is wrong, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request and what is around it; everything but the body may be None."""

    body: Any
    path: str | None
    headers: Mapping[str, str] | None
    key: Mapping[str, Any] | None
    at: datetime | None
    facts: Mapping[str, Value]


def open_envelope(
    request: Any,
    *,
    headers: Mapping[str, str] | None = None,
    path: str | None = None,
    key: Mapping[str, Any] | None = None,
    at: datetime | str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Envelope:
    """Take a request file apart; the arguments go before (headers, keys and facts: over) what it says. EnvelopeError where it is none."""
    if not (isinstance(request, dict) and "body" in request):
        request = {"body": request}
    return Envelope(
        request["body"],
        path if path is not None else _member(request, "path", str, "a text"),
        {**(_headers(request) or {}), **(headers or {})} or None,
        {**(_member(request, "key", dict, "an object") or {}), **(key or {})} or None,
        _moment(at if at is not None else request.get("at")),
        {
            name: fact_value(name, value)
            for name, value in {**(_member(request, "facts", dict, "an object") or {}), **(facts or {})}.items()
        },
    )


def _member(request: dict[str, Any], name: str, kind: type, what: str) -> Any:
    value = request.get(name)
    if value is not None and not isinstance(value, kind):
        raise EnvelopeError(f'"{name}" of the envelope is {what}, not {_kind(value)}')
    return value


def _headers(request: dict[str, Any]) -> dict[str, str] | None:
    headers: dict[str, Any] | None = _member(request, "headers", dict, "an object")
    for name, value in (headers or {}).items():
        if not isinstance(value, str):
            raise EnvelopeError(f'the header "{name}" of the envelope is a text, not {_kind(value)}')
    return headers


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "a bool"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "an array"
        case None:
            return "null"
        case _:
            return "an object"


def _moment(at: Any) -> datetime | None:
    if at is None or isinstance(at, datetime):
        return at
    try:
        return datetime.fromisoformat(at)
    except (TypeError, ValueError):
        raise EnvelopeError(f"{at!r} is no time; write it as 2026-11-22T23:10, with an offset such as +01:00 if you like") from None


def fact_value(name: str, value: Any) -> Value:
    """A fact's value from JSON, YAML or the command line (`250000`, `"22:00"`, `"mon"`); None is missing.

    EnvelopeError where it is none.
    """
    fact = fact_named(name)
    if fact is None:
        raise EnvelopeError(f'there is no fact "{name}"; {names_meant(name, FACT_NAMES) or "ccproxy facts lists them"}')
    if value is None:
        return None
    found = _READERS[fact.type](value)
    if found is None:
        raise EnvelopeError(f"the fact {name} is a {fact.type}, not {value!r}")
    return found


def _number(value: Any) -> Value:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Fraction):
        return exact(Fraction(value))
    if isinstance(value, float):
        return exact(Fraction(Decimal(repr(value)))) if math.isfinite(value) else None
    if isinstance(value, str):
        try:
            return -read_number(value[1:]) if value.startswith("-") else read_number(value)
        except LiteralError:
            return None
    return None


def _time(value: Any) -> Value:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < 1440 else None
    try:
        minutes = read_time(value) if isinstance(value, str) else 1440
    except LiteralError:
        return None
    return minutes if minutes < 1440 else None


def _weekday(value: Any) -> Value:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < 7 else None
    return WEEKDAYS.index(value) if value in WEEKDAYS else None


_READERS = {
    Type.NUMBER: _number,
    Type.TEXT: lambda value: value if isinstance(value, str) else None,
    Type.BOOL: lambda value: (
        value if isinstance(value, bool) else {"true": True, "false": False}.get(value) if isinstance(value, str) else None
    ),
    Type.LIST: lambda value: (
        tuple(value) if isinstance(value, list | tuple) and all(isinstance(element, str) for element in value) else None
    ),
    Type.TIME: _time,
    Type.WEEKDAY: _weekday,
}

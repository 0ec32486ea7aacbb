"""A request: its body and what is around it; also as files hold it, the bare body or an envelope."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ccproxy.diagnostics.spelling import names_meant
from ccproxy.facts.definitions import FACT_NAMES, FACTS, fact_named
from ccproxy.facts.readers import asked_of_label
from ccproxy.facts.schema import InKey
from ccproxy.facts.values import Value
from ccproxy.frozen import frozen
from ccproxy.language.literals import WEEKDAYS, LiteralError, exact, read_number, read_time
from ccproxy.language.types import Type
from ccproxy.regular_files import MAX_REQUEST, open_regular, read_bounded

if TYPE_CHECKING:
    from typing import Self

KEY_TYPES: Mapping[str, Type] = MappingProxyType({fact.place.name: fact.type for fact in FACTS if isinstance(fact.place, InKey)})
"""What a virtual key has, and its type."""
_NO_FACTS: Mapping[str, Value] = MappingProxyType({})


class EnvelopeError(ValueError):
    """An envelope, a time or a fact that is none: what is wrong, and what to write instead."""


@frozen
class Request:
    """A request: its body, any JSON value, and what is around it. The body is never taken for an envelope; `from_envelope` opens those.

    `headers` may be in any case, `path` may be a URL and hold a query. `key` has `alias`, `team`, `user`, `org`, `tags`, `spend` and
    `budget` of the virtual key. `at` is given as a datetime or ISO text, without an offset it is wall time in the policy's zone.
    `facts` are set outright by name, a value of None is missing. EnvelopeError where `at` or a fact is none, or a key has no such property.
    """

    body: Any
    headers: Mapping[str, str] | None
    path: str | None
    key: Mapping[str, Any] | None
    at: datetime | None
    facts: Mapping[str, Value]

    def __init__(
        self,
        body: Any,
        *,
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
        key: Mapping[str, Any] | None = None,
        at: datetime | str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "body", body)
        put(self, "headers", headers)
        put(self, "path", path)
        put(self, "key", check_key(key))
        put(self, "at", _moment(at))
        put(self, "facts", {fact_key(name): fact_value(name, value) for name, value in facts.items()} if facts else _NO_FACTS)

    @classmethod
    def from_envelope(cls, value: Any) -> Self:
        """The request that a request file holds: an envelope, told by its key `body`, or the bare body. EnvelopeError for a wrong one."""
        if not (isinstance(value, dict) and "body" in value):
            return cls(value)
        return cls(
            value["body"],
            headers=_headers(value),
            path=_member(value, "path", str, "a text"),
            key=_member(value, "key", dict, "an object"),
            at=value.get("at"),
            facts=_member(value, "facts", dict, "an object"),
        )

    @classmethod
    def from_file(cls, path: str | FilePath) -> Self:
        """The request in a file. OSError where it can't be read, EnvelopeError where it holds none."""
        name = str(path)
        try:
            with open_regular(FilePath(path)) as file:
                text = read_bounded(file, MAX_REQUEST).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise EnvelopeError(f"{name} is not UTF-8 text (byte {error.start + 1}); a request file holds JSON") from None
        return cls.from_envelope(read_json(text, name))

    def over(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
        key: Mapping[str, Any] | None = None,
        at: datetime | str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Self:
        """The request with these in place of its own; headers, properties of the key and facts one by one."""
        return type(self)(
            self.body,
            headers={**(self.headers or {}), **(headers or {})} or None,
            path=self.path if path is None else path,
            key={**(self.key or {}), **(key or {})} or None,
            at=self.at if at is None else at,
            facts={**self.facts, **(facts or {})},
        )


def read_json(text: str, name: str, line: int = 1) -> dict[str, Any]:
    """The object in a text of the file `name` that starts on this line. EnvelopeError where it is none."""
    try:
        request = json.loads(text)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise EnvelopeError(f"{name} is empty; a request file holds the JSON body of an API call") from None
        raise EnvelopeError(f"{name}:{error.lineno + line - 1}:{error.colno}: this is no JSON: {error.msg.lower()}") from None
    except RecursionError:
        raise EnvelopeError(f"{name}:{line}: this JSON is nested too deep to be a request") from None
    except ValueError:
        raise EnvelopeError(f"{name}:{line}: a number here has too many digits (Python reads 4,300)") from None
    if not isinstance(request, dict):
        what = 'the body of an API call, or an envelope {"body": …, "headers": …}'
        raise EnvelopeError(f"{name}:{line}: a request is a JSON object: {what}")
    return request


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


def check_key(key: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The properties of a virtual key. EnvelopeError where it has one that no key has."""
    if isinstance(key, Mapping) and not key.keys() <= KEY_TYPES.keys():
        name = next(str(name) for name in key if name not in KEY_TYPES)
        known = f"it has {', '.join(KEY_TYPES)}"
        raise EnvelopeError(f"a key has no {name!r}; {names_meant(name, KEY_TYPES) or known}")
    return key


def fact_key(name: str) -> str:
    """The name by which a fact is set outright: of `fits("think")` the canonical text."""
    asked = asked_of_label(name)
    return name if asked is None else asked[0].of(asked[1])


def fact_type(name: str) -> Type | None:
    """The type of a fact, or of a function of a label such as `fits(think)`; None for any other name."""
    fact = fact_named(name)
    if fact is not None:
        return fact.type
    asked = asked_of_label(name)
    return None if asked is None else asked[0].type


def fact_value(name: str, value: Any) -> Value:
    """A fact's value from JSON, YAML or the command line (`250000`, `"22:00"`, `"mon"`); None is missing.

    EnvelopeError where it is none.
    """
    read = _reader_of(name)
    if read is None:
        raise EnvelopeError(f'there is no fact "{name}"; {names_meant(name, FACT_NAMES) or "ccproxy facts lists them"}')
    if value is None:
        return None
    found = read(value)
    if found is None:
        raise EnvelopeError(f"the fact {name} is a {fact_type(name)}, not {value!r}")
    return found


@lru_cache(maxsize=500)
def _reader_of(name: str) -> Callable[[Any], Value] | None:
    """What reads the values of a fact; None where there is no such fact."""
    kind = fact_type(name)
    return None if kind is None else _READERS[kind]


def _number(value: Any) -> Value:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, Fraction):
        return exact(value)
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


_READERS: Mapping[Type, Callable[[Any], Value]] = {
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

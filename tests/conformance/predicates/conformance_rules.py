"""Predicates for the language's own suite."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, cast


class Vip:
    """Requests whose metadata names a tier."""

    def __init__(self, tier: str) -> None:
        self.tier = tier

    def evaluate(self, request: Mapping[str, Any], config: object) -> bool:
        return bool((request.get("metadata") or {}).get("tier") == self.tier)


class Plain:
    """Every request."""

    def evaluate(self, request: Mapping[str, Any], config: object) -> bool:
        return True


class Outer:
    """A class that holds another."""

    class Inner:
        """Requests that have a key."""

        def __init__(self, key: str) -> None:
            self.key = key

        def evaluate(self, request: Mapping[str, Any], config: object) -> bool:
            return self.key in request


def model_starts_with(request: Mapping[str, Any], start: str) -> bool:
    return str(request.get("model", "")).startswith(start)


def between(request: Mapping[str, Any], low: int, *, high: int, strict: bool) -> bool:
    if not (isinstance(low, int) and isinstance(high, int) and strict is True):
        raise TypeError(f"{low!r}, {high!r}, {strict!r}")
    return bool(low < request.get("max_tokens", 0) < high)


def raises(request: Mapping[str, Any]) -> bool:
    raise RuntimeError("not today")


def answers_one(request: Mapping[str, Any]) -> bool:
    return cast(bool, 1)


def answers_none(request: Mapping[str, Any]) -> bool:
    return cast(bool, None)


def writes(request: Mapping[str, Any]) -> bool:
    cast(MutableMapping[str, Any], request)["model"] = "mine"
    return True

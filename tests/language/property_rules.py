"""The predicate of the random policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Asks:
    """Requests whose body has a key."""

    def __init__(self, key: str) -> None:
        self.key = key

    def evaluate(self, request: Mapping[str, Any], config: object) -> bool:
        return self.key in request

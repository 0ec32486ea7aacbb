"""A predicate for the language's own suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Vip:
    """Every request."""

    def evaluate(self, request: Mapping[str, Any], config: object) -> bool:
        return True

"""How hard a model is to think, as several APIs are told."""

from __future__ import annotations

from fractions import Fraction

from ccproxy.facts.shapes.shape import Place
from ccproxy.facts.values import Json, number


def _is_on(thinking: Json) -> bool | None:
    return thinking.get("type") in ("enabled", "adaptive") if isinstance(thinking, dict) else None


def is_thinking(effort: Json) -> bool | None:
    """Whether an effort has the model think."""
    return effort != "none" if isinstance(effort, str) else None


THINKING = Place("thinking", _is_on, ".type")
THINKING_TYPE = Place("thinking.type", str)
BUDGET: Place[int | Fraction] = Place("thinking.budget_tokens", number)

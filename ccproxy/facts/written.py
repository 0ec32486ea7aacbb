"""Values of facts for programs, as JSON has them, and for people, as a policy writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ccproxy.facts.request import fact_type
from ccproxy.facts.values import Value
from ccproxy.language.literals import WEEKDAYS, write_text, write_time
from ccproxy.language.types import Type


def plain(name: str, value: Value) -> Any:
    """A fact's value as JSON has it: times as `HH:MM`, weekdays by name, exact numbers as numbers."""
    kind = fact_type(name)
    if value is None:
        return None
    match kind:
        case Type.TIME if isinstance(value, int):
            return write_time(value)
        case Type.WEEKDAY if isinstance(value, int):
            return WEEKDAYS[value]
        case _:
            pass
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | bool | int) else float(value)


def written_value(value: Any) -> str:
    """A plain value as a policy would write it, long text cut."""
    match value:
        case None:
            return "missing"
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:,}"
        case float():
            return f"{Decimal(str(value)):,f}" if 1e-15 <= abs(value) < 1e15 else f"{value:,}"  # the language has no exponents
        case list():
            return f"[{', '.join(written_value(item) for item in value[:8])}{', …' if len(value) > 8 else ''}]"
        case str():
            return write_text(value if len(value) <= 60 else value[:57] + "…")
        case _:
            return f"an object with {len(value):,} keys"

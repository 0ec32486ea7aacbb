"""Describes a change of one fact in words."""

from __future__ import annotations

from fractions import Fraction

from ccproxy.analysis.formulas.atoms import Kind, Source, Subject
from ccproxy.analysis.space.variables import fact_of
from ccproxy.facts.values import Value
from ccproxy.language.literals import WEEKDAYS, exact, write_decimal, write_text, write_time
from ccproxy.language.syntax import Exact


def need_of(subject: Subject, now: Value, changed: Value) -> str:
    """What would have to change: `186,790 more tokens`, `effort "xhigh"`."""
    name = str(subject.of)
    if changed is None:
        return f"no {name}"
    if isinstance(changed, tuple):
        return _list_need(name, now if isinstance(now, tuple) else (), changed)
    match subject.kind:
        case Kind.TIME if isinstance(changed, int):
            return f"{name} {write_time(changed)}"
        case Kind.WEEKDAY if isinstance(changed, int):
            return f"{name} {WEEKDAYS[changed]}"
        case Kind.NUMBER if not isinstance(changed, str):
            return _number_need(subject, now, changed)
        case Kind.BOOL:
            return f"{name} {'true' if changed else 'false'}"
    return f"{name} {write_text(str(changed))}"


def _number_need(subject: Subject, now: Value, changed: Value) -> str:
    name = str(subject.of)
    if changed is None or isinstance(changed, str | tuple):
        return name
    if now is None or isinstance(now, str | tuple):
        return f"{name} {_grouped(changed)}"
    fact = fact_of(subject.of) if isinstance(subject.of, Source) else None
    unit = fact.unit if fact is not None else ""
    amount = exact(abs(Fraction(changed) - Fraction(now)))
    if unit:
        if amount == 1:
            unit = unit.removesuffix("s") if unit.endswith("s") and " " not in unit else unit
        return f"{_grouped(amount)} {'more' if changed > now else 'fewer'} {unit}"
    return f"{name} {_grouped(changed)}, {_grouped(amount)} {'more' if changed > now else 'less'}"


def _grouped(value: Exact) -> str:
    return (
        f"{value:,}" if isinstance(value, int) else write_decimal(value) if value is not None and not isinstance(value, str | tuple) else ""
    )


def _list_need(name: str, now: tuple[str, ...], changed: tuple[str, ...]) -> str:
    added = [element for element in changed if element not in now]
    dropped = [element for element in now if element not in changed]
    if not changed:
        return f"{name} empty"
    if added and len(changed) > len(now) and len(added) == 1:
        return f"{write_text(added[0])} in {name}"
    if dropped and not added and len(dropped) <= 3:
        return f"{name} without {', '.join(write_text(element) for element in dropped)}"
    if dropped and added and len(changed) == len(now):
        return f"{', '.join(map(write_text, added))} in {name} instead of {', '.join(map(write_text, dropped))}"
    return f"{len(changed):,} {name}, not {len(now):,}"

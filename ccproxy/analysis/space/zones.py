"""Moments that policies with different time zones may see differently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ccproxy.analysis.formulas.atoms import Kind, Within
from ccproxy.analysis.space.model import Model
from ccproxy.language.operators import MINUTES

_MONDAYS = datetime(2026, 1, 5), datetime(2026, 7, 6)
"""A week of winter time and one of summer time."""
_MAX_MOMENTS = 2_000


class Moments:
    """The moments of a few weeks at which some policy's time or weekday changes its class, and those just before.

    Empty if the policies share one zone, or don't ask for the time.
    """

    def __init__(self, model: Model) -> None:
        zones = {policy.checked.timezone for policy in model.policies}
        self._moments = list(dict.fromkeys(_moments(model, sorted(zones))))[:_MAX_MOMENTS] if len(zones) > 1 else []

    def __bool__(self) -> bool:
        return bool(self._moments)

    def of(self, request: dict[str, object]) -> Iterator[dict[str, object]]:
        """The request as it is, and then at each of the moments."""
        yield request
        if "at" in request:
            yield from ({**request, "at": moment} for moment in self._moments)


def _moments(model: Model, zones: Sequence[str]) -> Iterator[str]:
    masks = {Kind.TIME: [0], Kind.WEEKDAY: [0]}
    for atom in model.formulas.atoms():
        if atom.subject.kind in masks and isinstance(atom.test, Within):
            masks[atom.subject.kind].append(atom.test.values)
    minutes = _changes(masks[Kind.TIME], MINUTES) or ({0} if len(masks[Kind.WEEKDAY]) > 1 else set())
    for monday in _MONDAYS:
        for zone in zones:
            for day in range(7):
                for minute in sorted(minutes):
                    for moment in (minute, minute - 1):
                        wall = monday + timedelta(days=day, minutes=moment)
                        yield wall.replace(tzinfo=ZoneInfo(zone)).isoformat()


def _changes(masks: Sequence[int], size: int) -> set[int]:
    """The values at which some mask changes, in order."""
    return {value for mask in masks for value in range(size) if (mask >> value & 1) != (mask >> ((value - 1) % size) & 1)}

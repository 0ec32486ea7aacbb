"""Renders how two policies differ: what was proved, and what it means for given requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any

from ccproxy.analysis.difference import Difference, Doubt
from ccproxy.decision import Decision, RuleReference
from ccproxy.explanation import headline
from ccproxy.frozen import mutable

MAX_PLACES = 3
"""How many requests are named for each kind of change."""

Place = Callable[[RuleReference | None], str]
"""Gives the place of a rule, for people."""


@mutable
class Move:
    """Requests that two policies treat differently in the same way: how many, and the places of the first few."""

    old: Decision
    new: Decision
    count: int = 0
    places: list[str] = field(default_factory=list)


@mutable
class RequestCounts:
    """Counts what two policies do with given requests."""

    total: int = 0
    undecided: int = 0
    """Those of recorded traffic whose decision hangs on what was not recorded; `total` is without them."""
    moves: dict[tuple[Decision, Decision], Move] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """The number of requests that they treat differently."""
        return sum(move.count for move in self.moves.values())

    def add(self, place: str, old: Decision, new: Decision) -> None:
        """Count a request at this place."""
        self.total += 1
        if old.outcome == new.outcome:
            return
        move = self.moves.setdefault((old, new), Move(old, new))
        move.count += 1
        if len(move.places) < MAX_PLACES:
            move.places.append(place)

    @property
    def most_first(self) -> list[Move]:
        """The kinds of change, the most frequent first."""
        return sorted(self.moves.values(), key=lambda move: -move.count)


# ── For people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def difference_lines(difference: Difference, old_place: Place, new_place: Place) -> Iterator[str]:
    """What was proved, with one request for each kind of change."""
    match difference.verdict:
        case "same":
            yield "the same for every request"
        case "undecided":
            yield "not decided: no request was found that changes, and it was not proved that there is none"
        case "different":
            many = len(difference.changes)
            yield f"different: requests change in {many} way{'' if many == 1 else 's'}"
    for number, change in enumerate(difference.changes, 1):
        yield ""
        yield f"{number}. {_told(change.old)} -> {_told(change.new)}"
        yield f"   old: {old_place(change.old.rule)}"
        yield f"   new: {new_place(change.new.rule)}"
        if change.classes is not None:
            yield f"   {change.classes:,} class{'' if change.classes == 1 else 'es'} of requests, for example"
        else:
            yield "   more classes of requests than can be counted, for example"
        yield f"   {json.dumps(change.request, ensure_ascii=False)}"
    for doubt in difference.doubts:
        yield ""
        yield f"not decided: {doubt.reason}"
        for name, place, rule in zip(("old", "new"), (old_place, new_place), doubt.rules, strict=False):
            yield f"   {name}: {place(rule)}"


def count_lines(counts: RequestCounts, old_place: Place, new_place: Place) -> Iterator[str]:
    """How many of the given requests change, and how."""
    if counts.undecided:
        yield f"{counts.undecided:,} requests are not counted: their decision hangs on what was not recorded"
    if counts.total == 0:
        yield "no requests to count"
        return
    yield f"{counts.changed:,} of {counts.total:,} requests change ({100 * counts.changed / counts.total:.1f}%)"
    for move in counts.most_first:
        more = "" if move.count <= len(move.places) else ", …"
        yield f"  {move.count:>6,}  {_told(move.old)} -> {_told(move.new)}"
        yield f"          old: {old_place(move.old.rule)}"
        yield f"          new: {new_place(move.new.rule)}"
        yield f"          {', '.join(move.places)}{more}"


def _told(decision: Decision) -> str:
    fallbacks = f" (fallback {', '.join(decision.fallbacks)})" if decision.fallbacks else ""
    return headline(decision) + fallbacks


# ── For machines ─────────────────────────────────────────────────────────────────────────────────────────────────────


def difference_json(difference: Difference, counts: RequestCounts | None) -> dict[str, Any]:
    """The difference as `ccproxy diff --json` prints it."""
    report: dict[str, Any] = {
        "verdict": difference.verdict,
        "changes": [
            {"request": change.request, "old": change.old.to_dict(), "new": change.new.to_dict(), "classes": change.classes}
            for change in difference.changes
        ],
        "undecided": [_doubt_json(doubt) for doubt in difference.doubts],
    }
    if counts is not None:
        report["requests"] = {
            "total": counts.total,
            "changed": counts.changed,
            "changes": [
                {"count": move.count, "old": move.old.to_dict(), "new": move.new.to_dict(), "places": move.places}
                for move in counts.most_first
            ],
        }
    return report


def _doubt_json(doubt: Doubt) -> dict[str, Any]:
    places = [None if rule is None else {"line": rule.line, "file": rule.file} for rule in doubt.rules] or [None, None]
    return {"reason": doubt.reason, "old": places[0], "new": places[1]}

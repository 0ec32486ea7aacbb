"""Renders what policies would have done with recorded traffic: a table for people, and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ccproxy.replay.replayed import PolicyTotal, Replay, Total

MAX_CHANGES = 20
"""Kinds of change that are shown to people."""
_COLUMNS = ("label", "requests", "fresh", "written", "read", "out", "dollars")


def replay_json(replay: Replay) -> dict[str, Any]:
    """`replay --json`."""
    return {
        "requests": replay.requests,
        "sources": dict(sorted(replay.sources.items())),
        "skipped": {"lines": replay.skipped.lines, "records": replay.skipped.records},
        "paid": {"answers": replay.answers, "dollars": float(replay.paid.dollars), "tokens": _tokens(replay.paid)},
        "unrecorded": {"dollars": None if replay.unrecorded is None else float(replay.unrecorded)},
        "policies": [_policy(policy) for policy in replay.policies],
        "changes": [
            {
                "old": {"label": old, "rule": old_rule},
                "new": {"label": new, "rule": new_rule},
                "requests": change.requests,
                "dollars": float(change.dollars),
                "example": change.example,
            }
            for (old, old_rule, new, new_rule), change in _most_first(replay)
        ],
    }


def _policy(total: PolicyTotal) -> dict[str, Any]:
    return {
        "file": total.policy.checked.policy.sources[0].name,
        "sha256": total.policy.sha256,
        "decided": total.decided,
        "undecided": total.undecided.requests,
        "undecided_by": dict(total.undecided_by.most_common()),
        "labels": {
            label: {"requests": one.requests, "dollars": float(one.dollars), "tokens": _tokens(one)} for label, one in _dearest_first(total)
        },
        "rules": dict(total.rules.most_common()),
        "dollars": float(total.dollars),
        "cache_breaks": {"count": total.breaks, "dollars": float(total.broken)},
    }


def _tokens(total: Total) -> dict[str, int]:
    return {
        "input": total.new,
        "cache_write_5m": total.written,
        "cache_write_1h": total.written_1h,
        "cache_read": total.read,
        "output": total.output,
    }


def _most_first(replay: Replay) -> list[tuple[tuple[str | None, str, str | None, str], Any]]:
    return sorted(replay.changes.items(), key=lambda item: -item[1].requests)


def _dearest_first(total: PolicyTotal) -> list[tuple[str, Total]]:
    return sorted(total.labels.items(), key=lambda item: (-item[1].dollars, item[0]))


# ── For people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def replay_lines(replay: Replay) -> Iterator[str]:
    """What was read, a table for each policy, and what changes between two."""
    sources = ", ".join(f"{count:,} of {source}" for source, count in sorted(replay.sources.items()))
    yield f"{replay.requests:,} requests ({sources}), {replay.answers:,} answered; paid {_dollars(replay.paid.dollars)}"
    if replay.unpriced:
        yield f"{replay.unpriced:,} answers are of models without known prices, and count as nothing"
    if replay.unrecorded:
        yield f"{_dollars(replay.unrecorded)} more by the client's own account: titles, compactions, other calls that stand in no record"
    for total in replay.policies:
        yield ""
        yield from _table_of(total)
        yield from _notes(total, replay)
    if len(replay.policies) > 1:
        yield ""
        yield from _changes(replay)


def _table_of(total: PolicyTotal) -> Iterator[str]:
    rows = [_row(label, one) for label, one in _dearest_first(total)]
    if total.undecided.requests:
        rows.append(_row("undecided", total.undecided))
    yield f"{total.policy.checked.policy.sources[0].name}: {_dollars(total.dollars)} (estimated where the model is another)"
    table = [_COLUMNS, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(_COLUMNS))]
    for label, *numbers in table:
        yield "  ".join([f"{label:<{widths[0]}}", *(f"{text:>{width}}" for text, width in zip(numbers, widths[1:], strict=True))])


def _row(label: str, total: Total) -> tuple[str, ...]:
    numbers = (total.requests, total.new, total.written + total.written_1h, total.read, total.output)
    return (label, *(f"{number:,}" for number in numbers), _dollars(total.dollars))


def _notes(total: PolicyTotal, replay: Replay) -> Iterator[str]:
    for name, count in total.undecided_by.most_common():
        yield f"{count:,} undecided: {name} is not in what was recorded"
    if total.unpriced:
        yield f"{total.unpriced:,} would go to labels without known prices, and count as nothing"
    if total.breaks:
        yield f"{total.breaks:,} breaks of the prompt cache: {_dollars(total.broken)}"
    if len(replay.policies) == 1:
        yield f"{total.moved:,} would go to another model than they went to"


def _changes(replay: Replay) -> Iterator[str]:
    if not replay.changes:
        yield "no request that both decide goes to another label"
    for (old, old_rule, new, new_rule), change in _most_first(replay)[:MAX_CHANGES]:
        more = f"{'+' if change.dollars >= 0 else '-'}{_dollars(abs(change.dollars))}"
        yield f"{change.requests:,} from {old} ({old_rule}) to {new} ({new_rule}): {more}, say {change.example}"
    if len(replay.changes) > MAX_CHANGES:
        yield f"… and {len(replay.changes) - MAX_CHANGES:,} more kinds of change"


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}" if abs(amount) >= 1 or not amount else f"${amount:.4f}"

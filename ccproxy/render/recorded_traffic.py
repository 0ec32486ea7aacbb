"""Renders what policies would have done with recorded traffic: a table for people, and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ccproxy.replay.recorded import Source
from ccproxy.replay.replayed import PolicyTotal, Replay
from ccproxy.replay.results import NO_RULE, Change, Total
from ccproxy.replay.transcripts import is_told_of_sent

MAX_CHANGES = 20
"""Kinds of change that are shown to people."""
_SOURCES: Mapping[Source, str] = {
    "transcript": "Claude Code's transcripts",
    "rollout": "Codex's rollouts",
    "decisions": "decision records",
    "requests": "request files",
    "spend": "spend logs",
}
COLUMNS = ("label", "requests", "fresh", "written", "read", "out", "dollars")


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


def _most_first(replay: Replay) -> list[tuple[tuple[str, str, str, str], Change]]:
    return sorted(replay.changes.items(), key=lambda item: -item[1].requests)


def _dearest_first(total: PolicyTotal) -> list[tuple[str, Total]]:
    return sorted(total.labels.items(), key=lambda item: (-item[1].dollars, item[0]))


# ── For people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def replay_lines(replay: Replay) -> Iterator[str]:
    """What was read, a table for each policy, and what changes between two."""
    yield from summary_lines(replay)
    for total in replay.policies:
        yield ""
        yield f"{file_of(total)}: {told_cost(total, replay)}" if replay.answers else file_of(total)
        # without an answer there are no tokens and no dollars
        yield from _table_of(total, len(COLUMNS) if replay.answers else 2)
        yield from _notes(total, replay)
    if len(replay.policies) > 1:
        yield ""
        yield from _changes(replay)


def summary_lines(replay: Replay) -> Iterator[str]:
    """What was read, and what it cost."""
    sources = sorted(replay.sources.items())
    named = ", ".join(f"{count:,} from {_SOURCES[source]}" if len(sources) > 1 else f"from {_SOURCES[source]}" for source, count in sources)
    days = sorted({moment.date().isoformat() for moment in (replay.first, replay.last) if moment is not None})
    period = f", {' to '.join(days)}" if days else ""
    answered = f"{replay.answers:,} answered, paid {_at_least(replay.paid)}" if replay.answers else "none with its answer"
    yield f"{counted(replay.requests, 'request')} ({named}{period}); {answered}"
    if replay.paid.unpriced:
        yield f"{counted(replay.paid.unpriced, 'answer')} of models without known prices not counted"
    if replay.unrecorded:
        yield f"{dollars(replay.unrecorded)} more by the client's own account: titles, compactions, other calls that stand in no record"
    for policy, results in replay.shadows.items():
        rest = "".join(f", {count:,} {result}" for result in ("undecided", "failed") if (count := results[result]))
        yield f"shadow {policy}, as recorded: {results['elsewhere']:,} of {counted(results.total(), 'request')} would go elsewhere{rest}"


def told_cost(total: PolicyTotal, replay: Replay) -> str:
    """What a policy would have cost, and how that is known."""
    if total.unpriced and not total.dollars:
        return "no prices are known at its labels"
    least = "at least " if total.unpriced else ""
    base = replay.policies[0].dollars if total is not replay.policies[0] else replay.paid.dollars
    more = "" if total.unpriced or not base or total.dollars == base else f", {percent((total.dollars - base) * 100 / base)}"
    estimated = ", estimated where the model is another" if total.moved else ""
    return f"{least}{dollars(total.dollars)}{more}{estimated}"


def file_of(total: PolicyTotal) -> str:
    """The name of a policy's file."""
    return total.policy.checked.policy.sources[0].name


def _table_of(total: PolicyTotal, columns: int) -> Iterator[str]:
    table = [row[:columns] for row in (COLUMNS, *label_rows(total))]
    widths = [max(len(row[column]) for row in table) for column in range(columns)]
    for label, *numbers in table:
        yield "  ".join([f"{label:<{widths[0]}}", *(f"{text:>{width}}" for text, width in zip(numbers, widths[1:], strict=True))])


def label_rows(total: PolicyTotal) -> list[tuple[str, ...]]:
    """The cells of `COLUMNS` for each label, the dearest first; undecided requests come last."""
    totals = _dearest_first(total)
    if total.undecided.requests:
        totals.append(("undecided", total.undecided))
    amounts = dollars_alike([one.dollars for _, one in totals])
    return [_row(label, one, amount) for (label, one), amount in zip(totals, amounts, strict=True)]


def _row(label: str, total: Total, amount: str) -> tuple[str, ...]:
    numbers = (total.requests, total.new, total.written + total.written_1h, total.read, total.output)
    return (label, *(f"{number:,}" for number in numbers), "?" if total.unpriced and not total.dollars else amount)


def _notes(total: PolicyTotal, replay: Replay) -> Iterator[str]:
    for name, count in total.undecided_by.most_common():
        yield f"{count:,} undecided: {name} ({_why_unknown(name, replay)})"
    if total.unpriced:
        yield f"{counted(total.unpriced, 'request')} at labels without known prices not counted"
    if total.breaks:
        yield f"{counted(total.breaks, 'break')} of the prompt cache: {dollars(total.broken)}"
    if len(replay.policies) == 1 and replay.answers:
        yield f"{total.moved:,} would go to another model than they went to"


def _why_unknown(fact: str, replay: Replay) -> str:
    match list(replay.sources):
        case ["transcript"] if is_told_of_sent(fact):
            return "Claude Code before 2.1.282 doesn't record it"
        case [source]:
            return f"{_SOURCES[source]} don't tell it"
        case _:
            return "not in what was recorded"


def _changes(replay: Replay) -> Iterator[str]:
    if not replay.changes:
        yield "no request that both decide goes to another label"
    for (old, old_rule, new, new_rule), change in _most_first(replay)[:MAX_CHANGES]:
        yield f"{change.requests:,} from {by_rule(old, old_rule)} to {by_rule(new, new_rule)}: {_difference(change)}, say {change.example}"
    if len(replay.changes) > MAX_CHANGES:
        yield f"… and {len(replay.changes) - MAX_CHANGES:,} more kinds of change"


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_rule(label: str, rule: str) -> str:
    """`think (policy.ccp:4)`; the label alone where no single rule decided."""
    return label if rule == NO_RULE else f"{label} ({rule})"


def counted(number: int, what: str) -> str:
    """`1 request`, `1,234 requests`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def percent(change: Decimal) -> str:
    """`+2.1%`, `-0.4%`."""
    return f"{change:+,.1f}%"


def dollars(amount: Decimal) -> str:
    """An amount to the cent; below a dollar to the hundredth of one."""
    return dollars_alike([amount])[0]


def dollars_alike(amounts: Sequence[Decimal]) -> list[str]:
    """Amounts of one column: to the cent, to the hundredth of one where all are below a dollar."""
    places = 2 if not any(amounts) or max(map(abs, amounts)) >= 1 else 4
    return [f"{'-' if amount < 0 else ''}${abs(amount):,.{places}f}" for amount in amounts]


def _difference(change: Change) -> str:
    if change.unpriced == change.requests:
        return "prices not known"
    more = dollars(change.dollars) if change.dollars < 0 else f"+{dollars(change.dollars)}"
    return f"{more} without {change.unpriced:,} of unknown prices" if change.unpriced else more


def _at_least(total: Total) -> str:
    return f"at least {dollars(total.dollars)}" if total.unpriced else dollars(total.dollars)

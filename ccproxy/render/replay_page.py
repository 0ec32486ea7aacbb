"""The page of a replay: one file that a browser shows without a network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from plotly.offline import get_plotlyjs

from ccproxy.render.recorded_traffic import (
    COLUMNS,
    by_rule,
    counted,
    dollars,
    dollars_alike,
    file_of,
    label_rows,
    percent,
    summary_lines,
    told_cost,
)
from ccproxy.render.replay_figures import figures
from ccproxy.replay.breakdown import Breakdown
from ccproxy.replay.replayed import PolicyTotal, Replay
from ccproxy.replay.results import Change

MOST_CHANGES, MOST_CONVERSATIONS = 2_000, 20
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
"""What a browser may load: nothing but what stands in the page."""
_NUMBERS = frozenset({"requests", "fresh", "written", "read", "out", "dollars", "difference", "paid", "would cost"})
_TOKENS = "Tokens: fresh, written to a prompt cache, read from one, and of output."


def replay_page(replay: Replay, breakdown: Breakdown) -> str:
    """The whole page."""
    drawn = figures(replay, breakdown)
    title = escape(f"Replay: {' → '.join(map(file_of, replay.policies))}")
    told = "".join(f"<p>{escape(line)}</p>" for line in summary_lines(replay))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{title}</title>
<style>{_asset("replay.css")}</style>
</head>
<body>
<header><h1>{title}</h1>{told}</header>
<main>{_numbers(replay)}{"".join(_charts(replay, breakdown, drawn))}{"".join(_tables(replay, breakdown))}</main>
<script type="application/json" id="figures">{json.dumps(drawn).replace("<", chr(92) + "u003c")}</script>
<script>{get_plotlyjs()}</script>
<script>{_asset("replay.js")}</script>
</body>
</html>
"""


def _asset(name: str) -> str:
    return (files("ccproxy.render") / "page" / name).read_text("utf-8")


def _numbers(replay: Replay) -> str:
    """The few numbers that everything else is about."""
    last = replay.policies[-1]
    tiles = []
    if replay.answers:
        tiles.append(("paid", dollars(replay.paid.dollars), counted(replay.answers, "answer")))
        tiles += [(file_of(total), *_cost(total, replay)) for total in replay.policies]
    tiles.append(("changed" if len(replay.policies) > 1 else "to another model", f"{replay.changed:,}", _share(replay.changed, replay)))
    tiles.append(("undecided", f"{last.undecided.requests:,}", _share(last.undecided.requests, replay)))
    if replay.answers:
        tiles.append(("cache breaks", f"{last.breaks:,}", dollars(last.broken)))
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd><b>{escape(value)}</b> {escape(more)}</dd></div>" for name, value, more in tiles)
    return f'<dl class="wide">{shown}</dl>'


def _cost(total: PolicyTotal, replay: Replay) -> tuple[str, str]:
    if total.unpriced:
        return f"{dollars(total.dollars)}+" if total.dollars else "?", f"{total.unpriced:,} without a price"
    base = replay.paid.dollars if total is replay.policies[0] else replay.policies[0].dollars
    return dollars(total.dollars), percent((total.dollars - base) * 100 / base) if base else ""


def _share(count: int, replay: Replay) -> str:
    return f"{count / replay.requests:.1%} of {counted(replay.requests, 'request')}"


def _charts(replay: Replay, breakdown: Breakdown, drawn: Mapping[str, Any]) -> Iterator[str]:
    if "days" in drawn:
        other = f", the line what {file_of(replay.policies[0])} would cost" if len(replay.policies) > 1 else ""
        undated = f" {dollars(breakdown.paid[None])} were paid at no known time." if breakdown.paid.get(None) else ""
        told = f"Bars are what {file_of(replay.policies[-1])} would cost, by label{other}; the dotted line is what was paid.{undated}"
        yield _section("Dollars per day", _place("days"), told, wide=True)
    told = "From the first policy's labels to the second's." if len(replay.policies) > 1 else "From where they went to where they would go."
    yield _section("Where requests go", _place("flow"), told, wide="undecided" not in drawn)
    if "undecided" in drawn:
        yield _section("Undecided", _place("undecided"), "Requests by the first fact that was wanting.")


def _place(name: str) -> str:
    return f'<div class="chart" id="{name}"></div>'


def _tables(replay: Replay, breakdown: Breakdown) -> Iterator[str]:
    # without an answer there are no tokens and no dollars
    shown = len(COLUMNS) if replay.answers else 2
    for total in replay.policies:
        told = f"{told_cost(total, replay)}. {_TOKENS}" if replay.answers else "No request has its answer."
        table = _table(COLUMNS[:shown], [row[:shown] for row in label_rows(total)])
        yield _section(file_of(total), table, told, wide=len(replay.policies) < 2)
    if replay.answers and breakdown.conversations:
        yield _section(
            "The dearest conversations", _conversations(breakdown), "By what they would cost; subagents have their own.", wide=True
        )
    changes = list(_dearest_changes(breakdown))
    columns = ["from", "to", "requests", "first request"]
    if replay.answers:
        columns.insert(-1, "difference")
    if not changes:
        yield _section("What changes", "", "No request goes elsewhere.", wide=True)
        return
    search = '<label>Filter by label, rule or file <input id="filter" type="search"></label> <span id="shown" role="status"></span>'
    told = "By conversation, the largest differences first." if replay.answers else "By conversation."
    if len(changes) > MOST_CHANGES:
        told = f"{told} These are {MOST_CHANGES:,} of {len(changes):,}."
    amounts = dollars_alike([change.dollars for *_, change in changes[:MOST_CHANGES]])
    rows = (
        (old, new, f"{change.requests:,}", *([_difference(change, amount)] if replay.answers else []), change.example)
        for (old, new, change), amount in zip(changes, amounts, strict=False)
    )
    yield _section(
        "What changes", f'{search}<div class="list" tabindex="0">{_table(columns, rows, identifier="changes")}</div>', told, wide=True
    )


def _conversations(breakdown: Breakdown) -> str:
    dearest = sorted(breakdown.conversations.values(), key=lambda one: (-one.dollars, one.place))[:MOST_CONVERSATIONS]
    costs = zip(dollars_alike([one.paid for one in dearest]), dollars_alike([one.dollars for one in dearest]), strict=True)
    rows = (
        (one.place, f"{one.requests:,}", paid, f"at least {cost}" if one.unpriced else cost)
        for one, (paid, cost) in zip(dearest, costs, strict=True)
    )
    return _table(("first request", "requests", "paid", "would cost"), rows)


def _difference(change: Change, amount: str) -> str:
    if change.unpriced == change.requests:
        return "?"
    return amount if change.dollars < 0 else f"+{amount}"


def _dearest_changes(breakdown: Breakdown) -> list[tuple[str, str, Change]]:
    found = [
        (by_rule(old, old_rule), by_rule(new, new_rule), change)
        for changes in breakdown.changes.values()
        for (old, old_rule, new, new_rule), change in changes.items()
    ]
    return sorted(found, key=lambda one: (-abs(one[2].dollars), -one[2].requests, one[2].example))


def _section(title: str, content: str, told: str, *, wide: bool = False) -> str:
    return f"<section{' class=wide' if wide else ''}><h2>{escape(title)}</h2><p>{escape(told)}</p>{content}</section>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], identifier: str = "") -> str:
    def cells(row: Sequence[str]) -> Iterator[str]:
        for name, text in zip(columns, row, strict=True):
            number = " class=number" if name in _NUMBERS else ""
            yield f'<td{number} data-name="{name}">{escape(text)}</td>'

    head = "".join(f"<th{' class=number' if name in _NUMBERS else ''}>{name}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(cells(row))}</tr>" for row in rows)
    return f"<table{f' id={identifier}' if identifier else ''}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

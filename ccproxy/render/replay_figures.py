"""The charts of a replay, as Plotly draws them: dollars by day, where requests go, what undecided ones wanted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import plotly.graph_objects as go

from ccproxy.render.recorded_traffic import file_of
from ccproxy.replay.breakdown import UNDECIDED, Breakdown, Days
from ccproxy.replay.replayed import Replay

COLOURS = ("#3b7dd8", "#e08214", "#2e9e7a", "#c2518f", "#8a6fd1", "#b8a021", "#4fb3c9", "#c65b4a", "#6b9e3a", "#a9744f")
GREY = "#8b95a3"
MOST_NAMES = 12
"""Labels, and causes, that are shown one by one."""
OTHERS = "(others)"
_FLOW_ROW, _BAR_ROW = 40, 36
"""Pixels of height for each name."""
_FEW_DAYS = timedelta(days=3)
_BAR_MILLISECONDS = 18 * 3_600_000


def figures(replay: Replay, breakdown: Breakdown) -> dict[str, Any]:
    """The charts by the name of their place: data and layout, as JSON has them. One with nothing to show is left out.

    A label has one colour in all of them. Lines of the first chart have none: they take those of the page.
    """
    days = _few(breakdown.days)
    flows = _few_flows(breakdown.flows)
    colours = _colours([*days, *(name for flow in flows for name in flow)])
    found = {}
    if replay.answers and breakdown.paid.keys() - {None}:
        found["days"] = _days(replay, breakdown, days, colours)
    found["flow"] = _flow(flows, colours)
    if causes := replay.policies[-1].undecided_by:
        found["undecided"] = _undecided(causes)
    return {name: json.loads(figure.to_json()) for name, figure in found.items()}


def _few(days: Mapping[str, Days]) -> dict[str, Days]:
    """The dollars of labels, the dearest first; the cheapest of many are one."""
    ordered = sorted(days, key=lambda label: (label == UNDECIDED, -sum(days[label].values()), label))
    found = {label: days[label] for label in ordered[:MOST_NAMES]}
    for label in ordered[MOST_NAMES:]:
        others = found.setdefault(OTHERS, {})
        for day, dollars in days[label].items():
            others[day] = others.get(day, 0) + dollars
    return found


def _few_flows(flows: Mapping[tuple[str, str], int]) -> Counter[tuple[str, str]]:
    """Requests by where they come from and go to; on each side the names of fewest requests are one, if there are many."""
    kept = []
    for side in (0, 1):
        counts: Counter[str] = Counter()
        for flow, count in flows.items():
            counts[flow[side]] += count
        kept.append({name for name, _ in counts.most_common(MOST_NAMES)})
    found: Counter[tuple[str, str]] = Counter()
    for (old, new), count in flows.items():
        found[old if old in kept[0] else OTHERS, new if new in kept[1] else OTHERS] += count
    return found


def _colours(names: Iterable[str]) -> dict[str, str]:
    labels = [name for name in dict.fromkeys(names) if name not in (UNDECIDED, OTHERS)]
    return {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(labels)} | {UNDECIDED: GREY, OTHERS: GREY}


def _days(replay: Replay, breakdown: Breakdown, by_label: Mapping[str, Days], colours: Mapping[str, str]) -> go.Figure:
    days = sorted(day for day in breakdown.paid if day is not None)

    def dollars(spent: Days) -> list[float]:
        return [float(spent.get(day, 0)) for day in days]

    dearest = max(*dollars(breakdown.paid), *(sum(one) for one in zip(*map(dollars, by_label.values()), strict=True)))
    figure = go.Figure()
    for label, spent in by_label.items():
        figure.add_bar(x=days, y=dollars(spent), name=label, marker_color=colours[label])
    mode = "lines" if len(days) > 1 else "markers"
    if len(replay.policies) > 1:
        figure.add_scatter(x=days, y=dollars(breakdown.days_before), name=file_of(replay.policies[0]), mode=mode)
    figure.add_scatter(x=days, y=dollars(breakdown.paid), name="paid", mode=mode, line_dash="dot", marker_symbol="diamond")
    figure.update_traces(hovertemplate="%{y:$,.2f}")
    figure.update_layout(
        barmode="stack",
        bargap=0.25,
        hovermode="x unified",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        yaxis={"tickprefix": "$", "tickformat": ",.2~f" if dearest >= 1 else ",.2f", "rangemode": "tozero", "automargin": True},
        xaxis={"type": "date", "tickformat": "%b %-d", "hoverformat": "%a, %b %-d, %Y", "showgrid": False},
    )
    if len(days) < 8:  # Plotly would mark hours, and make bars as wide as the page
        figure.update_xaxes(tickvals=days, range=[days[0] - _FEW_DAYS, days[-1] + _FEW_DAYS])
        figure.update_traces(width=_BAR_MILLISECONDS, selector={"type": "bar"})
    return _laid_out(figure, 420)


def _flow(flows: Counter[tuple[str, str]], colours: Mapping[str, str]) -> go.Figure:
    sides: list[Counter[str]] = [Counter(), Counter()]
    for flow, count in flows.items():
        for side, name in zip(sides, flow, strict=True):
            side[name] += count
    old, new = ([name for name, _ in side.most_common()] for side in sides)
    names = [*old, *new]
    figure = go.Figure(
        go.Sankey(
            valueformat=",d",
            node={"label": names, "color": [colours[name] for name in names], "pad": 16, "thickness": 14, "line": {"width": 0}},
            link={
                "source": [old.index(one) for one, _ in flows],
                "target": [len(old) + new.index(other) for _, other in flows],
                "value": list(flows.values()),
                "color": [f"{colours[one]}66" for one, _ in flows],
            },
        )
    )
    figure.update_layout(margin_l=0)
    return _laid_out(figure, 80 + _FLOW_ROW * max(len(old), len(new)))


def _undecided(causes: Counter[str]) -> go.Figure:
    most = causes.most_common(MOST_NAMES)[::-1]
    counts = [count for _, count in most]
    figure = go.Figure(go.Bar(x=counts, y=[name for name, _ in most], text=[f"{count:,}" for count in counts], orientation="h"))
    figure.update_traces(marker_color=GREY, textposition="auto", hoverinfo="skip")
    figure.update_layout(bargap=0.3, yaxis={"type": "category", "automargin": True, "showgrid": False}, xaxis={"tickformat": ",d"})
    return _laid_out(figure, 60 + _BAR_ROW * len(most))


def _laid_out(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 0, "r": 8, "t": 8, "b": 32},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13},
        dragmode=False,
    )
    return figure

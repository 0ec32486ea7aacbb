"""The parts of the page with sums: rate, dollars, failures and cache breaks, over time, and by label and rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from nicegui import ui
from nicegui.element import Element

from ccproxy.live.colours import OTHER, Colours
from ccproxy.live.elements import Sums, Text, dollars, section
from ccproxy.live.figures import OTHERS, Bars, Figures, LabelTotal, bars_of, figures_of
from ccproxy.live.rows import Column, Rows
from ccproxy.live.watched import Watched
from ccproxy.live.window import Seen

AGAIN = 2.0
"""Seconds between sums; they go over all that is held."""
LABEL_COLUMNS = (
    Column("label", "Label", "dotted"),
    Column("requests", "Requests", "number"),
    Column("dollars", "Dollars", "number"),
    Column("tokens", "Tokens", "number"),
    Column("failures", "Failures", "number"),
    Column("breaks", "Cache breaks", "number"),
    Column("quota", "Quota", "number"),
)
RULE_COLUMNS = (Column("rule", "Rule"), Column("requests", "Requests", "number"), Column("why", "Why", "rest"))
_BY = {"label": "by label", "rule": "by rule"}


@dataclass
class Overview:
    """Sums over the requests that are held; `because` tells why the rule of a request is there."""

    watched: Watched
    labels: Colours
    rules: Colours
    because: Callable[[Seen], str]
    _drawn: int = -1
    _at: float = 0.0

    def build_figures(self) -> None:
        """Make the elements of the sums and charts."""
        with section("figures", "Figures"):
            self._sums = Sums()
            self._by = ui.radio(_BY, value="label", on_change=self._again).props('inline dense aria-label="Requests over time by"')
            self._charts = ui.element("div").classes("charts")
            with self._charts:
                self._requests = Chart("Requests over time")
                self._dollars = Chart("Dollars over time, by label")

    def build_totals(self) -> None:
        """Make the elements of the tables; the figures are there."""
        self._totals = section("totals", "Labels and rules")
        with self._totals:
            self._label_rows = Rows("Labels", LABEL_COLUMNS)
            self._rule_rows = Rows("Rules", RULE_COLUMNS)
        self._again()

    def _again(self) -> None:
        self._drawn, self._at = -1, 0.0
        self.refresh()

    def refresh(self) -> None:
        """Show what has changed; the rate changes with the clock, too."""
        if self._at and monotonic() - self._at < AGAIN:
            return
        self._at = monotonic()
        window = self.watched.window
        figures = figures_of(window, datetime.now(UTC))
        self._sum(figures)
        if self._drawn == window.changes:
            return
        self._drawn = window.changes
        for part in (self._by, self._charts, self._totals):
            part.set_visibility(len(window) > 0)
        by_label = sorted(figures.labels.items(), key=lambda item: -item[1].requests)
        self.labels.give(label for label, _ in by_label)
        self.rules.give(rule for rule, _ in figures.rules.most_common())
        if self._by.value == "rule":
            self._requests.show(bars_of(window, lambda one: one.rule, lambda one: 1), self.rules, whole=True)
        else:
            self._requests.show(bars_of(window, lambda one: one.label, lambda one: 1), self.labels, whole=True)
        self._dollars.show(bars_of(window, lambda one: one.label, lambda one: one.dollars or 0.0), self.labels)
        places = 2 if figures.dollars >= 1 else 4
        self._label_rows.show([self._label_row(label, total, places) for label, total in by_label])
        latest = {one.rule: one for one in window}
        self._rule_rows.show(
            [
                {"id": rule, "rule": rule, "requests": f"{count:,}", "why": self.because(latest[rule])}
                for rule, count in figures.rules.most_common(50)
            ]
        )

    def _sum(self, figures: Figures) -> None:
        self._sums.show(
            {
                "requests a second": f"{figures.rate:,.1f}",
                "requests": f"{figures.requests:,}",
                "dollars": dollars(figures.dollars),
                "failures": f"{figures.failures:,}",
                "cache breaks": f"{figures.breaks:,}",
            }
        )

    def _label_row(self, label: str, total: LabelTotal, places: int) -> dict[str, str]:
        return {
            "id": label,
            "colour": self.labels.of(label),
            "label": label,
            "requests": f"{total.requests:,}",
            "dollars": dollars(total.dollars, places),
            "tokens": f"{total.tokens:,}",
            "failures": f"{total.failures:,}",
            "breaks": f"{total.breaks:,}",
            "quota": "" if total.quota is None else f"{total.quota:g} %",
        }


# ── Charts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Chart(Element):
    """Stacked bars over time under a heading, with the names of their colours below."""

    def __init__(self, name: str) -> None:
        super().__init__("div")
        self._named: list[tuple[str, str]] = []
        with self:
            Text("h3", name)
            self._bars = ui.echart({}, renderer="svg").classes("chart")
            self._bars.props(f'role=img aria-label="{name}; the tables below have the numbers"')
            self._legend = ui.element("ul").classes("legend")

    def show(self, bars: Bars, colours: Colours, *, whole: bool = False) -> None:
        """Show these; `whole` heights are counts."""
        named = [(name, OTHER if name == OTHERS else colours.of(name)) for name in bars.series]
        self._bars.options.clear()
        self._bars.options.update(_options(bars, dict(named), 1 if whole else 0))
        self._bars.update()
        if named == self._named:
            return
        self._named = named
        self._legend.clear()
        with self._legend:
            for name, colour in named:
                with ui.element("li"):
                    ui.element("i").classes("dot").style(f"background: {colour}")
                    Text("span", name)


def _options(bars: Bars, colours: Mapping[str, str], least: int) -> dict[str, Any]:
    day = bool(bars.starts) and bars.starts[-1] - bars.starts[0] > timedelta(days=1)
    times = [f"{start.astimezone():{'%m-%d %H:%M' if day else '%H:%M:%S' if bars.seconds < 60 else '%H:%M'}}" for start in bars.starts]
    series = [
        {
            "type": "bar",
            "stack": "all",
            "name": name,
            "data": [round(height, 6) for height in heights],
            "barCategoryGap": "15%",
            "itemStyle": {"color": colours[name]},
        }
        for name, heights in bars.series.items()
    ]
    return {
        "animation": False,
        "grid": {"left": 4, "right": 8, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "xAxis": {"type": "category", "data": times, "axisTick": {"show": False}, "axisLabel": {"alignMaxLabel": "right"}},
        "yAxis": {"type": "value", "splitNumber": 3, "minInterval": least, "splitLine": {"lineStyle": {"opacity": 0.3}}},
        "series": series,
    }

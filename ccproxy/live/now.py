"""The part of the page that shows what the proxy does: requests as they come, and their sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from ccproxy.live.elements import clock, dollars, section
from ccproxy.live.watched import Watched
from ccproxy.live.window import Seen

SHOWN = 50
"""Requests in the table."""
COLUMNS = (
    ("time", "Time"),
    ("client", "Client"),
    ("label", "Label"),
    ("rule", "Rule"),
    ("why", "Why"),
    ("tokens", "Tokens"),
    ("dollars", "Dollars"),
    ("ms", "ms"),
)
_NUMBERS = ("tokens", "dollars", "ms")
_OPENS = """
<q-td :props="props">
  <button type="button" class="opens" @click="() => $parent.$emit('open', props.row.id)"
          :aria-label="'Open the request of ' + props.row.time + ' to ' + props.row.label">{{ props.row.time }}</button>
</q-td>
"""


def requests_table(name: str, opened: Callable[[str], None]) -> ui.table:
    """A table of requests, each with a button that opens it; `opened` gets its record's id."""
    columns: list[dict[str, Any]] = [
        {"name": key, "label": label, "field": key, "align": "right" if key in _NUMBERS else "left"} for key, label in COLUMNS
    ]
    table = ui.table(columns=columns, rows=[], row_key="id").classes("requests").props(f'flat dense hide-bottom aria-label="{name}"')
    table.add_slot("body-cell-time", _OPENS)

    def told(event: GenericEventArguments) -> None:
        opened(str(event.args))

    table.on("open", told)
    return table


def row_of(seen: Seen, because: str) -> dict[str, Any]:
    """A request as a row of the table."""
    paid = seen.paid
    answered = "" if seen.milliseconds is None else f"{seen.milliseconds:,.0f}"
    return {
        "id": seen.id,
        "time": clock(seen.time),
        "client": seen.client,
        "label": f"{seen.label} ({seen.action})" if seen.action in ("reject", "forbid") else seen.label,
        "rule": seen.rule,
        "why": f"failed with {seen.status}" if seen.failed and seen.status is not None else because,
        "tokens": "" if paid is None else f"{paid.input + paid.output:,}",
        "dollars": dollars(seen.dollars),
        "ms": answered,
    }


@dataclass
class Now:
    """The table of requests. `because` tells why a rule is there, by its place; `opened` shows a request."""

    watched: Watched
    because: Callable[[str], str]
    opened: Callable[[Seen], None]
    _shown: int = -1
    _paused: bool = False

    def build(self) -> None:
        """Make the elements."""
        with section("now", "Now"):
            self._waiting = ui.label().classes("quiet").props("role=status")
            ui.switch("Pause", on_change=lambda event: self._pause(event.value)).props("dense")
            self._table = requests_table("The newest requests", self._open)
        self.refresh()

    def _pause(self, paused: bool) -> None:
        self._paused = paused
        self.refresh()

    def _open(self, name: str) -> None:
        if (seen := self.watched.window.get(name)) is not None:
            self.opened(seen)

    def refresh(self) -> None:
        """Show what has changed."""
        window = self.watched.window
        if self._paused or self._shown == window.changes:
            return
        self._shown = window.changes
        self._waiting.set_text("" if len(window) else f"no request is recorded in {self.watched.followed.path} yet")
        self._table.rows = [row_of(seen, self.because(seen.rule)) for seen in window.newest(SHOWN)]

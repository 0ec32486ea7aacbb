"""The part of the page that shows requests as they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui

from ccproxy.live.colours import Colours
from ccproxy.live.elements import Text, clock, dollars, section
from ccproxy.live.rows import Column, Rows
from ccproxy.live.watched import Watched
from ccproxy.live.window import Seen

SHOWN = 50
"""Requests in the table."""
COLUMNS = (
    Column("time", "Time"),
    Column("label", "Label", "dotted"),
    Column("client", "Client"),
    Column("rule", "Rule"),
    Column("why", "Why", "rest"),
    Column("tokens", "Tokens", "number"),
    Column("dollars", "Dollars", "number"),
    Column("ms", "ms", "number"),
)


def row_of(seen: Seen, because: str, colour: str) -> dict[str, str]:
    """A request as a row of a table."""
    paid = seen.paid
    time, label = clock(seen.time), f"{seen.label} ({seen.action})" if seen.action in ("reject", "forbid") else seen.label
    return {
        "id": seen.id,
        "opens": f"Open the request of {time} to {label}",
        "colour": colour,
        "kind": "failed" if seen.failed else "",
        "time": time,
        "client": seen.client,
        "label": label,
        "rule": seen.rule,
        "why": f"failed with {seen.status}" if seen.failed and seen.status is not None else because,
        "tokens": "" if paid is None else f"{paid.input + paid.output:,}",
        "dollars": dollars(seen.dollars, 4),
        "ms": "" if seen.milliseconds is None else f"{seen.milliseconds:,.0f}",
    }


@dataclass
class Now:
    """The table of requests. `because` tells why the rule of a request is there; `opened` shows a request."""

    watched: Watched
    colours: Colours
    because: Callable[[Seen], str]
    opened: Callable[[Seen], None]
    _shown: int = -1
    _paused: bool = False

    def build(self) -> None:
        """Make the elements."""
        with section("now", "Now"):
            with ui.element("div").classes("beside-title"):
                ui.switch("Pause", on_change=lambda event: self._pause(event.value)).props("dense")
            self._waiting = Text("p", css="empty").props("role=status")
            self._table = Rows("The newest requests", COLUMNS, self._open).classes("requests")
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
        self._waiting.set_text("" if len(window) else "No request is recorded yet: each is shown here as soon as the proxy has decided it.")
        self._table.set_visibility(len(window) > 0)
        self._table.show([row_of(seen, self.because(seen), self.colours.of(seen.label)) for seen in window.newest(SHOWN)])

"""Builds the page for one browser that opens it."""

from __future__ import annotations

from importlib.resources import files

from nicegui import ui

from ccproxy.frozen import frozen
from ccproxy.live.elements import Text
from ccproxy.live.now import Now
from ccproxy.live.policy_on_disk import PolicyOnDisk
from ccproxy.live.request_dialog import RequestDialog
from ccproxy.live.watched import Watched

REFRESH_SECONDS = 0.5


@frozen
class Page:
    """What every browser's page shows."""

    watched: Watched
    policy: PolicyOnDisk

    async def watch(self) -> None:
        """Keep it up to date, until it is cancelled."""
        await self.watched.run()

    def build(self) -> None:
        """Make the elements of one page, and keep them up to date while a browser shows it."""
        ui.add_css(files("ccproxy.live").joinpath("style.css").read_text("utf-8"))
        self.policy.refresh()
        shown = Now(self.watched, self.policy.because, RequestDialog(lambda: self.policy.policy).open)
        with ui.element("header").classes("top"):
            Text("h1", "ccproxy live")
        with ui.element("main"):
            shown.build()
        ui.timer(REFRESH_SECONDS, shown.refresh)

"""Builds the page for one browser that opens it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from nicegui import ui

from ccproxy.frozen import frozen
from ccproxy.live.colours import Colours
from ccproxy.live.completer import Completer
from ccproxy.live.elements import Text, section
from ccproxy.live.findings_part import FindingsPart
from ccproxy.live.header import Header
from ccproxy.live.now import Now
from ccproxy.live.overview import Overview
from ccproxy.live.policy_draft import Draft
from ccproxy.live.policy_on_disk import PolicyOnDisk
from ccproxy.live.policy_part import PolicyPart
from ccproxy.live.request_dialog import open_request
from ccproxy.live.watched import Watched
from ccproxy.live.window import Seen
from ccproxy.policy import Policy
from ccproxy.replay.bill import Bill

REFRESH_SECONDS = 1.0
"""Seconds between looks at what has changed: the proxy of the same machine needs its processors more."""


@frozen
class Page:
    """What every browser's page shows; `new_draft` reads the policy to be edited, and raises OSError."""

    watched: Watched
    policy: PolicyOnDisk
    bill: Bill
    completer: Completer
    new_draft: Callable[[], Draft]

    async def watch(self) -> None:
        """Keep it up to date, until it is cancelled."""
        await self.watched.run()

    def complete(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What completes the text that an editor asks for. ValueError for a question that is none."""
        match asked:
            case {"text": str(text), "offset": int(offset)} if 0 <= offset <= 2 * len(text):
                return self.completer.complete(text, offset)
            case _:
                raise ValueError("a question has text and offset")

    def build(self) -> None:
        """Make the elements of one page, and keep them up to date while a browser shows it."""
        ui.add_css(files("ccproxy.live").joinpath("style.css").read_text("utf-8"))
        self.policy.refresh()
        labels = Colours()
        header, now = Header(self.watched), Now(self.watched, labels, self.policy.because, self._open)
        overview = Overview(self.watched, labels, Colours(), self.policy.because)
        header.build()
        with ui.element("div").classes("parts"):
            with ui.element("div").classes("column-of-parts"):
                overview.build_figures()
                now.build()
                overview.build_totals()
            with ui.element("div").classes("column-of-parts"):
                part = self._policy(labels)

        async def refresh() -> None:
            self.policy.refresh()
            header.refresh()
            overview.refresh()
            now.refresh()
            if part is not None:
                await part.refresh()

        ui.timer(REFRESH_SECONDS, refresh)
        if part is not None:
            ui.timer(0, part.connected, once=True)

    def _policy(self, labels: Colours) -> PolicyPart | None:
        """The editor and its findings; None where the policy can't be edited, which is said in their place."""
        try:
            draft = self.new_draft()
        except OSError as error:
            with section("policy", "Policy"):
                Text("p", f"{self.policy.path} can't be edited here: {(error.strerror or str(error)).lower()}", css="bad")
            return None
        part = PolicyPart(draft, self.watched.window, self.bill, self.policy.deciders, labels, self._open_by)
        part.build()
        findings = FindingsPart(draft.path, part.reveal)
        findings.build()
        part.found = findings.show
        return part

    def _open(self, seen: Seen) -> None:
        self._open_by(seen, self.policy.policy)

    def _open_by(self, seen: Seen, policy: Policy | None) -> None:
        open_request(seen, policy, self.policy.deciders)

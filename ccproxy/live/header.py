"""The head of the page: which proxy this is, and the policy that it has in force."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui

from ccproxy.live.elements import Text, clock, counted
from ccproxy.live.watched import Watched
from ccproxy.replay.recorded import moment
from ccproxy.service.status import Status


@dataclass
class Header:
    """What is known of the proxy, and what is wrong with it."""

    watched: Watched

    def build(self) -> None:
        """Make the elements."""
        with ui.element("header").classes("top"):
            Text("a", "Skip to the policy", css="skip").props("href=#policy")
            Text("h1", "ccproxy live")
            with ui.element("div").classes("proxy").props("role=status"):
                self._state = Text("span", css="pill")
                self._policy = Text("span")
            Text("p", str(self.watched.followed.path), css="quiet path")
        self._failed = Text("p", css="trouble").props("role=alert")
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now."""
        status = self.watched.status
        state, css = ("looking for the proxy", "") if status is None else _state(status)
        self._state.set_text(state)
        self._state.classes(replace=f"pill {css}")
        self._policy.set_text("" if status is None or not status.running else _in_force(status))
        problem = _trouble(self.watched.problem, status)
        self._failed.set_text(problem)
        self._failed.set_visibility(bool(problem))


def _state(status: Status) -> tuple[str, str]:
    """What the proxy does, and how that looks."""
    if not status.running:
        return "no proxy runs", ""
    where = f"{status.host}:{status.port}, {counted(status.workers, 'worker')}"
    return (f"running on {where}", "good") if status.healthy else (f"does not answer on {where}", "bad")


def _in_force(status: Status) -> str:
    told = [f"policy {(status.policy['sha256'] or 'unreadable')[:12]}"]
    if loaded := status.policy["loaded_at"]:
        told.append(f"in force since {clock(moment(loaded))}")
    if (at := status.reload["at"]) and not status.reload["error"]:
        told.append(f"last reload {clock(moment(at))}")
    return " \N{MIDDLE DOT} ".join(told)


def _trouble(problem: str | None, status: Status | None) -> str:
    if problem is not None:
        return f"The records can't be read: {problem}"
    failed = None if status is None else status.reload["error"]
    return f"The policy's last reload failed, and the one before it stays: {failed}" if failed else ""

"""The few elements of HTML that the page is made of, and how numbers are written in it."""

from __future__ import annotations

from datetime import datetime

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


class Text(TextElement):
    """An element with a text, which is never read as HTML."""

    def __init__(self, tag: str, text: str = "", *, css: str = "") -> None:
        super().__init__(tag=tag, text=text)
        if css:
            self.classes(css)


def section(name: str, title: str) -> ui.element:
    """A part of the page that is found by its heading; what is put into it comes below that."""
    found = ui.element("section").props(f'aria-labelledby="{name}-title"').classes(f"part {name}")
    with found:
        Text("h2", title).props(f'id="{name}-title"')
    return found


def dollars(amount: float | None) -> str:
    """Dollars: cents from one dollar on, else with four decimals; empty without any known."""
    if amount is None:
        return ""
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}" if abs(amount) >= 1 or not amount else f"{sign}${abs(amount):.4f}"


def clock(time: datetime | None) -> str:
    """The wall time here, to the second; with the day where that is another than today."""
    if time is None:
        return "no time"
    here = time.astimezone()
    return f"{here:%H:%M:%S}" if here.date() == datetime.now().astimezone().date() else f"{here:%Y-%m-%d %H:%M:%S}"


def counted(count: int, what: str) -> str:
    """`1 request`, `1,234 requests`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"

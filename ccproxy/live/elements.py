"""The few elements of HTML that the page is made of, and how numbers are written in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement


class Text(TextElement):
    """An element with a text, which is never read as HTML."""

    def __init__(self, tag: str, text: str = "", *, css: str = "") -> None:
        super().__init__(tag=tag, text=text)
        if css:
            self.classes(css)


def section(name: str, title: str) -> ui.element:
    """A part of the page that is found by its heading; what is put into it comes below that."""
    found = ui.element("section").props(f'id={name} tabindex=-1 aria-labelledby="{name}-title"').classes(f"part {name}")
    with found:
        Text("h2", title).props(f'id="{name}-title"')
    return found


def button(text: str, do: Callable[[], object], css: str = "button") -> Text:
    """A button of HTML's own."""
    found = Text("button", text, css=css).props("type=button")
    found.on("click", do)
    return found


@contextmanager
def opened(name: str, title: str) -> Iterator[ui.dialog]:
    """A dialog with a title and a button that closes it, opened with what the block puts into it; gone as soon as it is closed."""
    with ui.dialog().props(f'aria-labelledby="{name}"') as dialog, ui.card().classes("opened"):
        Text("h2", title).props(f"id={name}")
        yield dialog
        button("Close", dialog.close).props("autofocus")
    dialog.on("hide", dialog.delete)  # not before: what opened it gets the focus back as it is hidden
    dialog.open()


def pairs(told: Iterable[tuple[str, str]]) -> None:
    """A list of names with their values."""
    with ui.element("dl").classes("pairs"):
        for name, value in told:
            Text("dt", name)
            Text("dd", value)


class Sums(Element):
    """A row of few numbers, each under its name."""

    def __init__(self) -> None:
        super().__init__("dl")
        self.classes("sums")
        self._values: dict[str, Text] = {}

    def show(self, told: Mapping[str, str]) -> None:
        """Show these values by their names."""
        for name, value in told.items():
            if name not in self._values:
                with self, ui.element("div"):
                    Text("dt", name)
                    self._values[name] = Text("dd")
            self._values[name].set_text(value)


def dollars(amount: float | None, places: int | None = None) -> str:
    """Dollars with so many decimals, else in cents from one dollar on, and with four below; empty without any known."""
    if amount is None:
        return ""
    if places is None:
        places = 2 if abs(amount) >= 1 or not amount else 4
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{sign}${abs(amount):,.{places}f}"


def clock(time: datetime | None) -> str:
    """The wall time here, to the second; with the day where that is another than today."""
    if time is None:
        return "no time"
    here = time.astimezone()
    return f"{here:%H:%M:%S}" if here.date() == datetime.now().astimezone().date() else f"{here:%Y-%m-%d %H:%M:%S}"


def counted(count: int, what: str) -> str:
    """`1 request`, `1,234 requests`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"

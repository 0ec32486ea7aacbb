"""A table of texts, each row of which can have a button that opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from ccproxy.frozen import frozen


@frozen
class Column:
    """A column, and the key that its texts have in rows; `kind` sets numbers right, a dot in the row's `colour`
    before a text, and gives the `rest` of the width to one that is cut off where it is longer."""

    name: str
    label: str
    kind: Literal["text", "number", "dotted", "rest"] = "text"


class Rows(Element, component="rows.js"):
    """The table. A row is a mapping of texts that has an `id`; with `opened`, which gets that, also the name of its button as `opens`."""

    def __init__(self, name: str, columns: Sequence[Column], opened: Callable[[str], None] | None = None) -> None:
        super().__init__()
        self._props["name"] = name
        self._props["columns"] = [{"name": column.name, "label": column.label, "kind": column.kind} for column in columns]
        self._props["rows"] = []
        self._props["opens"] = opened is not None
        if opened is not None:

            def told(event: GenericEventArguments) -> None:
                opened(str(event.args))

            self.on("open", told)

    def show(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show these instead of the ones before."""
        if rows != self._props["rows"]:
            self._props["rows"] = rows
            self.update()

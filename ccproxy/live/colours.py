"""The colours of labels and rules on one page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

_COLOURS = ("#3b82d6", "#e69f00", "#0f9e73", "#cc79a7", "#7a5cc9", "#d55e00", "#4db3d3", "#9a8a1f")
"""After Okabe and Ito's, which people of any sight tell apart; on white and on black alike."""
OTHER = "#8b93a1"


@dataclass
class Colours:
    """Gives each name a colour that it keeps; those that come first, while there are any, have one to themselves."""

    _given: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """The colour of one."""
        return self._given.setdefault(name, _COLOURS[len(self._given) % len(_COLOURS)])

    def give(self, names: Iterable[str]) -> None:
        """Give each of these its colour, in this order."""
        for name in names:
            self.of(name)

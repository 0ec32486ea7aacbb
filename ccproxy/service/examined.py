"""What `doctor` finds."""

from __future__ import annotations

from enum import StrEnum

from ccproxy.frozen import frozen


class Level(StrEnum):
    """A problem keeps something from working, a warning may; a note is for your information; fine needs nothing."""

    PROBLEM = "problem"
    WARNING = "warning"
    NOTE = "note"
    FINE = "fine"


@frozen
class Finding:
    """One thing that was examined: its topic, what was found, and what to do, if anything."""

    level: Level
    about: str
    message: str
    advice: str = ""

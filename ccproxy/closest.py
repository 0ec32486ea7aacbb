"""Finds the known name that an unknown one was probably meant for."""

from __future__ import annotations

from collections.abc import Iterable


def closest(written: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name that is most like this one; None where none has this `likeness`, which is 1 for the same name."""
    from difflib import get_close_matches  # takes its time to import, and is needed only where something is wrong

    return next(iter(get_close_matches(written, known, 1, likeness)), None)

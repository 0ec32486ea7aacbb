"""Names files in messages."""

from __future__ import annotations

from pathlib import Path

from ccproxy.source import Source


class Names:
    """What files are called in messages: as they were named; includes from the current folder if they are below it."""

    def __init__(self) -> None:
        self._folder = Path.cwd()

    def __call__(self, source: Source) -> str:
        """The name of a source."""
        if source.path is None:
            return source.name
        if source.path.is_relative_to(self._folder):
            return str(source.path.relative_to(self._folder))
        return str(source.path)

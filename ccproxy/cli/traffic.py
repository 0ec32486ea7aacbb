"""Tells what of recorded traffic could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccproxy.cli.output import say
from ccproxy.render.recorded_traffic import counted

if TYPE_CHECKING:
    from ccproxy.replay.sources import Sources


def tell_unread(found: Sources) -> None:
    """The files that were not read, and why."""
    for name, why in found.unread:
        say(f"ccproxy: {name} is not read: {why}", err=True)


def tell_skipped(found: Sources) -> None:
    """The lines and records that were not read, and why."""
    skipped = found.skipped
    if skipped.lines:
        say(f"ccproxy: {counted(skipped.lines, 'line')} could not be read", err=True)
    for why, count in skipped.kinds.most_common():
        say(f"ccproxy: skipped {count:,}: {why}", err=True)

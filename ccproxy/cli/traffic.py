"""Opens recorded traffic, and tells what of it could not be read."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ccproxy.cli.arguments import STDIN
from ccproxy.cli.output import say
from ccproxy.render.recorded_traffic import counted

if TYPE_CHECKING:
    from ccproxy.replay.sources import Sources


@contextmanager
def recorded(paths: Sequence[Path]) -> Iterator[Sources]:
    """The sources at these paths. Standard input is copied to a file that only its owner can read, since it is read more than once."""
    from ccproxy.replay.sources import Sources

    if STDIN not in paths:
        yield Sources(paths)
        return
    with _ending_in_order(), TemporaryDirectory(prefix="ccproxy-") as folder:
        copy = Path(folder, "<stdin>")  # the name by which messages and examples tell it
        with copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield Sources([copy if path == STDIN else path for path in paths])


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Whoever ends the command meanwhile leaves no copy behind."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    numbers = [signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if name in signal.Signals.__members__]
    ending = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]  # nohup's stays ignored
    for number in ending:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ending:
            signal.signal(number, signal.SIG_DFL)


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

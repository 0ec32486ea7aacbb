"""Suggests known names for an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

from ccproxy.closest import closest
from ccproxy.frozen import frozen


@frozen
class Meant:
    """The names that an unknown one may have been meant for: a close one, or all of its family. As text it is a hint."""

    names: tuple[str, ...]
    is_close: bool

    def __str__(self) -> str:
        return f"did you mean {self.names[0]}?" if self.is_close else f"write one of {', '.join(self.names)}"


def names_meant(written: str, names: Iterable[str], others: Iterable[str] = ()) -> Meant | None:
    """The name in `names` (dotted ones too) or `others` that is close to this one; else the names of its family; else None."""
    names = list(names)
    family, _, last = written.partition(".")
    members = {name.removeprefix(f"{family}."): name for name in names if name.startswith(f"{family}.")}
    known = [*names, *others]
    # that they share the family makes names no closer: agent.kind is as far from agent.id as kind is from id
    similar = members.get(closest(last, members, 0.75) or "") if members else closest(written, known)
    close = next((name for name in known if sorted(name) == sorted(written)), similar)
    if close:
        return Meant((close,), is_close=True)
    return Meant(tuple(name for name in names if name == family or name in members.values()), is_close=False) if members else None

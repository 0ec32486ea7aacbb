"""Knows the values of conversations again: of a next turn, only what is new is hashed.

A hash reads every byte, and so does a comparison, but in a quarter of the time; what is compared are copies, since whoever sent a
request goes on with its objects. Two values that compare equal may still count differently: `1 == True == 1.0`, and a call's input is
counted with its keys in their order. Those parts are `loose`, and are compared as `marshal` writes them.
"""

from __future__ import annotations

import marshal
from collections import OrderedDict
from collections.abc import Callable, Sequence
from sys import getsizeof
from threading import Lock
from typing import Any

from ccproxy.facts.counting.opened import Key
from ccproxy.facts.values import Json

FEWEST = 8
"""Values that make a conversation worth knowing."""
BEGINNING = 3
"""The values at its beginning that a conversation is found by."""
MOST_LOOSE = 50
"""Loose parts of one value that are compared each by itself; with more, the value is compared as a whole."""

_WRITTEN_BY_CALLS = ("input", "arguments")
_FORMAT = 2
"""The version of the format in which equal values are written alike."""

Path = tuple[Any, ...]


class _Conversation:
    """The values of a conversation, their keys, what is loose in them as `marshal` writes it, and what each takes in memory."""

    def __init__(self) -> None:
        self.values: list[Json] = []
        self.keys: list[Key | None] = []
        self.loose: list[tuple[Path, bytes]] = []
        self.sizes: list[int] = []
        self.bytes = 0

    def count(self, values: list[Json]) -> int:
        """How many of these values are the same here, from the beginning on."""
        known, most = self.values, min(len(self.values), len(values))
        same = most
        if (known if most == len(known) else known[:most]) != (values if most == len(values) else values[:most]):
            same = next(at for at in range(most) if known[at] != values[at])
        for path, written in self.loose:
            index: int = path[0]
            if index >= same:  # they stand in the order of the values
                break
            if marshal.dumps(_at(values, path), _FORMAT) != written:
                return index
        return same

    def keep(self, count: int) -> None:
        """Forget all but so many values."""
        self.bytes -= sum(self.sizes[count:])
        del self.values[count:], self.keys[count:], self.sizes[count:]
        while self.loose and self.loose[-1][0][0] >= count:
            self.loose.pop()

    def add(self, value: Json, key: Key | None) -> None:
        """Know a value that comes next. Raises RecursionError for one that is nested too deep, ValueError for one that is no JSON."""
        copied = _Copied(value, len(self.values))
        self.values.append(copied.value)
        self.keys.append(key)
        self.loose += copied.loose
        self.sizes.append(copied.bytes)
        self.bytes += copied.bytes


class _Copied:
    """A copy of a value, but for its texts; what is loose in it, with the index of the value first in the paths; and its bytes."""

    def __init__(self, value: Json, index: int) -> None:
        self.bytes = 0
        loose: list[Path] = []
        self.value = self._copy(value, (index,), loose)
        paths = loose if len(loose) <= MOST_LOOSE else [(index,)]
        self.loose = [(path, marshal.dumps(_at(self.value, path[1:]), _FORMAT)) for path in paths]
        self.bytes += sum([getsizeof(path) + getsizeof(written) for path, written in self.loose])

    def _copy(self, value: Json, path: Path, loose: list[Path] | None) -> Json:
        """Notes the paths of what is loose; no `loose`: all of this is, and its path is noted already."""
        self.bytes += getsizeof(value)
        kind = type(value)
        if kind is dict:
            copy = {}
            for key, child in value.items():
                inner = loose
                if loose is not None and key in _WRITTEN_BY_CALLS and type(child) is not str:
                    loose.append((*path, key))
                    inner = None
                copy[key] = self._copy(child, (*path, key), inner)
            return copy
        if kind is list:
            return [self._copy(child, (*path, index), loose) for index, child in enumerate(value)]
        if loose is not None and kind is not str and value is not None:
            loose.append(path)
        return value


class Conversations:
    """What came last of each conversation, as it was; beyond so many bytes, what was not seen for the longest is forgotten.

    Safe to use from many threads.
    """

    def __init__(self, most_bytes: int) -> None:
        self.bytes = 0
        self._most_bytes = most_bytes
        self._known: OrderedDict[Key, _Conversation] = OrderedDict()
        self._lock = Lock()

    def keys(self, values: list[Json], key_of: Callable[[Json], Key | None]) -> list[Key | None]:
        """The keys of a conversation's values, by `key_of` where they are not known again."""
        beginning = key_of(values[:BEGINNING]) if len(values) >= FEWEST and self._most_bytes else None
        if beginning is None:
            return [key_of(value) for value in values]
        known = self._take(beginning)
        try:
            same = known.count(values)
            if same < len(values):
                known.keep(same)
                for value in values[same:]:
                    known.add(value, key_of(value))
        except (RecursionError, ValueError):
            return [key_of(value) for value in values]
        keys = known.keys[: len(values)]  # before another thread has it
        self._give(beginning, known)
        return keys

    def _take(self, beginning: Key) -> _Conversation:
        """What is known of a conversation, for this thread alone: for others it is a new one meanwhile."""
        with self._lock:
            known = self._known.pop(beginning, None)
            self.bytes -= known.bytes if known else 0
            return known or _Conversation()

    def _give(self, beginning: Key, known: _Conversation) -> None:
        with self._lock:
            before = self._known.pop(beginning, None)
            self.bytes += known.bytes - (before.bytes if before else 0)
            self._known[beginning] = known
            while self.bytes > self._most_bytes:
                self.bytes -= self._known.popitem(last=False)[1].bytes


def _at(value: Json, path: Sequence[Any]) -> Json:
    for name in path:
        value = value[name]
    return value

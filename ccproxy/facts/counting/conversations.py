"""Knows the values of conversations again: of a next turn, only what is new is hashed, and looked up.

A hash reads every byte, and so does a comparison, but in a quarter of the time; what is compared are copies, since whoever sent a
request goes on with its objects. Two values that compare equal may still count differently: `1 == True == 1.0`, and a call's input is
counted with its keys in their order. Those parts are `loose`, and are compared as `marshal` writes them.
"""

from __future__ import annotations

import marshal
from collections import OrderedDict
from collections.abc import Callable
from functools import reduce
from operator import getitem
from sys import getsizeof
from threading import Lock
from typing import Any

from ccproxy.facts.counting.opened import Bounds, Key
from ccproxy.facts.values import Json

FEWEST = 8
"""Values that make a conversation worth knowing."""
BEGINNING = 3
"""The values at its beginning that a conversation is found by."""
MOST_LOOSE = 50
"""Loose parts of one value that are compared each by itself; with more, the value is compared as a whole."""

_WRITTEN_BY_CALLS = ("input", "arguments")
_FORMAT = 2
"""The version of the format in which equal values are written alike, and a list as its elements, one after the other, behind a head."""
_HEAD = len(marshal.dumps([], _FORMAT))
_WORDS = {word: word for word in ("user", "assistant", "system", "text", "tool_use", "tool_result", "thinking", "function", "ephemeral")}
"""Texts that stand in nearly every value: copies share them, as a comparison waits for all memory that was not read just now."""
_LONG = 12
"""Characters that none of them has."""

Path = tuple[Any, ...]
Found = tuple[Json, Key | None, Bounds | None]
"""A value, its key, and what is kept under that."""


class _Conversation:
    """The values of a conversation, their keys and tokens (None until those are counted for good), those of all together; the paths of
    what is loose in them, and how `marshal` writes it; what each value takes in memory."""

    def __init__(self) -> None:
        self.values: list[Json] = []
        self.keys: list[Key | None] = []
        self.tokens: list[int | None] = []
        self.total = 0
        self.uncounted: list[int] = []
        self.loose: list[Path] = []
        self.written: list[bytes] = []
        self.sizes: list[int] = []
        self.bytes = 0

    def count(self, values: list[Json]) -> int:
        """How many of these values are the same here, from the beginning on."""
        known, most = self.values, min(len(self.values), len(values))
        same = most
        if (known if most == len(known) else known[:most]) != (values if most == len(values) else values[:most]):
            same = next(at for at in range(most) if known[at] != values[at])
        loose = self.loose
        if loose and loose[-1][0] >= same:
            loose = [path for path in loose if path[0] < same]
        found = [reduce(getitem, path, values) for path in loose]
        # all at once: a call for each takes three times as long
        if marshal.dumps(found, _FORMAT)[_HEAD:] != b"".join(self.written[: len(found)]):
            written = [marshal.dumps(value, _FORMAT) for value in found]
            same = next(path[0] for path, one, other in zip(loose, written, self.written, strict=False) if one != other)
        return same

    def keep(self, count: int) -> None:
        """Forget all but so many values."""
        if count == len(self.values):
            return
        self.bytes -= sum(self.sizes[count:])
        self.total -= sum(filter(None, self.tokens[count:]))
        del self.values[count:], self.keys[count:], self.tokens[count:], self.sizes[count:]
        self.uncounted = [at for at in self.uncounted if at < count]
        self.loose = [path for path in self.loose if path[0] < count]
        del self.written[len(self.loose) :]

    def add(self, value: Json, key: Key | None) -> None:
        """Know a value that comes next. Raises RecursionError for one that is nested too deep, ValueError for one that is no JSON."""
        at = len(self.values)
        copied = _Copied(value, at)
        self.values.append(copied.value)
        self.keys.append(key)
        self.tokens.append(None)
        self.uncounted.append(at)
        self.loose += copied.loose
        self.written += copied.written
        self.sizes.append(copied.bytes)
        self.bytes += copied.bytes

    def look_up(self, values: list[Json], kept: Callable[[list[Key | None]], list[Bounds | None]]) -> tuple[int, list[Found]]:
        """The tokens of these values, which are the first that are known here, as far as they are counted for good; and the others."""
        count, rest = len(values), []
        uncounted = [at for at in self.uncounted if at < count]
        for at, bounds in zip(uncounted, kept([self.keys[at] for at in uncounted]), strict=True):
            if bounds is not None and bounds[0] == bounds[1]:
                self.tokens[at] = bounds[0]
                self.total += bounds[0]
            else:
                rest.append((values[at], self.keys[at], bounds))
        if len(rest) < len(uncounted):
            self.uncounted = [at for at in self.uncounted if self.tokens[at] is None]
        return self.total - sum(filter(None, self.tokens[count:])), rest


class _Copied:
    """A copy of a value, but for its texts; what is loose in it, with the index of the value first in the paths, and how `marshal` writes
    that; and its bytes."""

    def __init__(self, value: Json, index: int) -> None:
        self.bytes = 0
        loose: list[Path] = []
        self.value = self._copy(value, (index,), loose)
        paths = loose if len(loose) <= MOST_LOOSE else [(index,)]
        self.loose = paths
        self.written = [marshal.dumps(reduce(getitem, path[1:], self.value), _FORMAT) for path in paths]
        self.bytes += sum(map(getsizeof, [*self.loose, *self.written]))

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
        return _WORDS.get(value, value) if kind is str and len(value) < _LONG else value


class Conversations:
    """What came last of each conversation, as it was; beyond so many bytes, what was not seen for the longest is forgotten.

    Safe to use from many threads.
    """

    def __init__(self, most_bytes: int) -> None:
        self.bytes = 0
        self._most_bytes = most_bytes
        self._known: OrderedDict[Key, _Conversation] = OrderedDict()
        self._lock = Lock()

    def look_up(
        self, values: list[Json], key_of: Callable[[Json], Key | None], kept: Callable[[list[Key | None]], list[Bounds | None]]
    ) -> tuple[int, list[Found]]:
        """The tokens of those of a conversation's values that are counted for good; and the others, in their order.

        `key_of` is asked for the keys of those that are not known again, `kept` for what is kept under some keys.
        """
        beginning = key_of(values[:BEGINNING]) if len(values) >= FEWEST and self._most_bytes else None
        if beginning is None:
            return _looked_up(values, key_of, kept)
        known = self._take(beginning)
        try:
            same = known.count(values)
            if same < len(values):
                known.keep(same)
                for value in values[same:]:
                    known.add(value, key_of(value))
        except (RecursionError, ValueError):
            return _looked_up(values, key_of, kept)
        found = known.look_up(values, kept)  # before another thread has it
        self._give(beginning, known)
        return found

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


def _looked_up(
    values: list[Json], key_of: Callable[[Json], Key | None], kept: Callable[[list[Key | None]], list[Bounds | None]]
) -> tuple[int, list[Found]]:
    """The values of what is no conversation that is known."""
    keys = [key_of(value) for value in values]
    return 0, list(zip(values, keys, kept(keys), strict=True))

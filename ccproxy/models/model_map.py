"""Finds the entries of LiteLLM's model map, the JSON that its wheel ships, without importing LiteLLM or decoding the whole file."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from functools import cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Final

from ccproxy.frozen import frozen, mutable
from ccproxy.regular_files import is_file

Entry = Mapping[str, Any]
"""What the map says of one model: LiteLLM's field names, fractions as exact decimals."""

_FILE: Final = "model_prices_and_context_window_backup.json"
_START: Final = rb'\},\n    "([^"\\]+)": \{'
"""Where an entry starts, but for the first, LiteLLM's sample: every entry stands at the file's first level."""
_BLOCK: Final = 65_536
_LONGEST_NAME: Final = 500
"""Bytes of a block in which entries are looked for, and of an entry's start, which may reach into the next."""
_FEW: Final = 24
"""Up to this many names are looked for together; the places of all are found faster than those of more."""
_RULES: Final = "fallback_generalizations"
_VERSION: Final = r"litellm-(\d+)\.(\d+)\..*\.dist-info"
_FILLED_MODES: Final = ("chat", "responses")


def find_map() -> Path | None:
    """The map of the installed LiteLLM; None without one."""
    spec = importlib.util.find_spec("litellm")
    folders = spec.submodule_search_locations if spec is not None else None
    path = Path(folders[0], _FILE) if folders else None
    return path if path is not None and is_file(path) else None


@frozen
class _Rule:
    """What LiteLLM says of models whose name has a pattern.

    `route` is the provider of a name without a prefix, and then there is no more; `fills` are the providers whose own entries it fills up.
    """

    pattern: str
    info: Entry
    route: str | None
    fills: tuple[str, ...]

    def is_about(self, name: str) -> bool:
        """Whether a name has the pattern, which is compiled here: most rules are of providers that nobody asks for."""
        return re.search(self.pattern, name, re.IGNORECASE) is not None


@mutable
class ModelMap:
    """The map by the name of its entries, which `path` is read from; an entry is decoded when it is asked for.

    `sought` are names that will be asked for: where they are few, and no other is asked for, not all names are read.
    """

    text: bytes | mmap
    path: Path | None = None
    sought: Collection[str] = ()
    _decoded: dict[str, Entry] = field(default_factory=dict)
    _filled: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | None) -> ModelMap:
        """Read a map; one that isn't there or can't be read is empty."""
        try:
            return cls(path.read_bytes(), path) if path is not None else cls(b"")
        except OSError:
            return cls(b"")

    @classmethod
    def mapped(cls, path: Path | None, sought: Collection[str] = ()) -> ModelMap:
        """As `read`, for a process that ends soon: nothing is copied, so nobody may shorten the file meanwhile."""
        try:
            with open(path or os.devnull, "rb") as file:
                return cls(mmap(file.fileno(), 0, access=ACCESS_READ), path, sought)
        except (OSError, ValueError):  # nothing can be mapped of an empty file
            return cls(b"")

    @cached_property
    def release(self) -> tuple[int, int] | None:
        """The installed LiteLLM's, major and minor, if the map is one that it ships: pip writes it beside."""
        others = self.path.parent.parent.glob("litellm-*.dist-info") if self.path is not None else ()
        found = (re.fullmatch(_VERSION, other.name) for other in others)
        return next(((int(match[1]), int(match[2])) for match in found if match), None)

    def key(self, name: str) -> str | None:
        """The name of the entry that LiteLLM finds by this name, which disregards case where none has exactly it."""
        lower = name.lower()
        if (keys := self._found.get(lower)) is not None:
            return name if name in keys else next(reversed(keys), None)
        if name.encode(errors="surrogatepass") in self._blocks:
            return name
        return self._by_lower[lower] if f"\n{lower}\n" in self._lower else None

    def entry(self, key: str) -> Entry:
        """The entry of a key."""
        if key not in self._decoded:
            self._decoded[key] = self._decode(key)
        return self._decoded[key]

    def filled(self, key: str) -> Entry:
        """The entry of a key, with what LiteLLM's rules fill in where it says nothing."""
        if key not in self._filled:
            self._filled[key] = self._fill(key)
        return self._filled[key]

    def _fill(self, key: str) -> Entry:
        entry = self.entry(key)
        if entry.get("mode", "chat") not in _FILLED_MODES:
            return entry
        provider = entry.get("litellm_provider")
        filling = [rule for rule in self._rules if rule.route is None and provider in rule.fills and not rule.info.keys() <= entry.keys()]
        return {field: value for rule in filling if rule.is_about(key) for field, value in rule.info.items()} | dict(entry)

    def ruled(self, name: str) -> Entry | None:
        """What LiteLLM's rules say of a model without an entry; None if no rule is about it."""
        found = [rule.info for rule in self._rules if rule.route is None and rule.is_about(name)]
        return {field: value for info in found for field, value in info.items()} if found else None

    def route(self, name: str) -> str | None:
        """The provider to which LiteLLM's rules send a model without a prefix."""
        return next((rule.route for rule in self._rules if rule.route is not None and rule.is_about(name)), None)

    def __iter__(self) -> Iterator[str]:
        """The keys, in order."""
        return (key.decode() for key in self._blocks)

    @cached_property
    def _found(self) -> Mapping[str, dict[str, int]]:
        """Of the names that are sought, in lower case, the keys that they find, and where each stands; empty where the file has none."""
        found: dict[str, dict[str, int]] = {name.lower(): {} for name in self.sought if name.isascii() and name.lower() != _RULES}
        if not 0 < len(found) <= _FEW:
            return {}
        names = "|".join(map(re.escape, found)).encode()
        for match in re.finditer(rb'\},\n    "(%s)": \{' % names, self.text, re.IGNORECASE):
            key = match[1].decode()
            found[key.lower()][key] = match.start()
        return found if any(found.values()) else {}

    @cached_property
    def _blocks(self) -> Mapping[bytes, int]:
        """Of each key where the block of the file starts in which its entry does. The very places of all would take half as long again."""
        found: dict[bytes, int] = {}
        entry = re.compile(_START)
        for start in range(0, len(self.text), _BLOCK):
            found.update(dict.fromkeys(entry.findall(self.text, start, start + _BLOCK + _LONGEST_NAME), start))
        if not found and self.text:  # written in another way: decoded as a whole
            self._decoded.update(_decode_whole(self.text[:]))
            return {key.encode(): 0 for key in self._decoded}
        found.pop(_RULES.encode(), None)
        return found

    @cached_property
    def _lower(self) -> str:
        """All keys in lower case, each between line ends."""
        return b"\n".join((b"", *self._blocks, b"")).decode().lower()

    @cached_property
    def _by_lower(self) -> Mapping[str, str]:
        return {key.lower(): key for key in self}

    @cached_property
    def _rules(self) -> tuple[_Rule, ...]:
        block = self._decode_at(self.text.rfind(f'"{_RULES}": {{'.encode()))
        return tuple(rule for entry in block.get("rules", ()) for rule in _rules_of(entry))

    def _decode(self, key: str) -> Entry:
        start = self._found.get(key.lower(), {}).get(key)
        if start is not None:
            return self._decode_at(start)
        name = key.encode()
        start = self._blocks[name]
        return self._decode_at(self.text.rfind(b'\n    "%s": {' % name, start, start + _BLOCK + _LONGEST_NAME))

    def _decode_at(self, start: int) -> Entry:
        if start < 0:
            return {}
        start, end = self.text.find(b"{", start), self.text.find(b"\n    }", start)
        try:
            found = json.loads(self.text[start : end + 6], parse_float=Decimal)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def _decode_whole(text: bytes) -> Mapping[str, Entry]:
    try:
        found = json.loads(text, parse_float=Decimal)
    except ValueError:
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    return {key: entry for key, entry in entries if isinstance(entry, dict) and key != _RULES}


def _rules_of(entry: Any) -> Iterator[_Rule]:
    """A rule that names a provider beside more is both kinds."""
    pattern, info = entry.get("pattern"), entry.get("model_info")
    if not isinstance(pattern, str) or not isinstance(info, dict):
        return
    provider = info.get("litellm_provider")
    if isinstance(provider, str):
        yield _Rule(pattern, {}, provider, ())
    if provider is None or len(info) > 1:
        yield _Rule(pattern, info, None, tuple(entry.get("fill_missing_for_providers", ())))

"""Keeps how YAML texts are built, so that a command finds their nodes and values without importing PyYAML, a tenth of its time.

A file of the cache holds no word of the text, no key and no address: only which kinds of nodes start and end at which of its characters.
It is named by the hash of the text, so one that is found is of that very text.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.util import source_hash
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast

from ccproxy.frozen import frozen
from ccproxy.private_files import FOLDER_MODE, make_folder, make_own_folder, read_text, write_whole
from ccproxy.source import Source
from ccproxy.yaml_nodes import TAG, Node, is_mapping, is_scalar, is_sequence

FORM: Final = 1
"""To be raised whenever another structure or another value is read from the same text."""
MOST_FILES: Final = 50
MOST_NUMBERS: Final = 100_000
"""Of a text, four for each of its nodes."""
_SEQUENCE, _MAPPING, _FIRST_SCALAR = range(3)
_SCALARS: Final[Mapping[str, Callable[[str], Any]]] = {
    f"{TAG}str": str,
    f"{TAG}null": lambda text: None,
    f"{TAG}bool": lambda text: text.lower() in ("yes", "true", "on"),
    f"{TAG}int": int,
    f"{TAG}float": float,
}
"""Of each tag that is kept what makes a value of the text; where PyYAML makes another, the text is not kept."""
_TAGS: Final = (f"{TAG}seq", f"{TAG}map", *_SCALARS)


@frozen
class _Mark:
    index: int


@frozen
class _Node:
    """A node as PyYAML has it, and what it makes of it."""

    id: str
    tag: str
    value: Any
    start_mark: _Mark
    end_mark: _Mark
    made: Any


def node_of(source: Source, cache: Path | None = None) -> Node | None:
    """The node of a whole text, of the cache in this folder if it is kept there; None where there is nothing in it. Raises NotYamlError."""
    kept = YamlCache(cache).find(source) if cache is not None else None
    if kept is not None:
        return kept
    from ccproxy.yaml_reader import compose  # takes its time to import

    root: Any = compose(source)
    if cache is not None and root is not None:
        YamlCache(cache).keep(source, root)
    return cast("Node | None", root)


def value_of(node: Any) -> Any:
    """What YAML makes of a node. ValueError where it makes nothing of it."""
    if isinstance(node, _Node):
        return node.made
    from yaml import YAMLError

    from ccproxy.yaml_reader import construct

    try:
        return construct(node)
    except YAMLError as error:
        raise ValueError("the value is not what its tag says, or has too many digits") from error


class YamlCache:
    """The texts that are kept in a folder, which is made when the first is. Where that is not its user's alone, none is found or kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, source: Source) -> Node | None:
        """The node of a whole text; None where it is not kept."""
        try:
            if not self._usable:
                return None
            return _read(source.text, list(map(int, read_text(self._path(source)).split(","))))
        except (OSError, ValueError):
            return None

    def keep(self, source: Source, root: Node) -> None:
        """Keep how a text is built, where that can be told by the places of its nodes: not of one with escapes, blocks or other types.

        Nor of one whose merge keys are to be resolved: `root` is as it was composed, since not all readers of a text resolve them.
        """
        if os.name != "posix":
            return
        with suppress(OSError, ValueError):
            numbers = list(islice(_numbers(source.text, root), MOST_NUMBERS + 1))
            if len(numbers) > MOST_NUMBERS:
                return
            node = _read(source.text, numbers)
            if repr(node.made) != repr(value_of(root)) or not _same(node, root):
                return
            make_folder(self._folder.parent)
            make_own_folder(self._folder)
            if self._usable:
                write_whole(self._path(source), ",".join(map(str, numbers)), durable=False)
                self._clear()

    @property
    def _usable(self) -> bool:
        """Whether the folder is there, and its user's alone."""
        if os.name != "posix":
            return False
        found = self._folder.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o777 & ~FOLDER_MODE

    def _path(self, source: Source) -> Path:
        return self._folder / f"yaml{FORM}-{source_hash(source.text.encode()).hex()}.txt"

    def _clear(self) -> None:
        """Leave the newest files; one that was being written when its process ended is a file like another."""
        files = (*self._folder.glob("yaml*.txt"), *self._folder.glob(".yaml*.tmp"))
        for path in sorted(files, key=lambda path: path.lstat().st_mtime_ns)[:-MOST_FILES]:
            path.unlink()


def _numbers(text: str, node: Node) -> Iterator[int]:
    """Of each node its kind, where it starts and ends, and how many entries it has, or characters of quotes. ValueError at another kind."""
    yield from (_TAGS.index(node.tag), node.start_mark.index, node.end_mark.index)
    if is_scalar(node):
        yield int(text[node.start_mark.index : node.end_mark.index] != node.value)
        return
    yield len(node.value)
    for entry in node.value:
        for child in entry if is_mapping(node) else (entry,):
            yield from _numbers(text, child)


def _read(text: str, numbers: list[int]) -> _Node:
    """What `_numbers` tells of a text. ValueError where that can't be of it."""
    if min(numbers) < 0:
        raise ValueError("no places")
    nodes = zip(numbers[::4], numbers[1::4], numbers[2::4], strict=False)
    if sum(abs(end - start) for kind, start, end in nodes if kind >= _FIRST_SCALAR) > len(text):  # aliases: each would be a copy
        raise ValueError("more than there is of this text")
    rest = iter(numbers)
    try:
        root = _node(text, rest)
    except (StopIteration, RecursionError, IndexError, TypeError) as error:
        raise ValueError("not of this text") from error
    if next(rest, None) is not None:
        raise ValueError("too many numbers")
    return root


def _node(text: str, numbers: Iterator[int]) -> _Node:
    kind, start, end, more = next(numbers), next(numbers), next(numbers), next(numbers)
    if not start <= end <= len(text):
        raise ValueError("not within the text")
    tag, marks = _TAGS[kind], (_Mark(start), _Mark(end))
    if kind == _SEQUENCE:
        nodes = [_node(text, numbers) for _ in range(more)]
        return _Node("sequence", tag, nodes, *marks, [node.made for node in nodes])
    if kind == _MAPPING:
        pairs = [(_node(text, numbers), _node(text, numbers)) for _ in range(more)]
        made = {key.made: value.made for key, value in pairs}
        if len(made) < more:  # `keep` could not compare the value that is lost
            raise ValueError("a key comes twice")
        return _Node("mapping", tag, pairs, *marks, made)
    if start + more > end - more:
        raise ValueError("more quotes than text")
    value = text[start + more : end - more]
    return _Node("scalar", tag, value, *marks, _SCALARS[tag](value))


def _same(one: Node, other: Node) -> bool:
    """Whether two nodes are read alike."""
    if (one.tag, one.start_mark.index, one.end_mark.index) != (other.tag, other.start_mark.index, other.end_mark.index):
        return False
    if is_scalar(one) or is_scalar(other):
        return is_scalar(one) and is_scalar(other) and bool(one.value == other.value)
    if is_sequence(one) is not is_sequence(other) or len(one.value) != len(other.value):
        return False
    pairs = zip(one.value, other.value, strict=True)
    if is_sequence(one):
        return all(_same(*pair) for pair in pairs)
    return all(_same(key, other_key) and _same(value, other_value) for (key, value), (other_key, other_value) in pairs)

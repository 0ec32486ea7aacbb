"""Nodes of YAML texts, which know where they stand: PyYAML's, or those that `yaml_cache` makes without importing it."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path
from typing import Any, Protocol, TypeGuard

from ccproxy.regular_files import read_regular
from ccproxy.source import Source, Span

MAX_YAML = 16_777_216
"""Bytes of a file."""
LONGEST_TOLD = 60
"""Characters of a text that a message quotes."""
TAG = "tag:yaml.org,2002:"
"""What the tags of YAML's own types start with."""


class Node(Protocol):
    """A value or a key: `value` is a text, a list of nodes, or one of pairs of nodes. Marks have an `index`, in code points."""

    @property
    def tag(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def start_mark(self) -> Any: ...
    @property
    def end_mark(self) -> Any: ...


class NotYamlError(Exception):
    """A text that is no YAML: why, and where."""

    def __init__(self, span: Span, why: str) -> None:
        super().__init__(f"this is not YAML: {why}")
        self.span = span


def read_yaml_file(path: Path) -> bytes:
    """The bytes of a file. OSError where it is not there, no regular file, or has more than `MAX_YAML`."""
    return read_regular(path, MAX_YAML)


def read_yaml_text(path: Path) -> str:
    """The text of a file, as `read_yaml_file` reads it. UnicodeDecodeError where it is not UTF-8."""
    return read_yaml_file(path).removeprefix(BOM_UTF8).decode()


def is_scalar(node: Node | None) -> TypeGuard[Node]:
    """Whether there is a node, and its value is a text."""
    return _id(node) == "scalar"


def is_text(node: Node | None) -> TypeGuard[Node]:
    """Whether there is a node, and YAML reads its value as the text that it is."""
    return is_scalar(node) and node.tag == f"{TAG}str"


def is_sequence(node: Node | None) -> TypeGuard[Node]:
    """Whether there is a node, and its value is a list of nodes."""
    return _id(node) == "sequence"


def is_mapping(node: Node | None) -> TypeGuard[Node]:
    """Whether there is a node, and its value is a list of keys and values."""
    return _id(node) == "mapping"


def is_null(node: Node) -> bool:
    """Whether nothing is written there, or null."""
    return node.tag == f"{TAG}null"


def span_of(source: Source, node: Node) -> Span:
    """Where a node stands: a scalar whole, of anything longer the first line."""
    start, end = node.start_mark.index, node.end_mark.index
    line_end = source.text.find("\n", start)
    return Span(source, start, min(end, line_end) if line_end >= 0 else end)


def place_in(source: Source, scalar: Node, offset: int) -> Span:
    """Where the character `offset` characters into a scalar's value stands; the scalar whole where it is not written as it reads."""
    whole = span_of(source, scalar)
    start = whole.text.find(scalar.value)
    return whole if start < 0 else Span(source, whole.start + start + offset, whole.start + start + offset + 1)


def kind_of(node: Node) -> str:
    """What a node is, to stand behind "not"; of a long text its beginning."""
    if is_scalar(node):
        text = node.value if len(node.value) <= LONGEST_TOLD else f"{node.value[: LONGEST_TOLD - 1]}…"
        return "nothing" if not text or is_null(node) else repr(text)
    return "a list" if is_sequence(node) else "a mapping"


def _id(node: Node | None) -> object:
    # PyYAML's have it, but its stubs don't say so
    return getattr(node, "id", None)

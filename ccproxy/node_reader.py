"""Reads the nodes of YAML files whose keys are known.

Everything wrong with a file is told at once, each problem at its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ccproxy.closest import closest
from ccproxy.frozen import mutable
from ccproxy.source import Problem, Source, Span
from ccproxy.yaml_cache import node_of, value_of
from ccproxy.yaml_nodes import Node, NotYamlError, is_mapping, is_null, is_scalar, kind_of, span_of

_NONE: Mapping[str, str] = MappingProxyType({})


@mutable
class Reader:
    """Reads the nodes of one file, and keeps what is wrong with them."""

    source: Source
    problems: list[Problem] = field(default_factory=list)

    def root(self, cache: Path | None = None) -> Node | None:
        """The node of the whole file, of the cache in this folder if it is kept there; None where there is nothing in it, or no YAML."""
        try:
            return node_of(self.source, cache)
        except NotYamlError as error:
            self.problems.append(Problem(error.span, str(error)))
        return None

    def mapping(self, node: Node, what: str, readers: Mapping[str, Read], gone: Mapping[str, str] = _NONE) -> dict[str, Any]:
        """The values of a mapping whose keys are known; what is wrong, and what is left empty, is left out.

        `gone`: keys of former times, each with what to do about it.
        """
        found: dict[str, Any] = {}
        for key, value in self.entries(node, what):
            if key.value not in readers:
                close = closest(key.value, readers)
                known = f'did you mean "{close}"?' if close else f"the settings here are: {', '.join(readers)}"
                self.report(key, f'unknown setting "{key.value}"', gone.get(key.value, known))
            elif not is_null(value):
                read = readers[key.value](self, value, key.value)
                if read is not None:
                    found[key.value] = read
        return found

    def entries(self, node: Node, what: str) -> Iterable[tuple[Node, Node]]:
        """Keys and values; another kind of node, other keys than text and keys that come twice are reported."""
        if not is_mapping(node):
            self.report(node, f"{what} is a mapping, not {kind_of(node)}")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if not is_scalar(key):
                self.report(key, f"a setting's name is text, not {kind_of(key)}")
            elif key.value in seen:
                self.report(key, f'"{key.value}" is set twice')
            else:
                seen.add(key.value)
                yield key, value

    def value(self, node: Node) -> Any:
        """What YAML makes of a scalar; None where it makes nothing of it."""
        try:
            return value_of(node)
        except ValueError:
            return None

    def wrong(self, node: Node, name: str, expected: str, help_text: str | None = None) -> None:
        """Report a value that is not what it should be."""
        self.report(node, f"{name} is {expected}, not {kind_of(node)}", help_text)

    def report(self, node: Node, message: str, help_text: str | None = None) -> None:
        """Report something at a node: at a scalar whole, at anything longer its first line."""
        self.report_at(span_of(self.source, node), message, help_text)

    def report_at(self, span: Span, message: str, help_text: str | None = None) -> None:
        """Report something at a place."""
        self.problems.append(Problem(span, message, help_text))


Read = Callable[[Reader, Node, str], Any]
"""Reads the value of one setting: None, and a problem reported, where it can't be used."""

"""Reading a YAML file whose keys are known: every value with its place, everything wrong told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

from ccproxy.source import Source, Span


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the file, where it stands, and what to write instead."""

    span: Span
    message: str
    help: str | None = None

    def __str__(self) -> str:
        """`/path/ccproxy.yaml:3:1: unknown setting "prot"; did you mean "port"?`."""
        at = self.span.source.position(self.span.start)
        file = self.span.source.path or self.span.source.name
        return f"{file}:{at.line}:{at.column}: {self.message}" + (f"; {self.help}" if self.help else "")


@dataclass(slots=True)
class Reader:
    """Reads the nodes of one file, and keeps what is wrong with them."""

    source: Source
    problems: list[Problem] = field(default_factory=list)

    def root(self) -> yaml.Node | None:
        """The node of the whole file; None where there is nothing in it, or no YAML."""
        try:
            node: yaml.Node | None = yaml.SafeLoader(self.source.text).get_single_node()
        except yaml.MarkedYAMLError as error:
            at = min(error.problem_mark.index, len(self.source.text)) if error.problem_mark else 0
            self.problems.append(Problem(Span(self.source, at, at), f"this is not YAML: {error.problem or error}"))
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            self.problems.append(Problem(Span(self.source, 0, 0), f"this is not YAML: {error}"))
        else:
            return node if node is None or not is_null(node) else None
        return None

    def mapping(self, node: yaml.Node, what: str, readers: Mapping[str, Read]) -> dict[str, Any]:
        """The values of a mapping whose keys are known; what is wrong, and what is left empty, is left out."""
        found: dict[str, Any] = {}
        for key, value in self.entries(node, what):
            if key.value not in readers:
                close = get_close_matches(key.value, readers, 1)
                help_text = f'did you mean "{close[0]}"?' if close else f"the settings here are: {', '.join(readers)}"
                self.report(key, f'unknown setting "{key.value}"', help_text)
            elif not is_null(value):
                read = readers[key.value](self, value, key.value)
                if read is not None:
                    found[key.value] = read
        return found

    def entries(self, node: yaml.Node, what: str) -> Iterable[tuple[yaml.ScalarNode, yaml.Node]]:
        """Keys and values; another kind of node, other keys than text and keys that come twice are reported."""
        if not isinstance(node, yaml.MappingNode):
            self.report(node, f"{what} is a mapping, not {_kind(node)}")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.report(key, f"a setting's name is text, not {_kind(key)}")
            elif key.value in seen:
                self.report(key, f'"{key.value}" is set twice')
            else:
                seen.add(key.value)
                yield key, value

    def value(self, node: yaml.Node) -> Any:
        """What YAML makes of a scalar; None where it makes nothing of it."""
        constructor: Any = yaml.constructor.SafeConstructor()
        try:
            return constructor.construct_object(node)
        except (yaml.YAMLError, ValueError):
            return None

    def wrong(self, node: yaml.Node, name: str, expected: str, help_text: str | None = None) -> None:
        """Report a value that is not what it should be."""
        self.report(node, f"{name} is {expected}, not {_kind(node)}", help_text)

    def report(self, node: yaml.Node, message: str, help_text: str | None = None) -> None:
        """Report something at a node: at a scalar whole, at anything longer its first line."""
        start, end = node.start_mark.index, node.end_mark.index
        line_end = self.source.text.find("\n", start)
        self.problems.append(Problem(Span(self.source, start, min(end, line_end) if line_end >= 0 else end), message, help_text))


Read = Callable[[Reader, yaml.Node, str], Any]
"""Reads the value of one setting: None, and a problem reported, where it can't be used."""


def is_null(node: yaml.Node) -> bool:
    """Whether nothing is written there, or null."""
    return node.tag == "tag:yaml.org,2002:null"


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return "nothing" if not node.value or is_null(node) else repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"

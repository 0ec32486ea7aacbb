"""Reading a YAML file whose keys are known: every value with its place, everything wrong told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

from ccproxy.source import Source, Span
from ccproxy.yaml_nodes import NotYamlError, compose, construct, is_null, kind_of, span_of


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
            return compose(self.source)
        except NotYamlError as error:
            self.problems.append(Problem(error.span, str(error)))
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
            self.report(node, f"{what} is a mapping, not {kind_of(node)}")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.report(key, f"a setting's name is text, not {kind_of(key)}")
            elif key.value in seen:
                self.report(key, f'"{key.value}" is set twice')
            else:
                seen.add(key.value)
                yield key, value

    def value(self, node: yaml.Node) -> Any:
        """What YAML makes of a scalar; None where it makes nothing of it."""
        try:
            return construct(node)
        except (yaml.YAMLError, ValueError):
            return None

    def wrong(self, node: yaml.Node, name: str, expected: str, help_text: str | None = None) -> None:
        """Report a value that is not what it should be."""
        self.report(node, f"{name} is {expected}, not {kind_of(node)}", help_text)

    def report(self, node: yaml.Node, message: str, help_text: str | None = None) -> None:
        """Report something at a node: at a scalar whole, at anything longer its first line."""
        self.problems.append(Problem(span_of(self.source, node), message, help_text))


Read = Callable[[Reader, yaml.Node, str], Any]
"""Reads the value of one setting: None, and a problem reported, where it can't be used."""

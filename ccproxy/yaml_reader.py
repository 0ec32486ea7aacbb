"""Reads YAML with places: nodes that know where they stand, and a reader of files whose keys are known.

Everything wrong with a file is told at once, each problem at its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

from ccproxy.source import Problem, Source, Span


class NotYamlError(Exception):
    """A text that is no YAML: why, and where."""

    def __init__(self, span: Span, why: str) -> None:
        super().__init__(f"this is not YAML: {why}")
        self.span = span


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML without times: `at: 2026-11-24` is the text that it looks like."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {  # noqa: RUF012 (the name and kind that PyYAML asks for)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def compose(source: Source) -> yaml.Node | None:
    """The node of a whole text; None where there is nothing in it. Raises NotYamlError."""
    try:
        node: yaml.Node | None = _Loader(source.text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.index, len(source.text)) if mark else 0
        line = source.line(source.position(at).line)
        tab = line.lstrip(" ").startswith("\t")
        why = "the line is indented by a tab; write spaces" if tab else error.problem or error.context or "it can't be read"
        raise NotYamlError(Span(source, at, at), why) from error
    except RecursionError as error:
        raise NotYamlError(Span(source, 0, 0), "it is nested too deep") from error
    except (yaml.YAMLError, ValueError) as error:
        raise NotYamlError(Span(source, 0, 0), " ".join(str(error).split())) from error
    return node if node is None or not is_null(node) else None


def flatten(node: yaml.MappingNode) -> None:
    """Resolve the merge keys (`<<`) of a mapping. Raises yaml.MarkedYAMLError."""
    constructor: Any = yaml.constructor.SafeConstructor()
    constructor.flatten_mapping(node)


def construct(node: yaml.Node) -> Any:
    """The value of a node as Python has it. Raises yaml.YAMLError, ValueError and RecursionError."""
    constructor: Any = yaml.constructor.SafeConstructor()
    return constructor.construct_document(node)


def span_of(source: Source, node: yaml.Node) -> Span:
    """Where a node stands: a scalar whole, of anything longer the first line."""
    start, end = node.start_mark.index, node.end_mark.index
    line_end = source.text.find("\n", start)
    return Span(source, start, min(end, line_end) if line_end >= 0 else end)


def place_in(source: Source, scalar: yaml.ScalarNode, offset: int) -> Span:
    """Where the character `offset` characters into a scalar's value stands; the scalar whole where it is not written as it reads."""
    whole = span_of(source, scalar)
    start = whole.text.find(scalar.value)
    return whole if start < 0 else Span(source, whole.start + start + offset, whole.start + start + offset + 1)


def is_null(node: yaml.Node) -> bool:
    """Whether nothing is written there, or null."""
    return node.tag == "tag:yaml.org,2002:null"


def kind_of(node: yaml.Node) -> str:
    """What a node is, to stand behind "not"."""
    if isinstance(node, yaml.ScalarNode):
        return "nothing" if not node.value or is_null(node) else repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


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
        self.report_at(span_of(self.source, node), message, help_text)

    def report_at(self, span: Span, message: str, help_text: str | None = None) -> None:
        """Report something at a place."""
        self.problems.append(Problem(span, message, help_text))


Read = Callable[[Reader, yaml.Node, str], Any]
"""Reads the value of one setting: None, and a problem reported, where it can't be used."""

"""Reads YAML into nodes that know where they stand, and nodes into values: PyYAML's door, which takes its time to import."""

from __future__ import annotations

from dataclasses import field
from typing import Any

import yaml

from ccproxy.frozen import mutable
from ccproxy.source import Source, Span
from ccproxy.yaml_nodes import NotYamlError, is_null

MAX_NODES = 500_000
"""Values and keys of a file, each counted as often as aliases (merge keys too) repeat it."""
MAX_DEPTH = 100
"""Lists and mappings open at once, through aliases too."""
MAX_DIGITS = 4_300
"""Characters of a number."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML without times: `at: 2026-11-24` is the text that it looks like."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {  # noqa: RUF012 (the name and kind that PyYAML asks for)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _Constructor(yaml.constructor.SafeConstructor):
    """Numbers that take no time to read."""

    def construct_scalar(self, node: Any) -> Any:
        """The text of a scalar. Raises yaml.MarkedYAMLError for a number of too many digits."""
        if node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float") and len(node.value) > MAX_DIGITS:
            raise yaml.constructor.ConstructorError(None, None, f"a number has more than {MAX_DIGITS:,} digits", node.start_mark)
        return super().construct_scalar(node)


@mutable
class _Bounds:
    """How much the events so far make when they are put together, aliases followed."""

    nodes: int = 0
    open: list[tuple[str | None, int]] = field(default_factory=list)
    """Of each list and mapping that is open its anchor, and the nodes before it."""
    depths: list[int] = field(default_factory=lambda: [0])
    """Of each of them, the whole text first, how deep it is so far."""
    named: dict[str | None, tuple[int, int]] = field(default_factory=dict)
    """The nodes and the depth of what an anchor names."""

    def follow(self, event: Any) -> str | None:
        """Take in an event; what is too much, if anything is."""
        match event:
            case yaml.AliasEvent():
                if any(event.anchor == anchor for anchor, _ in self.open):
                    return f"*{event.anchor} stands in what it names"
                self._add(*self.named.get(event.anchor, (1, 0)))
            case yaml.ScalarEvent():
                self.named[event.anchor] = 1, 0
                self._add(1, 0)
            case yaml.CollectionStartEvent():
                self.open.append((event.anchor, self.nodes))
                self.depths.append(0)
                self._add(1, 0)
            case yaml.CollectionEndEvent():
                anchor, before = self.open.pop()
                depth = self.depths.pop() + 1
                self.named[anchor] = self.nodes - before, depth
                self._add(0, depth)
        if self.nodes > MAX_NODES:
            return f"it has more than {MAX_NODES:,} values"
        return f"it is nested more than {MAX_DEPTH} deep" if len(self.open) + self.depths[-1] > MAX_DEPTH else None

    def _add(self, nodes: int, depth: int) -> None:
        self.nodes += nodes
        self.depths[-1] = max(self.depths[-1], depth)


def _demand_bounded(text: str) -> None:
    """Follow the events of a text, nothing built yet. Raises yaml.MarkedYAMLError where it is too much to be built."""
    bounds = _Bounds()
    for event in yaml.parse(text, Loader=_Loader):
        problem = bounds.follow(event)
        if problem is not None:
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def compose(source: Source) -> yaml.Node | None:
    """The node of a whole text; None where there is nothing in it. Raises NotYamlError."""
    try:
        _demand_bounded(source.text)
        node: yaml.Node | None = _Loader(source.text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.index, len(source.text)) if mark else 0
        line = source.line(source.position(at).line)
        tab = line.lstrip(" ").startswith("\t")
        why = "the line is indented by a tab; write spaces" if tab else error.problem or error.context or "it can't be read"
        raise NotYamlError(Span(source, at, at), why) from error
    except (yaml.YAMLError, ValueError) as error:
        raise NotYamlError(Span(source, 0, 0), " ".join(str(error).split())) from error
    return node if node is None or not is_null(node) else None


def flatten(node: yaml.MappingNode) -> None:
    """Resolve the merge keys (`<<`) of a mapping. Raises yaml.MarkedYAMLError."""
    constructor: Any = _Constructor()
    constructor.flatten_mapping(node)


def construct(node: yaml.Node) -> Any:
    """The value of a node as Python has it. Raises yaml.MarkedYAMLError."""
    constructor: Any = _Constructor()
    try:
        return constructor.construct_document(node)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # of a scalar whose tag says otherwise (`!!int ""`, `!!bool x`) PyYAML raises whatever it comes to
        mark: Any = node.start_mark
        raise yaml.constructor.ConstructorError(None, None, f"the value is not what its tag says: {error}", mark) from error

"""YAML as nodes that know where they stand, so that what is wrong with a value can be told at its place."""

from __future__ import annotations

from typing import Any

import yaml

from ccproxy.source import Source, Span


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


def is_null(node: yaml.Node) -> bool:
    """Whether nothing is written there, or null."""
    return node.tag == "tag:yaml.org,2002:null"


def kind_of(node: yaml.Node) -> str:
    """What a node is, to stand behind "not"."""
    if isinstance(node, yaml.ScalarNode):
        return "nothing" if not node.value or is_null(node) else repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"

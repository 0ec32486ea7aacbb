"""Tells the kinds of old configurations apart, and makes a policy of any."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from ccproxy.migration import claude_code_router, earlier_ccproxy, tag_routing
from ccproxy.migration.draft import Draft
from ccproxy.node_reader import Reader
from ccproxy.source import Problem, Source, Span
from ccproxy.yaml_nodes import Node, is_mapping, is_scalar, kind_of

_KINDS: tuple[tuple[str, Callable[[Reader, Mapping[str, Node], bool], Draft]], ...] = (
    ("ccproxy", earlier_ccproxy.draft_of),
    ("Router", claude_code_router.draft_of),
    ("model_list", tag_routing.draft_of),
)
"""The key at the top that each kind has."""
_JSON_PIECES = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/|\t', re.DOTALL)


class NothingToImportError(Exception):
    """Raised for a file that is none of these configurations, or has mistakes: a line for each of the `problems`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def draft_of_text(text: str, name: str, path: Path | None, *, faithful: bool) -> Draft:
    """The policy that a configuration makes. Raises NothingToImportError.

    `faithful`: what the old router really did, else what its settings were for. `name` is what messages and the policy call the file.
    """
    is_json = text.lstrip().startswith(("{", "/"))
    plain = _without_comments(text) if is_json else text
    reader = Reader(Source(plain, name, path))
    node = reader.root()
    drafted = None
    if is_json and node is not None:
        _drop_notes(node)
    if is_mapping(node):
        root = {key.value: value for key, value in reader.entries(node, "the file")}
        make = next((make for key, make in _KINDS if key in root), None)
        if make is not None:
            drafted = make(reader, root, faithful)
        else:
            reader.report(node, "this is no configuration of a router that is known here", _KNOWN)
    elif not reader.problems:
        reader.report_at(Span(reader.source, 0, 0), f"the file is {'empty' if node is None else kind_of(node)}", _KNOWN)
    if reader.problems or drafted is None:
        raise NothingToImportError(tuple(reader.problems))
    return drafted


_KNOWN = (
    "an earlier ccproxy's ccproxy.yaml has ccproxy: at the top, claude-code-router's config.json (version 2) Router, "
    "LiteLLM's config model_list:"
)


def _without_comments(text: str) -> str:
    """JSON whose comments and tabs are spaces, each character where it was: YAML reads the rest as it stands."""
    return _JSON_PIECES.sub(lambda piece: piece.group() if piece[1] else re.sub(r"[^\n]", " ", piece.group()), text)


def _drop_notes(node: Node) -> None:
    """Leave out keys like "// models", by which people write comments into JSON."""
    if is_mapping(node):
        node.value[:] = [(key, value) for key, value in node.value if not str(key.value).startswith("//")]
    if not is_scalar(node):
        for item in node.value:
            for inner in item if isinstance(item, tuple) else (item,):
                _drop_notes(inner)

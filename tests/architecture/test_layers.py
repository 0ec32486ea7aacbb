"""A lower layer never imports a higher one, and each heavy library has one home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "ccproxy"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("source",),
    ("diagnostics",),
    ("syntax",),
    ("literals", "texts", "facts", "fact_values", "yaml_nodes"),
    ("syntax_errors", "tree_builder", "printing"),
    ("parser",),
    ("loader",),
    ("formatting",),
    ("checks",),
    ("decision", "envelope"),
    ("predicate",),
    ("python_predicates", "explanation", "explanation_text"),
    ("policy",),
    ("analysis",),
    ("suite", "difference", "fixing", "graph"),
    ("lsp",),
    ("gateway",),
    ("cli", "__main__"),
)
"""From the bottom to the top; modules of one row may import one another."""

HOMES = {
    "lark": {"parser"},
    "click": {"cli"},
    "litellm": {"gateway"},
    "pygls": {"lsp"},
    "lsprotocol": {"lsp"},
    "prometheus_client": {"gateway"},
    "cvc5": set[str](),
}


def layer_of(module: str) -> int:
    """The row of a module of the package, by its first part."""
    return next(index for index, row in enumerate(LAYERS) if module in row)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def own_part(path: Path) -> str:
    """The part of the package that a file belongs to: its folder below `ccproxy`, or its name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, anywhere in it but under TYPE_CHECKING."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            if node.module == "ccproxy":
                yield from (f"ccproxy.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_only_what_lies_below(path: Path) -> None:
    own = own_part(path)
    for imported in imports(path):
        first, _, rest = imported.partition(".")
        if first == "ccproxy":
            part = rest.partition(".")[0]
            if part and part[0].islower() and part not in ("grammar", "policies") and any(part in row for row in LAYERS):
                assert layer_of(part) <= layer_of(own), f"{own} imports {imported}, which lies above it"
        elif first in HOMES:
            assert own in HOMES[first], f"{own} imports {first}"


def test_every_module_has_a_layer() -> None:
    named = {name for row in LAYERS for name in row}
    assert {own_part(path) for path in modules()} == named

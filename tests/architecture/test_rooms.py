"""The rooms of the package stand in one order, no two files import each other, and each heavy library has one home."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ccproxy.cli.group import COMMANDS

PACKAGE = Path(__file__).parents[2] / "ccproxy"

ROOMS = (
    "frozen",
    "collecting",
    "closest",
    "source",
    "regular_files",
    "private_files",
    "yaml_nodes",
    "yaml_reader",
    "yaml_cache",
    "node_reader",
    "diagnostics",
    "language",
    "facts",
    "models",
    "checks",
    "compiler",
    "analysis",
    "suite",
    "replay",
    "render",
    "migration",
    "config",
    "lsp",
    "gateway",
    "service",
    "live",
    "cli",
)
"""The way of the data, from top to bottom: a room imports only what stands above it, and itself."""

DOORS = ("policy", "decision", "explanation")
"""The public nouns: they import all, and may be imported by all; that no files import each other keeps them honest."""

HOMES = {
    "lark": {"language"},
    "click": {"cli"},
    "litellm": {"gateway", "service"},
    "nicegui": {"live"},
    "pygls": {"lsp"},
    "lsprotocol": {"lsp"},
    "prometheus_client": {"gateway"},
    "cvc5": set[str](),
}
NAMED_AS_SHOWN = {*(f"cli.{name}" for name in COMMANDS), "render.cases", "render.difference"}
"""Modules that are named as what they command or show."""


def modules() -> dict[str, Path]:
    """The files of the package by dotted name below it; an `__init__` by its package's, the door itself is ""."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, anywhere in it: lazily, and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            assert node.module is not None
            own = node.module.removeprefix("ccproxy.")
            for alias in node.names:
                yield f"{node.module}.{alias.name}" if f"{own}.{alias.name}".removeprefix("ccproxy.") in MODULES else node.module


def own_imports(name: str) -> set[str]:
    """The modules of the package, by dotted name below it, that one of them imports."""
    dotted = {imported.removeprefix("ccproxy.") for imported in imports(MODULES[name]) if imported.startswith("ccproxy.")}
    return {module for module in dotted if module in MODULES} - {name, ""}


def room_of(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize("name", [name for name in MODULES if name and room_of(name) not in (*DOORS, "__main__")])
def test_a_room_imports_only_what_stands_above(name: str) -> None:
    own = room_of(name)
    above = {*ROOMS[: ROOMS.index(own) + 1], *DOORS, "grammar", "policies"}
    for imported in own_imports(name):
        assert room_of(imported) in above, f"{own} imports {imported}, which stands below it"


@pytest.mark.parametrize("name", MODULES)
def test_each_heavy_library_has_one_home(name: str) -> None:
    for imported in imports(MODULES[name]):
        library = imported.partition(".")[0]
        assert library not in HOMES or room_of(name) in HOMES[library], f"{name} imports {library}"


def test_every_module_has_a_room() -> None:
    assert {room_of(name) for name in MODULES} <= {*ROOMS, *DOORS, "__main__", ""}


def circles(imported: Mapping[str, set[str]]) -> list[set[str]]:
    """The sets of modules that reach one another."""
    reached: dict[str, set[str]] = {}
    for name in imported:
        seen: set[str] = set()
        pending = [name]
        while pending:
            for other in imported[pending.pop()] - seen:
                seen.add(other)
                pending.append(other)
        reached[name] = seen
    together = {frozenset({other for other in reached[name] if name in reached[other]}) for name in imported if name in reached[name]}
    return sorted(map(set, together), key=sorted)


def test_no_two_files_import_each_other() -> None:
    assert circles({name: own_imports(name) for name in MODULES}) == []


def test_circles_are_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [{"b", "c"}]


def test_no_name_stands_twice() -> None:
    places = defaultdict(list)
    for name, path in MODULES.items():
        if path.name != "__init__.py" and name not in NAMED_AS_SHOWN:
            places[path.stem].append(name)
    assert {stem: names for stem, names in places.items() if len(names) > 1} == {}

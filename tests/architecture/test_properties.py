"""Every property is tried on as many examples as the profile says, the same in every run unless others are asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]


def properties(path: Path) -> Iterator[tuple[str, set[str]]]:
    """The tests of a file that are given examples, and the names of what they are decorated with."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            names = {ast.unparse(one.func) for one in node.decorator_list if isinstance(one, ast.Call)}
            if "given" in names:
                yield f"{path.relative_to(TESTS)}:{node.lineno} {node.name}", names


def test_every_property_asks_the_profile_for_examples() -> None:
    found = [one for path in TESTS.rglob("*.py") for one in properties(path)]
    assert len(found) > 50
    assert [name for name, decorators in found if "examples" not in decorators or "settings" in decorators] == []

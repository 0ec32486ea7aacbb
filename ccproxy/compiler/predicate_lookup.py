"""Looks up what the dotted names of Python predicates lead to; imports none of it."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from ccproxy.compiler.earlier_rules import missing_rule
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.regular_files import read_regular

MOST_SOURCE = 4_000_000
"""Bytes of a module that are read to look for a name."""


@frozen
class _Missing:
    """What the name leads to is not there: `message` says what is missing, `hint` what to do."""

    message: str
    hint: str


@frozen
class _Untold:
    """Only an import would tell; `why`."""

    why: str


def find_problem(predicate: syntax.Predicate, folders: Sequence[Path]) -> Diagnostic | None:
    """What is wrong with the dotted name of a predicate, or that nothing tells; None if it leads to something.

    Modules are looked for in `folders`, then where Python finds its own, and names in the modules' source: nothing is imported.
    """
    dotted, span = predicate.target.value, predicate.target.span
    match _look_up(dotted, folders):
        case _Missing(message, hint):
            return Diagnostic(Code.PREDICATE_NOT_FOUND, span, message, hint)
        case _Untold(why):
            message = f'whether "{dotted}" is there can\'t be told without importing it: {why}'
            return Diagnostic(Code.PREDICATE_UNTOLD, span, message, "ccproxy check --load-predicates imports it")
    return None


def _look_up(dotted: str, folders: Sequence[Path]) -> _Missing | _Untold | None:
    """Find the longest prefix that is a module, as an import would, then the rest of the name in its source."""
    parts = dotted.split(".")
    if (earlier := missing_rule(dotted)) is not None:
        return _Missing(*earlier)
    found = _find_first(parts[0], folders)
    if not isinstance(found, _Module):
        return found
    for part in parts[1:-1]:
        inner = found.inside(part)
        if inner is None:
            break
        found = inner
    return _find_name(found, parts[found.name.count(".") + 1 :])


@frozen
class _Module:
    """A module that was found: its dotted name, its file, if it has one, and the folders of its own modules, if it is a package."""

    name: str
    file: str | None
    folders: tuple[str, ...] = ()

    @classmethod
    def of(cls, spec: ModuleSpec, name: str) -> _Module:
        """The module of a spec, under its dotted name."""
        return cls(name, spec.origin if spec.has_location else None, tuple(spec.submodule_search_locations or ()))

    def inside(self, name: str) -> _Module | None:
        """A module of this package; None where there is none, or it is no package."""
        try:
            # asked for by its dotted name, Python would want the package imported
            found = PathFinder.find_spec(name, self.folders) if self.folders else None
        except (ImportError, ValueError):
            found = None
        return None if found is None else _Module.of(found, f"{self.name}.{name}")


def _find_first(module: str, folders: Sequence[Path]) -> _Module | _Missing | _Untold:
    try:
        found = PathFinder.find_spec(module, [str(folder) for folder in folders]) or importlib.util.find_spec(module)
    except (ImportError, ValueError):
        found = None
    if found is not None:
        return _Module.of(found, module)
    if module in sys.modules:
        return _Untold(f"`{module}` says nothing of where it comes from")
    return _Missing(f"there is no module `{module}`", f"put {module}.py into the config folder, or install it beside ccproxy")


def _find_name(module: _Module, names: Sequence[str]) -> _Missing | _Untold | None:
    if module.file is None:
        if not module.folders:
            return _Untold(f"`{module.name}` is built into Python")
        return _Missing(f"there is no module `{module.name}.{names[0]}`", f"the folder of `{module.name}` has no {names[0]}.py")
    if not module.file.endswith(".py"):
        return _Untold(f"`{module.name}` has no source")
    try:
        tree = ast.parse(read_regular(Path(module.file), MOST_SOURCE))
    except SyntaxError as error:
        return _Missing(f"`{module.name}` is no Python: line {error.lineno}", "correct it, and see that it imports by itself")
    except (OSError, ValueError, RecursionError, MemoryError):
        return _Untold(f"the source of `{module.name}` can't be read")
    body, where = tree.body, module.name
    for name in names:
        scope = _Scope(body)
        definition = scope.defined.get(name)
        if definition is None:
            made = scope.open or any(isinstance(node, ast.Global) and name in node.names for node in ast.walk(tree))
            return _Untold(f"`{where}` makes names as it runs") if made else _absent(module, where, name)
        if not isinstance(definition, ast.ClassDef):
            return None if name == names[-1] else _Untold(f"`{where}.{name}` is no class written out there")
        if name != names[-1] and (definition.bases or definition.keywords or definition.decorator_list):
            return _Untold(f"`{where}.{name}` may have it from another class")
        body, where = definition.body, f"{where}.{name}"
    return None


def _absent(module: _Module, where: str, name: str) -> _Missing:
    if where == module.name and module.inside(name) is not None:
        return _Missing(f"`{module.name}.{name}` is a module, neither class nor function", "name a class or a function of it")
    return _Missing(f"there is no `{name}` in `{where}`", "name a class with evaluate(request, config), or a function, of it")


class _Scope:
    """The names that the statements of a module or class define, each with its last definition.

    `open` says that others may come as it runs: by `from … import *`, a module's `__getattr__`, `exec`, `globals` and the like.
    """

    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self.defined: dict[str, ast.AST] = {}
        self.open = False
        for node in _within(body):
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    self.defined[name] = node
                    self.open |= name == "__getattr__"
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    self.defined.update({alias.asname or alias.name.partition(".")[0]: node for alias in names})
                    self.open |= any(alias.name == "*" for alias in names)
                case ast.Name(id=name, ctx=ast.Store()) | ast.MatchAs(name=str(name)):
                    self.defined[name] = node
                case ast.Name(id="exec" | "globals" | "locals" | "vars" | "setattr" | "modules") | ast.Attribute(attr="modules"):
                    self.open = True


def _within(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of statements, without those inside of functions, classes and lambdas."""
    pending: list[ast.AST] = list(reversed(body))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending.extend(reversed(list(ast.iter_child_nodes(node))))

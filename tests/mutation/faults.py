"""The faults that can be planted in a source file: small changes of its syntax tree, each in one function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Continue: ast.Break,
    ast.Break: ast.Continue,
}
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault can be planted: a function by its names, a node in it by its number, a change of that node by its."""

    path: Path
    names: tuple[str, ...]
    node: int
    change: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A change in a file; `function` is the qualified name of the outermost function that it is in."""

    path: Path
    function: str
    line: int
    was: str
    becomes: str
    code: CodeType
    """The function's, with the fault in it."""


def places_in(path: Path) -> Iterator[Place]:
    """Every place in the functions of a file, in the order of the text."""
    for names, function in _functions(ast.parse(path.read_text("utf-8")), ()):
        for index, node in enumerate(_nodes(function)):
            for number, _ in enumerate(_changes(node)):
                yield Place(path, names, index, number)


def fault_at(place: Place) -> Fault | None:
    """The fault at a place; None where the function is not the only one of its name."""
    tree = ast.parse(place.path.read_text("utf-8"))
    function = dict(_functions(tree, ()))[place.names]
    node = _nodes(function)[place.node]
    was, line = ast.unparse(node), getattr(node, "lineno", function.lineno)
    list(_changes(node))[place.change].make()
    code = _code_of(compile(ast.fix_missing_locations(tree), str(place.path), "exec"), place.names)
    becomes = _first_line(ast.unparse(node))
    return None if code is None else Fault(place.path, ".".join(place.names), line, _first_line(was), becomes, code)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _nodes(function: Function) -> list[ast.AST]:
    return [node for part in function.body for node in _walk(part)]


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but for annotations, which nothing runs by."""
    yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child)


def _functions(node: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (*names, child.name), child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, (*names, child.name))


def _changes(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Compare(ops=operators):
            for index, operator in enumerate(operators):
                if type(operator) in SWAPPED:
                    yield _Change(node, "ops", [*operators[:index], SWAPPED[type(operator)](), *operators[index + 1 :]])
        case ast.BoolOp(op=operator) | ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in SWAPPED:
            yield _Change(node, "op", SWAPPED[type(operator)]())
        case ast.UnaryOp(op=ast.Not()):
            yield _Change(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
        case ast.If() | ast.IfExp() | ast.While() if not isinstance(node.test, ast.Constant):
            yield _Change(node, "test", ast.UnaryOp(ast.Not(), node.test))
        case ast.Constant(value=bool(value)):
            yield _Change(node, "value", not value)
        case ast.Constant(value=int(value)):
            yield _Change(node, "value", value + 1)
        case ast.Call(func=ast.Name(id=name) as function) if name in CALLED:
            yield _Change(function, "id", CALLED[name])
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield _Change(node, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield _Change(node, "value", ast.Constant(None))
        case ast.comprehension(ifs=[_, *_]):
            yield _Change(node, "ifs", [])


@dataclass(frozen=True, slots=True)
class _Change:
    """Puts a new value in a place of a tree."""

    place: object
    name: str
    value: object

    def make(self) -> None:
        setattr(self.place, self.name, self.value)


def _code_of(module: CodeType, names: tuple[str, ...]) -> CodeType | None:
    found: CodeType | None = module
    for name in names:
        inside = [] if found is None else [one for one in found.co_consts if isinstance(one, CodeType) and one.co_name == name]
        found = inside[0] if len(inside) == 1 else None
    return found

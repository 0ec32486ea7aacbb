"""Lists the statements of a document, for outlines."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from ccproxy.language import syntax
from ccproxy.language.parser import parse
from ccproxy.language.printer import format_expression, format_statement, format_target
from ccproxy.lsp.documents import Document
from ccproxy.source import Source, Span

_LONGEST = 100
_KINDS = types.SymbolKind


def symbols(document: Document) -> list[types.DocumentSymbol]:
    """The statements without syntax errors, in order."""
    found: list[types.DocumentSymbol] = []
    for statement in parse(Source(document.text)).file.statements:
        for name, detail, kind, place in _described(statement):
            whole = document.map.range(statement.span.start, statement.span.end)
            found.append(types.DocumentSymbol(_short(name), kind, whole, document.map.range(place.start, place.end), _short(detail)))
    return found


def _described(statement: syntax.Statement) -> Iterator[tuple[str, str, types.SymbolKind, Span]]:
    """The name, detail, kind and selection range of a statement."""
    match statement:
        case syntax.Rule(condition=None, target=target):
            yield "default", format_target(target), _KINDS.Event, statement.span
        case syntax.Rule(condition=condition, target=target) if condition is not None:
            yield f"when {format_expression(condition)}", format_target(target), _KINDS.Event, condition.span
        case syntax.Let(name=name, value=value):
            yield name.name, format_expression(value), _KINDS.Variable, name.span
        case syntax.Predicate(name=name, target=python):
            yield name.name, python.value, _KINDS.Function, name.span
        case syntax.Include(path=path):
            yield f'include "{path.value}"', "", _KINDS.File, path.span
        case syntax.Assertion(condition=condition):
            yield format_statement(statement), "", _KINDS.Boolean, condition.span
        case syntax.Timezone() | syntax.Version():
            yield format_statement(statement), "", _KINDS.Constant, statement.span
        case _:
            return


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

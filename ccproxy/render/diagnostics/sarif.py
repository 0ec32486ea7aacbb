"""Renders diagnostics as SARIF 2.1.0, which code hosts and editors read: `ccproxy check --format sarif`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ccproxy.diagnostics.catalogue import Code
from ccproxy.diagnostics.diagnostic import Diagnostic
from ccproxy.diagnostics.fix import Fix
from ccproxy.render.diagnostics.text import FileName, own_name
from ccproxy.source import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(diagnostics: Sequence[Diagnostic], *, file_name: FileName = own_name) -> dict[str, Any]:
    """A SARIF log of one run, as JSON values; its rules are the codes that occur, in the order of the catalogue."""
    occurring = {diagnostic.code for diagnostic in diagnostics}
    rules = [code for code in Code if code in occurring]
    places = {code: place for place, code in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "ccproxy", "rules": [_rule(code) for code in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, places[diagnostic.code], file_name) for diagnostic in diagnostics],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.number,
        "name": code.slug,
        "shortDescription": {"text": code.title},
        "help": {"text": f"ccproxy docs {code.number}"},
        "defaultConfiguration": {"level": str(code.severity)},
    }


def _result(diagnostic: Diagnostic, rule: int, file_name: FileName) -> dict[str, Any]:
    text = diagnostic.message if diagnostic.help is None else f"{diagnostic.message}\n{diagnostic.help}"
    result: dict[str, Any] = {
        "ruleId": diagnostic.code.number,
        "ruleIndex": rule,
        "level": str(diagnostic.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(diagnostic.span, file_name)}],
        "suppressions": [{"kind": "inSource"}] if diagnostic.acknowledged else [],
    }
    related = [
        {"physicalLocation": _location(note.span, file_name), "message": {"text": note.message}}
        for note in diagnostic.notes
        if note.span is not None
    ]
    if related:
        result["relatedLocations"] = related
    if diagnostic.fixes:
        result["fixes"] = [_fix(fix, file_name) for fix in diagnostic.fixes]
    if diagnostic.witness is not None:
        result["properties"] = {"witness": diagnostic.witness}
    return result


def _fix(fix: Fix, file_name: FileName) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        change = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.replacement}}
        changes.setdefault(_uri(file_name(edit.span.source)), []).append(change)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": {"uri": uri}, "replacements": made} for uri, made in changes.items()],
    }


def _location(span: Span, file_name: FileName) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(file_name(span.source))}, "region": _region(span)}


def _region(span: Span) -> dict[str, int]:
    start, end = span.source.position(span.start), span.source.position(span.end)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _uri(name: str) -> str:
    """The file's name as a URI reference, relative if the name is."""
    path = PurePath(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())

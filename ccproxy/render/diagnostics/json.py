"""Renders diagnostics for programs: `ccproxy check --format json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ccproxy.diagnostics.catalogue import Severity
from ccproxy.diagnostics.diagnostic import Diagnostic, Note
from ccproxy.diagnostics.fix import Fix
from ccproxy.render.diagnostics.text import FileName, own_name
from ccproxy.source import Span


def render_json(diagnostics: Sequence[Diagnostic], *, file_name: FileName = own_name) -> dict[str, Any]:
    """The diagnostics and their counts, as JSON values; lines and columns from 1, the end is the first place after the span."""
    severities = [diagnostic.severity for diagnostic in diagnostics if not diagnostic.acknowledged]
    return {
        "diagnostics": [_diagnostic(diagnostic, file_name) for diagnostic in diagnostics],
        "summary": {
            "errors": severities.count(Severity.ERROR),
            "warnings": severities.count(Severity.WARNING),
            "acknowledged": len(diagnostics) - len(severities),
        },
    }


def _diagnostic(diagnostic: Diagnostic, file_name: FileName) -> dict[str, Any]:
    return {
        "code": diagnostic.code.number,
        "name": diagnostic.code.slug,
        "severity": str(diagnostic.severity),
        "acknowledged": diagnostic.acknowledged,
        "message": diagnostic.message,
        **_place(diagnostic.span, file_name),
        "help": diagnostic.help,
        "notes": [_note(note, file_name) for note in diagnostic.notes],
        "witness": diagnostic.witness,
        "fixes": [_fix(fix, file_name) for fix in diagnostic.fixes],
    }


def _place(span: Span, file_name: FileName) -> dict[str, Any]:
    start, end = span.source.position(span.start), span.source.position(span.end)
    return {
        "file": file_name(span.source),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def _fix(fix: Fix, file_name: FileName) -> dict[str, Any]:
    edits = [{**_place(edit.span, file_name), "replacement": edit.replacement} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def _note(note: Note, file_name: FileName) -> dict[str, Any]:
    span = note.span
    return {
        "message": note.message,
        "file": None if span is None else file_name(span.source),
        "line": None if span is None else span.line,
    }

"""Converts diagnostics and their fixes for editors: LSP diagnostics and code actions."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from ccproxy.checks.acknowledged import acknowledging
from ccproxy.diagnostics import Diagnostic, Fix, Severity
from ccproxy.lsp.documents import Document
from ccproxy.lsp.navigation import Navigation

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}


def as_reported(diagnostic: Diagnostic, navigation: Navigation) -> types.Diagnostic:
    """A diagnostic with its help, and its notes as related information."""
    related = [types.DiagnosticRelatedInformation(navigation.location(note.span), note.message) for note in diagnostic.notes if note.span]
    return types.Diagnostic(
        navigation.range(diagnostic.span),
        diagnostic.message if diagnostic.help is None else f"{diagnostic.message}\n{diagnostic.help}",
        _SEVERITIES[diagnostic.severity],
        code=f"{diagnostic.code.number} {diagnostic.code.slug}",
        source="ccproxy",
        tags=[types.DiagnosticTag.Unnecessary] if diagnostic.code.unnecessary else None,
        related_information=related or None,
    )


def quick_fixes(
    document: Document, diagnostics: Iterable[Diagnostic], navigation: Navigation, stretch: tuple[int, int]
) -> list[types.CodeAction]:
    """The fixes of the document's diagnostics that touch a range of it, and the comments that would acknowledge them."""
    touched = [
        diagnostic
        for diagnostic in diagnostics
        if navigation.uri(diagnostic.span.source) == document.uri
        and diagnostic.span.start <= stretch[1]
        and diagnostic.span.end >= stretch[0]
    ]
    comments = acknowledging(touched, navigation.snapshot.loaded.policy)
    return [
        _action(fix, diagnostic, navigation)
        for diagnostic, comment in zip(touched, comments, strict=True)
        for fix in (*diagnostic.fixes, comment)
        if fix is not None
    ]


def _action(fix: Fix, diagnostic: Diagnostic, navigation: Navigation) -> types.CodeAction:
    changes: dict[str, list[types.TextEdit]] = {}
    for edit in fix.edits:
        changes.setdefault(navigation.uri(edit.span.source), []).append(types.TextEdit(navigation.range(edit.span), edit.replacement))
    return types.CodeAction(
        fix.title[:1].upper() + fix.title[1:],
        types.CodeActionKind.QuickFix,
        [as_reported(diagnostic, navigation)],
        is_preferred=diagnostic.fixes == (fix,),
        edit=types.WorkspaceEdit(changes=changes),
    )

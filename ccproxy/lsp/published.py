"""Diagnostics as editors have them, with the quick fixes that answer them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lsprotocol import types

from ccproxy.diagnostics import Diagnostic, Severity
from ccproxy.language import syntax
from ccproxy.lsp.code_actions import Fix, fixes_of
from ccproxy.lsp.documents import Document
from ccproxy.lsp.navigation import Navigation

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}


def as_reported(diagnostic: Diagnostic, navigation: Navigation) -> types.Diagnostic:
    """A diagnostic with its help, and its notes as related places."""
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
    document: Document,
    diagnostics: Iterable[Diagnostic],
    statements: Sequence[syntax.Statement],
    navigation: Navigation,
    stretch: tuple[int, int],
) -> list[types.CodeAction]:
    """The fixes of the document's diagnostics that touch a stretch of it."""
    actions: list[types.CodeAction] = []
    for diagnostic in diagnostics:
        span = diagnostic.span
        if navigation.uri(span.source) != document.uri or span.start > stretch[1] or span.end < stretch[0]:
            continue
        own = [item for item in statements if item.span.source is span.source]
        fixes = list(fixes_of(diagnostic, own))
        actions += [_action(fix, diagnostic, navigation, preferred=len(fixes) == 1) for fix in fixes]
    return actions


def _action(fix: Fix, diagnostic: Diagnostic, navigation: Navigation, *, preferred: bool) -> types.CodeAction:
    edit = types.TextEdit(navigation.range(fix.span), fix.replacement)
    return types.CodeAction(
        fix.title,
        types.CodeActionKind.QuickFix,
        [as_reported(diagnostic, navigation)],
        is_preferred=preferred,
        edit=types.WorkspaceEdit(changes={navigation.uri(fix.span.source): [edit]}),
    )

"""Answers an editor's requests on the current text. The only module that speaks the protocol."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import Event
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from ccproxy.diagnostics import Diagnostic
from ccproxy.language.formatter.verified import format_source
from ccproxy.lsp.background import Analysis, NewCounter, analysis_of
from ccproxy.lsp.completion import complete
from ccproxy.lsp.documents import Document, open_document
from ccproxy.lsp.hover import hover
from ccproxy.lsp.markdown import hit_text
from ccproxy.lsp.navigation import Navigation
from ccproxy.lsp.project import Project, ReadModels, Snapshot, is_large
from ccproxy.lsp.published import as_reported, quick_fixes
from ccproxy.lsp.rename import RenameError, renamable, rename
from ccproxy.lsp.symbols import symbols
from ccproxy.source import Source

_log = logging.getLogger("ccproxy.lsp")

Key = Path | str


class PolicyServer(LanguageServer):
    """A server for one editor. Texts are synchronised whole, so that different ways of counting lines can't make them diverge."""

    pause, long_pause = 0.05, 0.3
    """Seconds: a text is checked after so long without a change, a large one after the longer."""

    def __init__(self, read_models: ReadModels, new_counter: NewCounter, folders: tuple[Path, ...] = ()) -> None:
        super().__init__("ccproxy", version("ccproxy-policy"), types.TextDocumentSyncKind.Full)
        self.project = Project(read_models, folders)
        self._new_counter = new_counter
        self.analyses: dict[Key, Analysis] = {}
        self._published: dict[Key, dict[str, list[types.Diagnostic]]] = {}
        self._cancel: dict[Key, Event] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._worker = ThreadPoolExecutor(1, "ccproxy analysis")
        for name, answer, options in self._features():
            self.feature(name, options)(answer)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log the error instead of showing it to the user."""
        _log.error("%s", error, exc_info=error)

    def shutdown(self) -> None:
        """End the session and cancel its analysis."""
        for event in self._cancel.values():
            event.set()
        super().shutdown()  # type: ignore[no-untyped-call]

    def _features(self) -> list[tuple[str, Callable[[Any], Any], Any]]:
        """The supported requests and notifications with their handlers; `partial`, because pygls can't set attributes on methods."""
        completion = types.CompletionOptions(trigger_characters=['"', ".", "(", " "])
        return [
            (types.TEXT_DOCUMENT_DID_OPEN, partial(self._opened), None),
            (types.TEXT_DOCUMENT_DID_CHANGE, partial(self._changed), None),
            (types.TEXT_DOCUMENT_DID_SAVE, partial(self._saved), None),
            (types.TEXT_DOCUMENT_DID_CLOSE, partial(self._closed), None),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, partial(self._saved), None),
            (types.TEXT_DOCUMENT_COMPLETION, partial(self._complete), completion),
            (types.TEXT_DOCUMENT_HOVER, partial(self._hover), None),
            (types.TEXT_DOCUMENT_DEFINITION, partial(self._definition), None),
            (types.TEXT_DOCUMENT_REFERENCES, partial(self._references), None),
            (types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, partial(self._highlights), None),
            (types.TEXT_DOCUMENT_PREPARE_RENAME, partial(self._prepare_rename), None),
            (types.TEXT_DOCUMENT_RENAME, partial(self._rename), types.RenameOptions(prepare_provider=True)),
            (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, partial(self._symbols), None),
            (types.TEXT_DOCUMENT_FORMATTING, partial(self._format), None),
            (types.TEXT_DOCUMENT_CODE_ACTION, partial(self._actions), types.CodeActionOptions([types.CodeActionKind.QuickFix])),
            (types.TEXT_DOCUMENT_CODE_LENS, partial(self._lenses), None),
        ]

    # ── Texts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        self._put(item.uri, item.text, item.version, opened=True)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangeWholeDocument):
                self._put(params.text_document.uri, change.text, params.text_document.version)

    def _put(self, uri: str, text: str, number: int, *, opened: bool = False) -> None:
        """Take a text, which is checked when no other has come for a while; nobody waits for the proofs of the one before."""
        document = open_document(uri, text, number, self.workspace.position_encoding or "utf-16")
        self.project.put(document)
        if event := self._cancel.get(self._key(document)):
            event.set()
        if timer := self._timers.pop(uri, None):
            timer.cancel()
        pause = 0 if opened else self.long_pause if is_large(document) else self.pause
        self._timers[uri] = asyncio.get_running_loop().call_later(pause, self._check, document)

    def _saved(self, _params: Any) -> None:
        """Handles a change on disk: of a policy, a case file, LiteLLM's config."""
        self.project.files_changed()
        for document in list(self.project.documents.values()):
            self._check(document)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self.project.remove(params.text_document.uri)
        keys = {self._key(document) for document in self.project.documents.values()}
        for key in [key for key in self._published if key not in keys]:
            self.analyses.pop(key, None)
            if event := self._cancel.pop(key, None):
                event.set()
            self._publish(key, {})
            del self._published[key]
        for document in list(self.project.documents.values()):
            self._check(document)

    def _key(self, document: Document) -> Key:
        return self.project.key_of(document)

    def _document(self, params: Any) -> Document | None:
        return self.project.documents.get(params.text_document.uri)

    # ── Diagnostics ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _check(self, document: Document) -> None:
        """Begin to examine a document, and end what is examined of an older text of its policy."""
        if self.project.documents.get(document.uri) is not document:
            return
        key = self._key(document)
        if event := self._cancel.get(key):
            event.set()
        event = self._cancel[key] = Event()
        task = asyncio.get_running_loop().create_task(self._examine(document, event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _examine(self, document: Document, cancelled: Event) -> None:
        """Report what is quick to find; the findings of the analyses follow when they are done, if nothing has changed by then.

        What takes long, a large policy and every analysis, is done in the other thread, so that all other questions have answers.
        """
        loop = asyncio.get_running_loop()
        try:
            snapshot = (
                await loop.run_in_executor(self._worker, self._snapshot, document, cancelled)
                if is_large(document)
                else self._snapshot(document)
            )
            if snapshot is None or cancelled.is_set():
                return
            told = snapshot.unanswered(None)
            self._report(document, snapshot, told)
            found = await loop.run_in_executor(self._worker, analysis_of, snapshot, cancelled, self._new_counter)
        except Exception:
            _log.exception("the analysis failed")
            return
        if cancelled.is_set():
            return
        self.analyses[snapshot.key] = found
        if found.findings is not None and (more := snapshot.unanswered(found.findings)) != told:
            self._report(document, snapshot, more)
        capabilities = self.client_capabilities.workspace
        if found.hits is not None and capabilities and capabilities.code_lens and capabilities.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)

    def _report(self, document: Document, snapshot: Snapshot, diagnostics: Sequence[Diagnostic]) -> None:
        navigation = self._navigation(document, snapshot)
        by_uri: dict[str, list[types.Diagnostic]] = {navigation.uri(source): [] for source in snapshot.loaded.policy.sources}
        for diagnostic in diagnostics:
            by_uri.setdefault(navigation.uri(diagnostic.span.source), []).append(as_reported(diagnostic, navigation))
        self._publish(snapshot.key, by_uri)

    def _publish(self, key: Key, by_uri: dict[str, list[types.Diagnostic]]) -> None:
        """Publish the diagnostics of a policy's files, together with those of other policies for the same files."""
        before = self._published.get(key, {})
        self._published[key] = by_uri
        for uri in {**before, **by_uri}:
            found: list[types.Diagnostic] = []
            for of_policy in self._published.values():
                found += [item for item in of_policy.get(uri, ()) if item not in found]
            document = self.project.documents.get(uri)
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri, found, document.version if document is not None else None)
            )

    def _snapshot(self, document: Document, cancelled: Event | None = None) -> Snapshot | None:
        if cancelled is not None and cancelled.is_set():
            return None
        try:
            return self.project.snapshot(document)
        except OSError:  # the file has disappeared
            return None

    def _navigation(self, document: Document, snapshot: Snapshot) -> Navigation:
        uris = {item.path: item.uri for item in self.project.documents.values() if item.path is not None}
        return Navigation(document, snapshot, uris)

    def _analysis(self, snapshot: Snapshot) -> Analysis:
        """The results for exactly this snapshot; from an older one, only the values in its cases."""
        found = self.analyses.get(snapshot.key)
        if found is None:
            return Analysis(snapshot)
        return found if found.snapshot is snapshot else Analysis(snapshot, seen=found.seen)

    # ── Questions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _place(self, params: Any) -> tuple[Document, Snapshot, int] | None:
        document = self._document(params)
        snapshot = self._snapshot(document) if document is not None else None
        if document is None or snapshot is None:
            return None
        return document, snapshot, document.map.offset(params.position)

    def _latest(self, params: Any) -> tuple[Document, Snapshot, int] | None:
        """Like `_place`, with a snapshot that may be a few changes old."""
        document = self._document(params)
        if document is None:
            return None
        try:
            return document, self.project.latest(document), document.map.offset(params.position)
        except OSError:  # the policy that includes it has disappeared
            return None

    def _checked(self, document: Document | None) -> Snapshot | None:
        """The snapshot of what was reported; None before: the editor asks again then."""
        try:
            return None if document is None else self.project.checked(document)
        except OSError:
            return None

    def _complete(self, params: types.CompletionParams) -> list[types.CompletionItem]:
        place = self._latest(params)
        if place is None:
            return []
        document, snapshot, offset = place
        return complete(document, offset, snapshot, self._analysis(snapshot).seen)

    def _hover(self, params: types.HoverParams) -> types.Hover | None:
        place = self._latest(params)
        if place is None:
            return None
        document, snapshot, offset = place
        analysis = self._analysis(snapshot)
        found = hover(document, offset, snapshot, analysis.findings, analysis.hits)
        if found is None:
            return None
        text, token = found
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), document.map.range(token.start, token.end))

    def _definition(self, params: types.DefinitionParams) -> types.Location | None:
        place = self._place(params)
        return self._navigation(place[0], place[1]).definition(place[2]) if place is not None else None

    def _references(self, params: types.ReferenceParams) -> list[types.Location]:
        place = self._place(params)
        return self._navigation(place[0], place[1]).references(place[2]) if place is not None else []

    def _highlights(self, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        place = self._place(params)
        return self._navigation(place[0], place[1]).highlights(place[2]) if place is not None else []

    def _prepare_rename(self, params: types.PrepareRenameParams) -> types.Range | None:
        place = self._place(params)
        if place is None:
            return None
        stretch = renamable(self._navigation(place[0], place[1]), place[2])
        return place[0].map.range(*stretch) if stretch is not None else None

    def _rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        place = self._place(params)
        if place is None:
            return None
        document, snapshot, offset = place
        navigation = self._navigation(document, snapshot)
        try:
            return rename(navigation, offset, params.new_name, partial(self._policies_with, document), self._moves_files())
        except RenameError as error:
            raise JsonRpcInvalidParams(str(error)) from None

    def _policies_with(self, document: Document, path: Path) -> list[Navigation]:
        return [self._navigation(document, snapshot) for snapshot in self.project.policies_with(path)]

    def _moves_files(self) -> bool:
        """Whether the editor can rename files as part of a workspace edit."""
        workspace = self.client_capabilities.workspace
        can = workspace.workspace_edit if workspace is not None else None
        return bool(can and can.document_changes and types.ResourceOperationKind.Rename in (can.resource_operations or ()))

    def _symbols(self, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        document = self._document(params)
        return symbols(document) if document is not None else []

    def _format(self, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        document = self._document(params)
        text = format_source(Source(document.text)).text if document is not None else None
        if document is None or text is None or text == document.text:
            return []
        return [types.TextEdit(document.map.whole, text)]

    def _actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        document = self._document(params)
        snapshot = self._checked(document)
        if document is None or snapshot is None:
            return []
        start, end = document.map.offset(params.range.start), document.map.offset(params.range.end)
        diagnostics = snapshot.unanswered(self._analysis(snapshot).findings)
        navigation = self._navigation(document, snapshot)
        return quick_fixes(document, diagnostics, navigation, (start, end))

    def _lenses(self, params: types.CodeLensParams) -> list[types.CodeLens]:
        document = self._document(params)
        snapshot = self._checked(document)
        hits = self._analysis(snapshot).hits if snapshot is not None else None
        if document is None or snapshot is None or hits is None:
            return []
        navigation = self._navigation(document, snapshot)
        return [
            types.CodeLens(navigation.range(rule.span), types.Command(hit_text(hits[number]), ""))
            for number, rule in enumerate(snapshot.rules, 1)
            if navigation.uri(rule.span.source) == document.uri
        ]


def serve(read_models: ReadModels, new_counter: NewCounter, folders: tuple[Path, ...] = ()) -> None:
    """Serve an editor on standard input and output until it ends the session."""
    PolicyServer(read_models, new_counter, folders).start_io()

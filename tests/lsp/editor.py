"""An editor for tests: a real client of the protocol, and the server in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

WAIT = 60
"""Seconds after which a test gives up on the server."""


class Editor:
    """An open session. Positions are said by a text with `|` in it: the place of the bar in the document without it."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.reported: dict[str, types.PublishDiagnosticsParams] = {}
        self.news = asyncio.Condition()
        self.lens_refreshes = 0

    def open(self, path: Path | str, text: str | None = None) -> str:
        """Open a file, or a text that is none; its URI."""
        uri = path.as_uri() if isinstance(path, Path) else path
        content = text if text is not None else Path(path).read_text("utf-8")
        self.texts[uri], self.versions[uri] = content, 1
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "ccp", 1, content)))
        return uri

    def change(self, uri: str, text: str) -> None:
        """Type: the document has this text now."""
        self.texts[uri] = text
        self.versions[uri] += 1
        identifier = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    def close(self, uri: str) -> None:
        """Close the document: what is told of it from now on is of no version."""
        del self.versions[uri]
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(self.identifier(uri)))

    def saved(self, uri: str) -> None:
        """Say that files were written."""
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(self.identifier(uri)))

    @staticmethod
    def identifier(uri: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(uri)

    def place(self, uri: str, marked: str) -> types.Position:
        """The position of the bar: `marked` without it stands in the document."""
        before, _, after = marked.partition("|")
        at = self.texts[uri].index(before + after) + len(before)
        lines = self.texts[uri][:at].split("\n")
        return types.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)

    async def diagnostics(self, uri: str, *codes: str) -> list[types.Diagnostic]:
        """The diagnostics of a document, waited for until they have just these codes."""
        async with self.news:
            try:
                await asyncio.wait_for(self.news.wait_for(lambda: self._is_told(uri, codes)), WAIT)
            except TimeoutError:
                raise AssertionError(f"waited for {codes}, was told {self.reported.get(uri)}") from None
        return list(self.reported[uri].diagnostics)

    def _is_told(self, uri: str, codes: tuple[str, ...]) -> bool:
        told = self.reported.get(uri)
        if told is None or told.version != self.versions.get(uri):
            return False
        return sorted(str(item.code)[:6] for item in told.diagnostics) == sorted(codes)

    async def completions(self, uri: str, marked: str) -> dict[str, types.CompletionItem]:
        """What can be written at a place, by what is shown."""
        found = await self.client.text_document_completion_async(types.CompletionParams(self.identifier(uri), self.place(uri, marked)))
        assert isinstance(found, list)
        return {item.label: item for item in found}

    async def hover(self, uri: str, marked: str) -> str:
        """What is shown at a place; empty for nothing."""
        found = await self.client.text_document_hover_async(types.HoverParams(self.identifier(uri), self.place(uri, marked)))
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def definition(self, uri: str, marked: str) -> types.Location | None:
        """Where a word leads."""
        found = await self.client.text_document_definition_async(types.DefinitionParams(self.identifier(uri), self.place(uri, marked)))
        assert found is None or isinstance(found, types.Location)
        return found

    async def rename(self, uri: str, marked: str, name: str) -> types.WorkspaceEdit | None:
        """The edits that rename a word."""
        return await self.client.text_document_rename_async(types.RenameParams(self.identifier(uri), self.place(uri, marked), name))

    async def actions(self, uri: str, diagnostic: types.Diagnostic) -> list[types.CodeAction]:
        """The quick fixes of a diagnostic."""
        context = types.CodeActionContext([diagnostic])
        found = await self.client.text_document_code_action_async(types.CodeActionParams(self.identifier(uri), diagnostic.range, context))
        return [item for item in found or [] if isinstance(item, types.CodeAction)]

    async def lenses(self, uri: str) -> list[str]:
        """The titles of the code lenses, waited for until there are some."""
        while True:
            seen = self.lens_refreshes
            found = await self.client.text_document_code_lens_async(types.CodeLensParams(self.identifier(uri)))
            if found:
                return [item.command.title for item in found if item.command is not None]
            async with self.news:
                await asyncio.wait_for(self.news.wait_for(lambda: self.lens_refreshes > seen), WAIT)  # noqa: B023 (awaited here)

    def apply(self, edit: types.WorkspaceEdit) -> None:
        """Make the changes of an edit, in documents that are open."""
        for uri, edits in (edit.changes or {}).items():
            self.change(uri, edited(self.texts[uri], edits))


def edited(text: str, edits: Sequence[types.TextEdit]) -> str:
    """A text with edits made, the last first. Positions are counted in UTF-16."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(position: types.Position) -> int:
        line = text[starts[position.line] : starts[position.line + 1]] if position.line + 1 < len(starts) else ""
        return starts[position.line] + len(line.encode("utf-16-le")[: 2 * position.character].decode("utf-16-le"))

    for edit in sorted(edits, key=lambda item: offset(item.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


@asynccontextmanager
async def editing(folder: Path) -> AsyncIterator[Editor]:
    """A session with `ccproxy lsp`, from the start of the process to its orderly end."""
    client = LanguageClient("test", "1")
    editor = Editor(client)

    async def told(params: types.PublishDiagnosticsParams) -> None:
        async with editor.news:
            editor.reported[params.uri] = params
            editor.news.notify_all()

    async def refresh(_params: None) -> None:
        async with editor.news:
            editor.lens_refreshes += 1
            editor.news.notify_all()

    client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(told)
    client.feature(types.WORKSPACE_CODE_LENS_REFRESH)(refresh)
    await client.start_io(sys.executable, "-m", "ccproxy", "--config-dir", str(folder / "no-config"), "lsp", "--stdio")
    lens = types.CodeLensWorkspaceClientCapabilities(refresh_support=True)
    moves = types.WorkspaceEditClientCapabilities(document_changes=True, resource_operations=[types.ResourceOperationKind.Rename])
    capabilities = types.ClientCapabilities(workspace=types.WorkspaceClientCapabilities(code_lens=lens, workspace_edit=moves))
    result = await asyncio.wait_for(
        client.initialize_async(types.InitializeParams(capabilities, root_uri=folder.as_uri(), process_id=None)), WAIT
    )
    assert result.server_info is not None
    assert result.server_info.name == "ccproxy"
    client.initialized(types.InitializedParams())
    yield editor
    await asyncio.wait_for(client.shutdown_async(None), WAIT)
    client.exit(None)
    server = client._server
    assert server is not None
    assert await asyncio.wait_for(server.wait(), WAIT) == 0
    await client.stop()  # type: ignore[no-untyped-call]

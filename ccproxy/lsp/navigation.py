"""From names to where they are defined and used; new names for them; where includes and labels lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types

from ccproxy import syntax
from ccproxy.checks.names import definition_problem
from ccproxy.lsp.documents import Document
from ccproxy.lsp.positions import TextMap
from ccproxy.lsp.project import Snapshot
from ccproxy.lsp.tokens import Kind, Token, index_at, tokens
from ccproxy.source import Source, Span


class RenameError(Exception):
    """A name that can't be given; the text says why, and what could be."""


class Navigation:
    """One policy, seen from a document: ranges in the client's units, files by the URIs that the client gave them."""

    def __init__(self, document: Document, snapshot: Snapshot, uris: dict[Path, str]) -> None:
        self._document = document
        self._snapshot = snapshot
        self._uris = uris

    def uri(self, source: Source) -> str:
        """The URI of a file."""
        if source.path is None:
            return self._document.uri
        path = source.path.resolve()
        return self._uris.get(path) or path.as_uri()

    def location(self, span: Span) -> types.Location:
        """A span as editors have it."""
        return types.Location(self.uri(span.source), self.range(span))

    def range(self, span: Span) -> types.Range:
        """The range of a span in its file."""
        return TextMap(span.source.text, self._document.encoding).range(span.start, span.end)

    def token_at(self, offset: int) -> Token | None:
        """The token at an offset, but no comment."""
        index = index_at(self._document.tokens, offset)
        token = self._document.tokens[index] if index is not None else None
        return token if token is not None and token.kind is not Kind.COMMENT else None

    def name_at(self, offset: int) -> Token | None:
        """The name of a let or predicate at an offset."""
        token = self.token_at(offset)
        return token if token is not None and token.kind is Kind.WORD and token.text in self._snapshot.definitions else None

    # ── Definition, references ───────────────────────────────────────────────────────────────────────────────────────

    def definition(self, offset: int) -> types.Location | None:
        """Where the name at an offset is defined; the file that an include names; the model that a label names."""
        if name := self.name_at(offset):
            return self.location(self._snapshot.definitions[name.text].name.span)
        token = self.token_at(offset)
        if token is None:
            return None
        return self._label(token) if token.kind is Kind.LABEL else self._included(token)

    def _included(self, token: Token) -> types.Location | None:
        """The start of the file that the include around this text brings."""
        policy = self._snapshot.loaded.policy
        for item in policy.statements:
            if isinstance(item, syntax.Include) and self._here(item.path.span) and item.path.span.start == token.start:
                including = item.span.source.path
                wanted = (including.resolve().parent / item.path.value).resolve() if including is not None else None
                source = next((found for found in policy.sources if found.path is not None and found.path.resolve() == wanted), None)
                return self.location(Span(source, 0, 0)) if source is not None else None
        return None

    def _label(self, token: Token) -> types.Location | None:
        models = self._snapshot.models
        if models is None:
            return None
        text = models.source.text
        quoted = re.escape(token.value)
        match = re.search(rf"""model_name:\s*(["']?)({quoted})\1\s*(?:$|[#,}}])""", text, re.MULTILINE)
        return self.location(Span(models.source, match.start(2), match.end(2))) if match else None

    def _here(self, span: Span) -> bool:
        source = span.source
        return self.uri(source) == self._document.uri

    def references(self, offset: int) -> list[types.Location]:
        """Every place of the name at an offset, its definition first in the order of the files."""
        name = self.name_at(offset)
        return [self.location(span) for span in self._places(name.text)] if name is not None else []

    def highlights(self, offset: int) -> list[types.DocumentHighlight]:
        """The places of the name at an offset in this document."""
        name = self.name_at(offset)
        places = self._places(name.text) if name is not None else ()
        return [types.DocumentHighlight(self.range(span)) for span in places if self._here(span)]

    def _places(self, name: str) -> Iterator[Span]:
        for source in dict.fromkeys(self._snapshot.loaded.policy.sources):
            for token in tokens(source.text):
                if token.kind is Kind.WORD and token.text == name:
                    yield Span(source, token.start, token.end)

    # ── Rename ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def renamed(self, offset: int, new: str) -> types.WorkspaceEdit | None:
        """The edits that give the name at an offset a new one everywhere in the policy. RenameError for one that it can't have."""
        name = self.name_at(offset)
        if name is None:
            return None
        if new != name.text:
            taken = {other: definition.name.span for other, definition in self._snapshot.definitions.items()}
            problem = definition_problem(syntax.Name(Span(Source(new), 0, len(new)), new), taken)
            if problem is not None:
                raise RenameError(f"{problem.message}: {problem.help}")
        changes: dict[str, list[types.TextEdit]] = {}
        for span in self._places(name.text):
            edit = types.TextEdit(self.range(span), new)
            edits = changes.setdefault(self.uri(span.source), [])
            if edit not in edits:  # a file that is included twice
                edits.append(edit)
        return types.WorkspaceEdit(changes={uri: list(edits) for uri, edits in changes.items()})

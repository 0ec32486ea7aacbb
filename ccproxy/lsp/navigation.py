"""Finds definitions and references of names, and the targets of includes and labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types

from ccproxy.language import syntax
from ccproxy.language.tokens import Kind, Token, index_at, tokens
from ccproxy.lsp.documents import Document
from ccproxy.lsp.positions import TextMap
from ccproxy.lsp.project import Snapshot
from ccproxy.regular_files import real_path
from ccproxy.source import Source, Span


def included_path(include: syntax.Include) -> Path | None:
    """The path that an include refers to; None in a text that is not a file."""
    including = include.span.source.path
    return real_path(including).parent / include.path.value if including is not None else None


class Navigation:
    """One policy seen from a document, with ranges in the client's units and files by the client's URIs."""

    def __init__(self, document: Document, snapshot: Snapshot, uris: dict[Path, str]) -> None:
        self.snapshot = snapshot
        self._document = document
        self._uris = uris
        self._files: dict[Source, tuple[str, TextMap]] = {}

    def uri(self, source: Source) -> str:
        """The URI of a file."""
        return self._file(source)[0]

    def _file(self, source: Source) -> tuple[str, TextMap]:
        """The URI and the positions of a file: found out once, for thousands of rules."""
        if source not in self._files:
            path = None if source.path is None else real_path(source.path)
            uri = self._document.uri if path is None else self._uris.get(path) or path.as_uri()
            self._files[source] = uri, TextMap(source.text, self._document.encoding)
        return self._files[source]

    def location(self, span: Span) -> types.Location:
        """A span as an LSP location."""
        return types.Location(self.uri(span.source), self.range(span))

    def range(self, span: Span) -> types.Range:
        """The range of a span in its file."""
        return self._file(span.source)[1].range(span.start, span.end)

    def token_at(self, offset: int) -> Token | None:
        """The token at an offset, unless it is a comment."""
        index = index_at(self._document.tokens, offset)
        token = self._document.tokens[index] if index is not None else None
        return token if token is not None and token.kind is not Kind.COMMENT else None

    def name_at(self, offset: int) -> Token | None:
        """The name of a let or predicate at an offset."""
        token = self.token_at(offset)
        return token if token is not None and token.kind is Kind.WORD and token.text in self.snapshot.definitions else None

    def include_at(self, offset: int) -> syntax.Include | None:
        """The include whose path is at an offset."""
        for item in self.snapshot.loaded.policy.statements:
            if isinstance(item, syntax.Include) and self._here(item.path.span) and item.path.span.start <= offset <= item.path.span.end:
                return item
        return None

    # ── Definition, references ───────────────────────────────────────────────────────────────────────────────────────

    def definition(self, offset: int) -> types.Location | None:
        """The definition of the name at an offset, the file of an include, or the model of a label."""
        if name := self.name_at(offset):
            return self.location(self.snapshot.definitions[name.text].name.span)
        if include := self.include_at(offset):
            source = self.included(include)
            return self.location(Span(source, 0, 0)) if source is not None else None
        token = self.token_at(offset)
        return self._label(token) if token is not None and token.kind is Kind.LABEL else None

    def included(self, include: syntax.Include) -> Source | None:
        """The included file; None if it doesn't exist."""
        path = included_path(include)
        wanted = real_path(path) if path is not None else None
        sources = self.snapshot.loaded.policy.sources
        return next((source for source in sources if source.path is not None and real_path(source.path) == wanted), None)

    def _label(self, token: Token) -> types.Location | None:
        models = self.snapshot.models
        if models is None:
            return None
        place = models.places.get(token.value)
        return None if place is None else self.location(place)

    def _here(self, span: Span) -> bool:
        source = span.source
        return self.uri(source) == self._document.uri

    def references(self, offset: int) -> list[types.Location]:
        """Every occurrence of the name at an offset, with its definition, in the order of the files."""
        name = self.name_at(offset)
        return [self.location(span) for span in self.places(name.text)] if name is not None else []

    def highlights(self, offset: int) -> list[types.DocumentHighlight]:
        """The occurrences of the name at an offset in this document."""
        name = self.name_at(offset)
        places = self.places(name.text) if name is not None else ()
        return [types.DocumentHighlight(self.range(span)) for span in places if self._here(span)]

    def places(self, name: str) -> Iterator[Span]:
        """Every occurrence of a let or predicate in the policy."""
        for source in dict.fromkeys(self.snapshot.loaded.policy.sources):
            found = [token for token in tokens(source.text) if token.kind is not Kind.COMMENT]
            for index, token in enumerate(found):
                around = [other.text for other in found[max(index - 1, 0) : index + 2]]
                argument = around[0] in ("(", ",") and around[-1] == "="
                if token.kind is Kind.WORD and token.text == name and not argument:
                    yield Span(source, token.start, token.end)

"""The documents that an editor has open, with their unsaved text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ccproxy.language.tokens import Token, tokens

if TYPE_CHECKING:
    from ccproxy.lsp.positions import TextMap

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Document:
    """One version of an open document; `path` is None if it is not a file (yet)."""

    uri: str
    path: Path | None
    text: str
    version: int
    encoding: str

    @cached_property
    def map(self) -> TextMap:
        """Converts between offsets and positions."""
        from ccproxy.lsp.positions import TextMap  # it takes what all messages of the protocol are made of

        return TextMap(self.text, self.encoding)

    @cached_property
    def tokens(self) -> list[Token]:
        """The tokens of the text."""
        return tokens(self.text)


def open_document(uri: str, text: str, version: int, encoding: str) -> Document:
    """A document as sent by an editor. Forbidden characters are replaced one for one, so that places stay the same."""
    if text.startswith("\ufeff"):
        text = " " + text[1:]
    return Document(uri, path_of(uri), _SURROGATE.sub("\ufffd", text), version, encoding)


def path_of(uri: str) -> Path | None:
    """The path of a file URI, links resolved; None for any other URI."""
    try:
        parts = urlsplit(uri)
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            return None
        name = url2pathname(parts.path)
        return Path(name).resolve() if name and "\0" not in name else None
    except (OSError, RuntimeError, ValueError):
        return None

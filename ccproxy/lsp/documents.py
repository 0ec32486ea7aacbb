"""The documents that an editor has open, with their unsaved text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ccproxy.language.tokens import Token, tokens
from ccproxy.regular_files import real_path

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


def before_edit(offset: int, text: str, before: str) -> int | None:
    """Where a place of a text was before it was edited; None where the edit is."""
    if text == before:
        return offset
    most = min(len(text), len(before))
    start = _most(most, lambda size: text[:size] == before[:size])
    if offset < start:
        return offset
    end = _most(most - start, lambda size: text[len(text) - size :] == before[len(before) - size :])
    return offset - len(text) + len(before) if offset >= len(text) - end else None


def _most(most: int, holds: Callable[[int], bool]) -> int:
    """The largest size up to `most` for which it holds, as it does for all smaller ones."""
    return bisect_right(range(1, most + 1), False, key=lambda size: not holds(size))


def path_of(uri: str) -> Path | None:
    """The path of a file URI, links resolved; None for any other URI."""
    try:
        parts = urlsplit(uri)
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            return None
        name = url2pathname(parts.path)
        return real_path(Path(name)) if name and "\0" not in name else None
    except (OSError, RuntimeError, ValueError):
        return None

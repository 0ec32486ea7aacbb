"""What our XML documents share: any text can be written, and a document is indented."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, indent, tostring  # nosec B405: written, never parsed

_NOT_WRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML has no way to write."""


def writable(text: str) -> str:
    """The text with a mark in place of what XML can't write."""
    return _NOT_WRITABLE.sub("\ufffd", text)


def document(root: Element) -> str:
    """The text of a document, indented, without a declaration."""
    indent(root)
    return tostring(root, "unicode")

"""What our XML documents share: writing any text, and indentation."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, indent, tostring  # nosec B405: written, never parsed

_NOT_WRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML can't represent."""


def writable(text: str) -> str:
    """The text with a mark in place of what XML can't represent."""
    return _NOT_WRITABLE.sub("\ufffd", text)


def document(root: Element) -> str:
    """The indented text of a document, without a declaration."""
    indent(root)
    return tostring(root, "unicode")

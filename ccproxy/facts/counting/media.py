"""Tokens of images, documents and sound, estimated without tokenising: base64 is no text."""

from __future__ import annotations

from binascii import Error, a2b_base64
from math import ceil

from ccproxy.facts.values import Json

PIXELS_PER_TOKEN = 750
"""Anthropic's rule for images: width × height / 750."""

IMAGE_TOKENS = 1600
"""An image whose size can't be read here (a URL, a file id, an unknown format): about the largest that is not scaled down."""

BYTES_PER_PAGE = 50_000
PAGE_TOKENS = 2_000
"""A document has a page for every 50,000 bytes begun, and 2,000 tokens a page; one whose data is not here counts as one page."""

TEXT_BYTES_PER_TOKEN = 4
"""A text file in base64 has a token for every four bytes."""

SOUND_BYTES_PER_TOKEN = 1_600
"""Sound has ten tokens a second, and 16,000 bytes a second."""

CIPHER_CHARACTERS_PER_TOKEN = 6
"""Encrypted text in base64: four base64 characters hold three bytes, and a token is about four bytes."""

LONGEST_SIDE = 8_000
"""The largest width and height that providers take, in pixels: a header that says more, or 0, says nothing."""

_HEAD = 4 * 1024
"""Characters of base64 that are looked at for a size."""
_JPEG_HEAD = 512 * 1024
"""Where a JPEG has no size there: its metadata comes first, and may be long."""
_JPEG = b"\xff\xd8"
_MOST_SEGMENTS = 256
"""Segments of a JPEG that are looked at before its frame."""
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset(range(0xD0, 0xDA)) | {0x01}


def image_tokens(data: Json) -> int:
    """The tokens of an image: `data` is base64 or a `data:` URL; anything else is an image that is not here."""
    if not isinstance(data, str):
        return IMAGE_TOKENS
    start = _start_of_base64(data)
    head = _decoded(data[start : start + _HEAD])
    size = image_size(head)
    if size is None and head.startswith(_JPEG) and len(data) - start > _HEAD:
        size = image_size(_decoded(data[start : start + _JPEG_HEAD]))
    return IMAGE_TOKENS if size is None else ceil(size[0] * size[1] / PIXELS_PER_TOKEN)


def document_tokens(data: Json, media_type: Json = None) -> int:
    """The tokens of a document: `data` is base64 or a `data:` URL; anything else is a document that is not here."""
    if not isinstance(data, str):
        return PAGE_TOKENS
    if data.startswith("data:text/") or (isinstance(media_type, str) and media_type.startswith("text/")):
        return ceil(decoded_length(data) / TEXT_BYTES_PER_TOKEN)
    return PAGE_TOKENS * max(1, ceil(decoded_length(data) / BYTES_PER_PAGE))


def sound_tokens(data: Json) -> int:
    """The tokens of sound in base64."""
    return ceil(decoded_length(data) / SOUND_BYTES_PER_TOKEN) if isinstance(data, str) else 0


def cipher_tokens(data: str) -> int:
    """The tokens of encrypted text (redacted thinking, encrypted search results) in base64."""
    return ceil(len(data) / CIPHER_CHARACTERS_PER_TOKEN)


def decoded_length(data: str) -> int:
    """The number of bytes that base64, or the base64 of a `data:` URL, holds."""
    return (len(data) - _start_of_base64(data) - data[-2:].count("=")) * 3 // 4


def _start_of_base64(data: str) -> int:
    """Where the base64 of a `data:` URL starts, 0 in any other text; megabytes are not copied for it."""
    return data.find(",") + 1 or len(data) if data.startswith("data:") else 0


def _decoded(base64: str) -> bytes:
    """What can be decoded of it: lines may be broken, and the end cut off."""
    joined = "".join(base64.split())
    try:
        return a2b_base64(joined[: len(joined) // 4 * 4])
    except (Error, ValueError):
        return b""


def image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, from the header of a PNG, JPEG, GIF or WebP file; None where they can't be read, or can't be true."""
    size = _said_size(data)
    return size if size is not None and all(0 < side <= LONGEST_SIDE for side in size) else None


def _said_size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    if data.startswith(_JPEG):
        return _jpeg_size(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """The size in the frame header: segments are a marker (0xFF and its kind) and a length, up to the frame's."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 9 > len(data) or data[at] != 0xFF:
            break
        kind = data[at + 1]
        if kind in _JPEG_FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        if kind == 0xFF:
            at += 1
        elif kind in _JPEG_BARE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    return None

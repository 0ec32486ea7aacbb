"""Images by their pixels."""

from base64 import b64encode

import pytest

from ccproxy.facts.tokens.media import IMAGE_TOKENS, document_tokens, image_size, image_tokens

JPEG_START = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
JPEG_FRAME = b"\xff\xc2\x00\x11\x08" + (300).to_bytes(2) + (400).to_bytes(2) + b"\x03"
EXIF = b"\xff\xe1\xff\xff" + bytes(65_533)


def webp(kind: bytes, payload: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + bytes(4) + payload + bytes(20)


SIZES = [
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (400).to_bytes(4) + (300).to_bytes(4), (400, 300)),
    (b"GIF89a" + (400).to_bytes(2, "little") + (300).to_bytes(2, "little"), (400, 300)),
    (JPEG_START + JPEG_FRAME, (400, 300)),
    (JPEG_START + EXIF + EXIF + b"\xff" + JPEG_FRAME, (400, 300)),
    (webp(b"VP8X", bytes(4) + (399).to_bytes(3, "little") + (299).to_bytes(3, "little")), (400, 300)),
    (webp(b"VP8L", b"\x2f" + (399 | 299 << 14).to_bytes(4, "little")), (400, 300)),
    (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + (400).to_bytes(2, "little") + (300).to_bytes(2, "little")), (400, 300)),
    (b"\x89PNG\r\n\x1a\n", None),
    (JPEG_START, None),
    (JPEG_START + b"\xff", None),
    (webp(b"VP9 ", b""), None),
    (b"<svg/>", None),
    (b"", None),
]


@pytest.mark.parametrize(("data", "size"), SIZES)
def test_size(data: bytes, size: tuple[int, int] | None) -> None:
    assert image_size(data) == size
    assert image_tokens(b64encode(data).decode()) == (160 if size else IMAGE_TOKENS)
    assert image_tokens(f"data:image/x;base64,{b64encode(data).decode()}") == (160 if size else IMAGE_TOKENS)


@pytest.mark.parametrize("data", [None, 5, "https://example.org/a.png", "not base64!", "é", "data:", "A"])
def test_no_image_data(data: object) -> None:
    assert image_tokens(data) == IMAGE_TOKENS


@pytest.mark.parametrize(("size", "tokens"), [(0, 2000), (1, 2000), (50_000, 2000), (50_001, 4000), (1_000_000, 40_000)])
def test_document(size: int, tokens: int) -> None:
    assert document_tokens("A" * (size * 4 // 3 + 1)) == tokens

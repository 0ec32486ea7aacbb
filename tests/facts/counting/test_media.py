"""Images by their pixels."""

from base64 import b64encode, encodebytes
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.facts.counting.media import IMAGE_TOKENS, LONGEST_SIDE, PIXELS_PER_TOKEN, document_tokens, image_size, image_tokens
from tests.language.profile import examples

JPEG_START = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
JPEG_FRAME = b"\xff\xc2\x00\x11\x08" + (300).to_bytes(2) + (400).to_bytes(2) + b"\x03"
EXIF = b"\xff\xe1\xff\xff" + bytes(65_533)


def webp(kind: bytes, payload: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + bytes(4) + payload + bytes(20)


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4) + height.to_bytes(4)


SIZES = [
    (png(400, 300), (400, 300)),
    (b"GIF89a" + (400).to_bytes(2, "little") + (300).to_bytes(2, "little"), (400, 300)),
    (JPEG_START + JPEG_FRAME, (400, 300)),
    (JPEG_START + EXIF + EXIF + b"\xff" + JPEG_FRAME, (400, 300)),
    (JPEG_START + b"\xff\x01" + EXIF + b"\xff\xd0\xff\xd7" + JPEG_FRAME, (400, 300)),
    (webp(b"VP8X", bytes(4) + (399).to_bytes(3, "little") + (299).to_bytes(3, "little")), (400, 300)),
    (webp(b"VP8L", b"\x2f" + (399 | 299 << 14).to_bytes(4, "little")), (400, 300)),
    (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + (400).to_bytes(2, "little") + (300).to_bytes(2, "little")), (400, 300)),
    (b"\x89PNG\r\n\x1a\n", None),
    (JPEG_START, None),
    (JPEG_START + b"\xff", None),
    (JPEG_START + b"\xff" * 200 + JPEG_FRAME, (400, 300)),
    (JPEG_START + b"\xff" * 400_000 + JPEG_FRAME, None),
    (JPEG_START + b"\xff\xe1\0\2" * 100_000 + JPEG_FRAME, None),
    (JPEG_START + b"\xff\xe1\0\0" + JPEG_FRAME, None),
    (png(0, 300), None),
    (png(400, 0), None),
    (png(2**32 - 1, 2**32 - 1), None),
    (png(2**24 + 400, 300), None),
    (png(400, 2**24 + 300), None),
    (png(1, LONGEST_SIDE + 1), None),
    (webp(b"VP9 ", b""), None),
    (b"<svg/>", None),
    (b"", None),
]


@pytest.mark.parametrize(("data", "size"), SIZES)
def test_size(data: bytes, size: tuple[int, int] | None) -> None:
    assert image_size(data) == size
    assert image_tokens(b64encode(data).decode()) == (160 if size else IMAGE_TOKENS)
    assert image_tokens(f"data:image/x;base64,{b64encode(data).decode()}") == (160 if size else IMAGE_TOKENS)


WHOLE = [data for data, size in SIZES if size is not None]
MOST_TOKENS = ceil(LONGEST_SIDE**2 / PIXELS_PER_TOKEN)


@pytest.mark.parametrize("data", WHOLE)
def test_cut_off(data: bytes) -> None:
    for length in range(min(len(data), 300)):
        assert image_tokens(b64encode(data[:length]).decode()) in (160, IMAGE_TOKENS)


@examples(100)
@given(st.sampled_from([data[:200] for data in WHOLE]), st.lists(st.tuples(st.integers(0, 199), st.integers(0, 255)), max_size=5))
def test_damaged_headers_count_within_bounds(data: bytes, changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(data)
    for at, value in changes:
        if at < len(damaged):
            damaged[at] = value
    assert 0 < image_tokens(b64encode(damaged).decode()) <= MOST_TOKENS


@pytest.mark.parametrize("data", WHOLE)
def test_base64_in_lines_or_without_padding(data: bytes) -> None:
    data += bytes(100)
    assert image_tokens(encodebytes(data).decode()) == 160
    assert image_tokens("\r\n " + b64encode(data).decode()) == 160
    assert {image_tokens(b64encode(data + bytes(more)).decode().rstrip("=")) for more in range(3)} == {160}


def test_the_largest_image() -> None:
    assert image_size(png(LONGEST_SIDE, LONGEST_SIDE)) == (LONGEST_SIDE, LONGEST_SIDE)
    assert image_tokens(b64encode(png(LONGEST_SIDE, LONGEST_SIDE)).decode()) == MOST_TOKENS


@pytest.mark.parametrize("data", [None, 5, "https://example.org/a.png", "not base64!", "é", "data:", "A"])
def test_no_image_data(data: object) -> None:
    assert image_tokens(data) == IMAGE_TOKENS


@pytest.mark.parametrize(("size", "tokens"), [(0, 2000), (1, 2000), (50_000, 2000), (50_001, 4000), (1_000_000, 40_000)])
def test_document(size: int, tokens: int) -> None:
    assert document_tokens("A" * (size * 4 // 3 + 1)) == tokens


@pytest.mark.parametrize("size", range(5))
def test_document_in_a_url(size: int) -> None:
    encoded = b64encode(bytes(size)).decode()
    assert document_tokens(f"data:text/plain;base64,{encoded}") == document_tokens(encoded, "text/csv") == ceil(size / 4)
    assert document_tokens(f"data:application/pdf;base64,{encoded}") == 2000

"""Bit masks: of classes, of tests, of boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_TRUE, _EITHER = b"\x02", b"\x03"


def bits_in(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def key_of(mask: int) -> tuple[int, int]:
    """A mask as the key of a dictionary, with its length: as numbers alone, all masks of one bit would have one of 61 hashes."""
    return mask.bit_length(), mask


def mask_of(numbers: Iterable[int]) -> int:
    """The mask with these bits."""
    places = list(numbers)
    if len(places) < 2:
        return 1 << places[0] if places else 0
    octets = bytearray(max(places) // 8 + 1)
    for place in places:
        octets[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(octets, "little")


def runs_in(mask: int) -> Iterator[tuple[int, int]]:
    """The first and last number of each run of bits that are set, lowest first."""
    at = 0
    while mask:
        skipped = (mask & -mask).bit_length() - 1
        mask >>= skipped
        size = (~mask & (mask + 1)).bit_length() - 1
        yield at + skipped, at + skipped + size - 1
        mask >>= size
        at += skipped + size


class Block:
    """Thousands of variables in a row that are false or true, as of one text: a domain's classes of them, as bytes.

    Most domains have the same classes there, which are compared more quickly than they are put together.
    """

    def __init__(self, variables: range) -> None:
        self._variables = slice(variables.start, variables.stop)
        self._last: tuple[list[int], bytes] = [], b""

    def of(self, domain: list[int]) -> bytes:
        """The classes of a domain."""
        last, octets = self._last
        classes = domain[self._variables]
        if classes != last:
            octets = bytes(classes)
            self._last = classes, octets
        return octets


def unlike_false(classes: bytes) -> list[int]:
    """The places, among thousands of variables that are false or true, of those that are not just false."""
    return sorted(place for class_ in (_TRUE, _EITHER) for place in _places(classes, class_))


def _places(classes: bytes, wanted: bytes) -> Iterator[int]:
    place = classes.find(wanted)
    while place >= 0:
        yield place
        place = classes.find(wanted, place + 1)

"""Sets of Unicode characters as RE2 sees them: sorted ranges of code points, without surrogates."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache

CharSet = tuple[tuple[int, int], ...]
"""Sorted, disjoint, non-adjacent ranges of code points, both ends included."""

_LAST = 0x10FFFF
EMPTY: CharSet = ()
ANY: CharSet = ((0, 0xD7FF), (0xE000, _LAST))
NEWLINE: CharSet = ((10, 10),)
DIGIT: CharSet = ((48, 57),)
SPACE: CharSet = ((9, 10), (12, 13), (32, 32))
WORD: CharSet = ((48, 57), (65, 90), (95, 95), (97, 122))

POSIX: dict[str, CharSet] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}


def union(parts: Iterable[tuple[int, int]]) -> CharSet:
    """The set of the characters in any of the ranges."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(parts):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(chars: CharSet) -> CharSet:
    """The set of all characters that are not in this one."""
    result: list[tuple[int, int]] = []
    start = 0
    for low, high in union((*chars, (0xD800, 0xDFFF))):
        if start < low:
            result.append((start, low - 1))
        start = high + 1
    if start <= _LAST:
        result.append((start, _LAST))
    return tuple(result)


def single(character: str) -> CharSet:
    """The set of one character."""
    return ((ord(character), ord(character)),)


def contains(chars: CharSet, point: int) -> bool:
    """Whether the code point is in the set."""
    index = bisect_right(chars, (point, _LAST + 1)) - 1
    return index >= 0 and chars[index][1] >= point


def size(chars: CharSet) -> int:
    """The number of characters in the set."""
    return sum(high - low + 1 for low, high in chars)


def members(chars: CharSet) -> Iterator[str]:
    """The characters of the set, those most legible in an example first."""
    known: set[int] = set()
    for character in LEGIBLE:
        if contains(chars, ord(character)):
            known.add(ord(character))
            yield character
    printable = [(max(low, 33), min(high, 126)) for low, high in chars if low <= 126 and high >= 33]
    for low, high in (*printable, *chars):
        for point in range(low, high + 1):
            if point not in known:
                if point < 127:
                    known.add(point)
                yield chr(point)


LEGIBLE = "abcdefghijklmnopqrstuvwxyz0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ _./:"


def folded(chars: CharSet) -> CharSet:
    """The set extended by all characters that differ from one of its own only in case, as for `(?i)`."""
    orbits = _ascii_orbits() if not chars or chars[-1][1] < 128 else _orbits()
    extra = [(point, point) for character, orbit in orbits.items() if contains(chars, ord(character)) for point in map(ord, orbit)]
    return union((*chars, *extra))


@cache
def _ascii_orbits() -> dict[str, str]:
    """The case variants of the ASCII letters; two of them have one more beyond ASCII."""
    orbits = {letter: letter + letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"} | {"k": "kK\u212a", "s": "sS\u017f"}
    return {character: orbit for orbit in orbits.values() for character in orbit}


def _simple_fold(character: str) -> str:
    """Unicode's simple case folding (statuses C and S): never more than one character."""
    fold = character.casefold()
    if len(fold) == 1:
        return fold
    lower = character.lower()
    return lower if len(lower) == 1 else character


@cache
def _orbits() -> dict[str, str]:
    """For each character with case variants, all characters of the same folding."""
    groups: dict[str, list[str]] = {}
    for point in range(0x1EA00):  # letters beyond have no case
        character = chr(point)
        fold = _simple_fold(character)
        if fold != character:
            groups.setdefault(fold, [fold]).append(character)
    return {character: "".join(group) for group in groups.values() for character in group}


@cache
def unicode_class(name: str) -> CharSet | None:
    r"""The set of an RE2 class such as `\p{Greek}` or `\pN`; None if RE2 doesn't know the name.

    It is obtained from RE2 itself, so RE2's version of Unicode counts.
    """
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(f"{name}+", options)
    except re2.error:
        return None
    runs = union((ord(match.group()[0]), ord(match.group()[-1])) for match in pattern.finditer(_all_characters()))
    return complement(complement(runs))  # a run may span the surrogates


def _all_characters() -> str:
    """Every character once, in order."""
    return "".join(map(chr, range(0xD800))) + "".join(map(chr, range(0xE000, _LAST + 1)))

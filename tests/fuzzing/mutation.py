"""Makes new inputs of old ones: texts piece by piece, JSON value by value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import Any

Mutate = Callable[[bytes, Random, Sequence[bytes]], bytes]
"""A new input from one, a source of chance, and other inputs to take pieces of."""

LARGEST = 65_536
"""Bytes of an input."""
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**63, 10**400, 0.1, 1e308, -0.0, float("nan"), float("inf")),
    *(
        "",
        "0",
        "a",
        "\ud800",
        "\x00",
        "é",
        "😀",
        "a" * 300,
        "2026-11-27T10:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
    ),
    *([], {}, [[]], [None], {"": ""}, {"type": "text"}),
)
PIECES = (
    b"",
    b"\x00",
    b"\n",
    b"\r\n",
    b"\xff",
    b"\xef\xbb\xbf",
    b'"',
    b"'",
    b"/",
    b"(",
    b"[",
    b"{",
    b"&a ",
    b"*a",
    b"<<: ",
    b"9" * 40,
    b"-",
    b": ",
    b"\t",
)


def mutate_text(data: bytes, chance: Random, others: Sequence[bytes]) -> bytes:
    """A text with up to four pieces cut out, doubled, moved, or replaced by those of others."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.choice((0, 1, 1, 2, 5, 20, 100)))
        match chance.randrange(5):
            case 0:
                piece = b""
            case 1:
                piece = data[start:end] * chance.choice((2, 2, 2, 50))
            case 2:
                piece = chance.choice(PIECES)
            case 3:
                piece = _piece(data, chance)
            case _:
                piece = _piece(chance.choice(others), chance)
        data = (data[:start] + piece + data[end:])[:LARGEST]
    return data


def _piece(data: bytes, chance: Random) -> bytes:
    """A word, a line, or any stretch."""
    start = chance.randint(0, len(data))
    match chance.randrange(3):
        case 0:
            words = data[start : start + 200].split()
            return chance.choice(words) + b" " if words else b""
        case 1:
            lines = data[start : start + 1_000].splitlines(keepends=True)
            return chance.choice(lines) if lines else b""
        case _:
            return data[start : start + chance.randint(1, 40)]


def mutate_json(data: bytes, chance: Random, others: Sequence[bytes]) -> bytes:
    """A document with up to three of its values replaced, removed or doubled; one time in eight, and if it is none, a changed text."""
    found = _read(data)
    if found is None or not chance.randrange(8):
        return mutate_text(data, chance, others)
    root = [found]
    for _ in range(chance.randint(1, 3)):
        _mutate_value(root, chance, others)
    try:
        return json.dumps(root[0]).encode("utf-8", "surrogatepass")[:LARGEST]
    except (RecursionError, ValueError):
        return data


def mutate_lines(data: bytes, chance: Random, others: Sequence[bytes]) -> bytes:
    """Lines of JSON, one of them changed, removed, doubled or moved."""
    lines = data.splitlines()
    if not lines or not chance.randrange(8):
        return mutate_text(data, chance, others)
    at = chance.randrange(len(lines))
    match chance.randrange(8):
        case 0:
            del lines[at]
        case 1:
            lines.insert(chance.randrange(len(lines) + 1), lines[at])
        case 2:
            lines.insert(at, lines.pop(chance.randrange(len(lines))))
        case 3:
            theirs = chance.choice(others).splitlines()
            lines.insert(at, chance.choice(theirs) if theirs else b"")
        case _:
            lines[at] = mutate_json(lines[at], chance, [line for other in others[:4] for line in other.splitlines()[:9]] or [b"{}"])
    return b"\n".join(lines)[:LARGEST]


def _mutate_value(root: list[Any], chance: Random, others: Sequence[bytes]) -> None:
    """Change one value below the root, in place."""
    parent, key = chance.choice(list(_places(root)))
    match chance.randrange(7):
        case 0:
            theirs = _read(chance.choice(others))
            places = list(_places([theirs]))
            there, at = chance.choice(places)
            parent[key] = there[at]
        case 1 if parent is not root:
            del parent[key]
        case 2 if isinstance(parent, list) and parent is not root:
            parent.insert(key, parent[key])
        case 3:
            parent[key] = chance.choice(([parent[key]], {"content": parent[key]}, json.dumps(parent[key]) if parent is not root else []))
        case 4 if isinstance(parent, dict):
            parent[chance.choice(list(parent))] = parent.pop(key) if len(parent) > 1 else None
        case _:
            parent[key] = deepcopy(chance.choice(VALUES))


def _places(root: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Every value below the root, by what it is in and where."""
    waiting: list[Any] = [root]
    while waiting:
        parent = waiting.pop()
        for key, value in parent.items() if isinstance(parent, dict) else enumerate(parent):
            yield parent, key
            if isinstance(value, dict | list):
                waiting.append(value)


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None

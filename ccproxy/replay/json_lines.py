"""Reads files of JSON lines, however damaged, with bounded memory."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

from ccproxy.regular_files import MAX_REQUEST
from ccproxy.replay.recorded import Skipped

MOST_LEVELS = 500
"""Levels of objects and arrays in a line: half of those that Python's recursion limit leaves."""
_read = json.JSONDecoder().raw_decode


def json_lines(file: BinaryIO, skipped: Skipped, among: Sequence[bytes] = ()) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with their lines' numbers; lines that hold none are counted. A line over 64 MiB is one that holds none.

    Where there are texts that are looked for, of lines with none `among` them nothing is read.
    """
    number = 0
    while line := file.readline(MAX_REQUEST):
        number += 1
        if len(line) == MAX_REQUEST and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_REQUEST)) and not rest.endswith(b"\n"):
                pass
            skipped.line()
            continue
        if line.isspace() or (among and not any(text in line for text in among)):
            continue
        found = json_object(line)
        if found is None:
            skipped.line()
        else:
            yield number, found


def json_object(line: bytes) -> dict[str, Any] | None:
    """The object in a line; None where it holds none, and where it is nested deeper than what reads it could follow."""
    try:
        text = line.removeprefix(BOM_UTF8).decode().strip(" \t\n\r")
        found, end = _read(text)
    except (ValueError, RecursionError):
        return None
    if end < len(text) or not isinstance(found, dict):
        return None
    if len(line) > MOST_LEVELS and line.count(b"[") + line.count(b"{") > MOST_LEVELS and _is_deeper(found, MOST_LEVELS):
        return None
    return found


def _is_deeper(whole: dict[str, Any], levels: int) -> bool:
    """Whether objects and arrays are in one another at more levels than so many."""
    found: list[Any] = [whole]
    for _ in range(levels):
        inner = chain.from_iterable(outer.values() if isinstance(outer, dict) else outer for outer in found)
        found = [value for value in inner if isinstance(value, dict | list)]
        if not found:
            return False
    return True

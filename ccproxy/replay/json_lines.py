"""Reads files of JSON lines, however damaged, with bounded memory."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from ccproxy.regular_files import MAX_REQUEST
from ccproxy.replay.recorded import Skipped

_decode = json.JSONDecoder().decode


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
    """The object in a line; None where it holds none."""
    try:
        found = _decode(line.removeprefix(BOM_UTF8).decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None

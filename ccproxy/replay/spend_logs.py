"""Reads LiteLLM's spend logs, exported as JSON lines or as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from typing import Any, BinaryIO

from ccproxy.models.prices import Paid, number
from ccproxy.regular_files import MAX_REQUEST
from ccproxy.replay.json_lines import json_lines
from ccproxy.replay.recorded import RecordedRequest, Skipped, count, mapping, moment, text
from ccproxy.replay.usage import paid_of_chat

COLUMNS = frozenset({"request_id", "spend", "model"})
"""What every row has."""
LONGEST_HEADER = 65_536
"""Bytes of a line that are looked at."""
_KEY = {
    "key.alias": "user_api_key_alias",
    "key.team": "user_api_key_team_alias",
    "key.user": "user_api_key_user_id",
    "key.org": "user_api_key_org_id",
}
"""Facts of a key by their names in a row's metadata."""


class SpendLogReader:
    """Reads spend logs one after the other."""

    def __init__(self, skipped: Skipped) -> None:
        self.skipped = skipped

    def read(self, file: BinaryIO, name: str) -> Iterator[RecordedRequest]:
        """The rows in their order."""
        for line, row in self._rows(file):
            if not row.keys() >= COLUMNS:
                self.skipped.record("row without request_id, model and spend")
                continue
            yield _request(row, f"{name}:{line}")

    def _rows(self, file: BinaryIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
        start = file.readline(LONGEST_HEADER)
        file.seek(0)
        if not is_table(start):
            yield from json_lines(file, self.skipped)
            return
        csv.field_size_limit(MAX_REQUEST)
        text = TextIOWrapper(file, "utf-8-sig", "replace", newline="")
        try:
            yield from self._rows_of_table(text)
        finally:
            text.detach()  # else it closes the file, which is its opener's

    def _rows_of_table(self, file: TextIOWrapper) -> Iterator[tuple[int, Mapping[str, Any]]]:
        # a NUL is what csv can't read
        reader = csv.DictReader(line.replace("\0", "") for line in file)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self.skipped.line()
                continue
            if None in row or None in row.values():
                self.skipped.line()
            else:
                yield reader.line_num, {key: value for key, value in row.items() if value != ""}


def is_table(start: bytes) -> bool:
    """Whether a file that starts with this line is a CSV of spend logs."""
    if b"request_id" not in start:
        return False
    header = next(csv.reader(start.decode("utf-8-sig", "replace").replace("\0", "").splitlines()), [])
    return set(header) >= COLUMNS


def _request(row: Mapping[str, Any], place: str) -> RecordedRequest:
    metadata = _nested(row.get("metadata"))
    usage = _nested(metadata.get("usage_object"))
    group = text(row.get("model_group"))
    at = moment(row.get("startTime"))
    paid = paid_of_chat(usage) if usage else Paid(new=_number(row.get("prompt_tokens")), output=_number(row.get("completion_tokens")))
    known: dict[str, Any] = {"tokens": paid.input}
    known |= {fact: found for fact, name in _KEY.items() if (found := text(metadata.get(name))) is not None}
    if (team := text(row.get("team_id"))) is not None:
        known.setdefault("key.team", team)
    session = text(row.get("session_id"))
    return RecordedRequest(
        source="spend",
        place=place,
        known=known,
        paid=paid,
        model=text(row.get("model")),
        label=group,
        conversation=session,
        time=at,
        dollars=number(row.get("spend")),
    )


def _nested(value: object) -> Mapping[str, Any]:
    """An object, or the JSON of one: a column of a CSV."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return mapping(value)


def _number(value: object) -> int:
    """A number of tokens, as text where it comes from a CSV."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 16 else count(value)

"""Reads request files: bodies and envelopes, one in a file or one on a line; no answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from ccproxy.facts.request import EnvelopeError, Request, read_json
from ccproxy.regular_files import MAX_REQUEST
from ccproxy.replay.json_lines import json_lines, json_object
from ccproxy.replay.recorded import RecordedRequest, Skipped, mapping, text

_OF_MOMENT = frozenset({"quota", "healthy"})


class RequestFileReader:
    """Reads request files one after the other."""

    def __init__(self, skipped: Skipped) -> None:
        self.skipped = skipped

    def read(self, file: BinaryIO, name: str) -> Iterator[RecordedRequest]:
        """The requests of a file: one on each line, unless the first line is only the start of one."""
        first = file.readline(MAX_REQUEST)
        file.seek(0)
        if json_object(first) is not None or name.endswith(".jsonl"):
            for number, value in json_lines(file, self.skipped):
                yield from self._request(value, f"{name}:{number}")
            return
        try:
            value = read_json(file.read(MAX_REQUEST).decode("utf-8-sig"), name)
        except (EnvelopeError, UnicodeDecodeError):
            self.skipped.line()
            return
        yield from self._request(value, f"{name}:1")

    def _request(self, value: object, place: str) -> Iterator[RecordedRequest]:
        try:
            request = Request.from_envelope(value)
        except ValueError:
            self.skipped.record("malformed envelope")
            return
        session = (request.headers or {}).get("x-claude-code-session-id")
        yield RecordedRequest(
            source="requests",
            place=place,
            request=request,
            unknown=_OF_MOMENT,
            model=text(mapping(request.body).get("model")),
            conversation=session,
            time=request.at if request.at is not None and request.at.tzinfo is not None else None,
        )

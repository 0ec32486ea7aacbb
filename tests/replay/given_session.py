"""A session of the real client, recorded with what its upstream got."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ccproxy.replay.recorded import RecordedRequest, Skipped
from ccproxy.replay.sources import Sources

SESSION = Path(__file__).parent / "session"
TRANSCRIPT = SESSION / "298efc1a-38d2-4831-a9cf-6b10145d05ee.jsonl"


def sent() -> dict[str, dict[str, Any]]:
    """What the upstream got, by the identifier of its answer."""
    lines = (SESSION / "requests.jsonl").read_text("utf-8").splitlines()
    return {request["message_id"]: request for request in map(json.loads, lines)}


def recorded(skipped: Skipped | None = None) -> dict[str, RecordedRequest]:
    """What the transcripts say was sent, by the identifier of its answer."""
    sources = Sources([TRANSCRIPT, SESSION / TRANSCRIPT.stem], skipped or Skipped())
    found = {}
    for request in sources.requests():
        name, _, line = request.place.rpartition(":")
        path = next(path for path, short, _ in sources.found() if short == name)
        found[json.loads(path.read_text("utf-8").splitlines()[int(line) - 1])["message"]["id"]] = request
    return found

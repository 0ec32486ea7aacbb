"""Finds the files of sources, tells what each is by its content, and reads them one after the other."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Protocol

from ccproxy.regular_files import is_file, is_folder, open_regular
from ccproxy.replay import rollouts, spend_logs, transcripts
from ccproxy.replay.accounts import Accounts
from ccproxy.replay.decision_log import DecisionLogReader
from ccproxy.replay.json_lines import json_object
from ccproxy.replay.recorded import RecordedRequest, Skipped, Source
from ccproxy.replay.request_files import RequestFileReader
from ccproxy.replay.rollouts import RolloutReader
from ccproxy.replay.spend_logs import SpendLogReader
from ccproxy.replay.transcripts import TranscriptReader

SUFFIXES = (".jsonl", ".json", ".csv")
"""Files that are looked for in folders."""
SUBAGENTS = "subagents"
MOST_AT_ONCE = 200
"""Files of one session that are read at once."""
_LINES_TO_TELL = 50
_LONGEST_TO_TELL = 16_777_216
_BODY_KEYS = {"messages", "input", "contents", "prompt"}


Found = tuple[Path, str, bool]
"""A file, its path relative to the source, and whether it was named itself."""
Passed = Callable[[int], None]
"""Is called with the bytes of a file that was read."""


@dataclass(slots=True)
class Given:
    """What was given of sessions that others may repeat, by hash: answers of transcripts with their sessions, answers of rollouts."""

    answers: dict[int, str | None] = field(default_factory=dict)
    of_rollouts: set[int] = field(default_factory=set)


class Reader(Protocol):
    """Reads files of one kind."""

    def read(self, file: BinaryIO, name: str) -> Iterator[RecordedRequest]:
        """The requests of a file, by its name."""
        ...


@dataclass(slots=True)
class Sources:
    """Files to be read; `files` counts those read by their kind, `unread` are those that could not be, or are none of these
    kinds; `accounts` are those that Claude Code gives of its sessions."""

    paths: Sequence[Path]
    skipped: Skipped = field(default_factory=Skipped)
    files: Counter[Source] = field(default_factory=Counter)
    unread: list[tuple[str, str]] = field(default_factory=list)
    accounts: Accounts = field(default_factory=Accounts)

    def requests(self, passed: Passed | None = None) -> Iterator[RecordedRequest]:
        """All requests, session by session, those of one session in order of time. `passed` is called with the bytes that each file had."""
        return self.requests_of(self.groups(), passed, Given())

    def groups(self) -> Iterator[list[Found]]:
        """The files, those of a session together."""
        return (list(files) for _, files in groupby(self.found(), _session_of))

    def requests_of(self, groups: Iterable[list[Found]], passed: Passed | None, given: Given) -> Iterator[RecordedRequest]:
        """The requests of these files, but for those that were given before."""
        readers: dict[Source, Reader] = {
            "transcript": TranscriptReader(self.skipped, self.accounts, given.answers),
            "rollout": RolloutReader(self.skipped, given.of_rollouts),
            "decisions": DecisionLogReader(self.skipped),
            "requests": RequestFileReader(self.skipped),
            "spend": SpendLogReader(self.skipped),
        }
        for group in groups:
            for start in range(0, len(group), MOST_AT_ONCE):
                together = group[start : start + MOST_AT_ONCE]
                yield from merge(*(self._read(file, readers, passed) for file in together), key=_time_of)

    def _read(self, found: Found, readers: Mapping[Source, Reader], passed: Passed | None) -> Iterator[RecordedRequest]:
        path, name, named = found
        try:
            with open_regular(path) as file:
                kind = kind_of(file, path.suffix)
                file.seek(0)
                if kind is not None:
                    self.files[kind] += 1
                    yield from readers[kind].read(file, name)
                elif named:
                    self.unread.append((name, "nothing in it is known: no transcript, rollout, record, request or spend log"))
                if passed is not None:
                    passed(os.fstat(file.fileno()).st_size)
        except OSError as error:
            self.unread.append((name, (error.strerror or str(error)).lower()))

    def found(self) -> Iterator[Found]:
        """The files."""
        for path in self.paths:
            if is_folder(path):
                for file in sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES and is_file(one)):
                    yield file, file.relative_to(path).as_posix(), False
            else:
                yield path, path.name, True

    def size(self) -> int:
        """Bytes of all files."""
        total = 0
        for path, _, _ in self.found():
            try:
                total += path.stat().st_size
            except OSError:
                continue
        return total


def _session_of(found: Found) -> str:
    """What the files of one session of Claude Code have in common: `ID.jsonl`, and those of its subagents in `ID/subagents`."""
    path = found[0]
    return f"{path.parent.parent}/{SUBAGENTS}" if path.parent.name == SUBAGENTS else f"{path.with_suffix('')}/{SUBAGENTS}"


def _time_of(request: RecordedRequest) -> float:
    """When a request was sent, to have those of several files in order; those of unknown times come first."""
    return 0.0 if request.time is None else request.time.timestamp()


def is_recorded(path: Path) -> bool:
    """Whether a file is something else than request files are; False where it can't be read."""
    try:
        with open_regular(path) as file:
            return kind_of(file, path.suffix) not in (None, "requests")
    except OSError:
        return False


def kind_of(file: BinaryIO, suffix: str) -> Source | None:
    """What a file is, told by its first lines; None for none of these."""
    for number in range(_LINES_TO_TELL):
        line = file.readline(_LONGEST_TO_TELL)
        if number == 0 and spend_logs.is_table(line[: spend_logs.LONGEST_HEADER]):
            return "spend"
        if not line:
            break
        found = json_object(line)
        if found is not None and (kind := _kind_of_object(found)) is not None:
            return kind
    file.seek(0)
    whole = json_object(file.read(_LONGEST_TO_TELL)) if suffix != ".jsonl" else None
    return None if whole is None else _kind_of_object(whole)


def _kind_of_object(found: dict[str, object]) -> Source | None:
    kind = found.get("type")
    if isinstance(kind, str) and kind in rollouts.TYPES and isinstance(found.get("payload"), dict):
        return "rollout"
    if isinstance(kind, str) and kind in transcripts.TYPES and ("sessionId" in found or "uuid" in found or "leafUuid" in found):
        return "transcript"
    if ("facts" in found and "action" in found) or "answer" in found:
        return "decisions"
    if found.keys() >= spend_logs.COLUMNS:
        return "spend"
    return (
        "requests"
        if "body" in found or ("model" in found and found.keys() & _BODY_KEYS) or found.keys() & {"messages", "contents"}
        else None
    )

"""The file in which a worker reports to `ccproxy status` what it has done so far."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any, assert_never

import psutil

from ccproxy.gateway.records import AnswerRecord, DecisionRecord
from ccproxy.private_files import make_own_folder, read_text, write_whole

KEPT = "keep"
"""The name under which requests that keep their model are counted, because clients can name any model."""


class Tally:
    """Counts the decisions of this process. Thread-safe."""

    def __init__(self) -> None:
        self._requests = 0
        self._labels: Counter[str] = Counter()
        self._rules: Counter[str] = Counter()
        self._dollars: dict[str, defaultdict[str, float]] = {"labels": defaultdict(float), "rules": defaultdict(float)}
        self._lock = threading.Lock()

    def decided(self, record: DecisionRecord) -> None:
        """Count one request; a label is counted only if the request went there."""
        with self._lock:
            self._requests += 1
            match record.action:
                case "keep":
                    self._labels[KEPT] += 1
                case "route" if record.label is not None:
                    self._labels[record.label] += 1
                case "route" | "reject" | "forbid":
                    pass
                case _:
                    assert_never(record.action)
            if record.rule is not None:
                self._rules[record.rule] += 1

    def answered(self, record: AnswerRecord) -> None:
        """Add up what an answer cost: at the label that served it, and at the rule that decided."""
        if record.dollars:
            with self._lock:
                self._dollars["labels"][record.label] += record.dollars
                if record.rule is not None:
                    self._dollars["rules"][record.rule] += record.dollars

    def counts(self) -> dict[str, Any]:
        """`requests`, `labels`, `rules`, `dollars` of the status file."""
        with self._lock:
            dollars = {of: dict(sums) for of, sums in self._dollars.items()}
            return {"requests": self._requests, "labels": dict(self._labels), "rules": dict(self._rules), "dollars": dollars}


class StatusFile:
    """`PID.json` of this process in a folder. Methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"{os.getpid()}.json"
        self._written: str | None = None

    def write(self, status: dict[str, Any]) -> None:
        """Replace the file, unless it has this content already."""
        text = json.dumps({"pid": os.getpid(), "session": os.getsid(0), **status})
        if text == self._written:
            return
        if self._written is None:
            make_own_folder(self._folder)
            self._sweep()
        # it is useless after a power failure
        write_whole(self._path, text, durable=False)
        self._written = text

    def end(self, status: dict[str, Any]) -> None:
        """Leave the last counts behind if the proxy goes on without this worker; else remove the file."""
        if os.getsid(0) == os.getpid() or not status.get("requests"):
            self._path.unlink(missing_ok=True)
        else:
            self.write(status)

    def _sweep(self) -> None:
        """Delete the files of ended proxies."""
        for path in self._folder.glob("*.json"):
            try:
                told = json.loads(read_text(path))
                alive = psutil.pid_exists(told["pid"]) or psutil.pid_exists(told["session"])
            except (OSError, ValueError, TypeError, KeyError, OverflowError):
                alive = False
            if not alive:
                with suppress(OSError):
                    path.unlink()

"""Records the decisions of a worker and their answers: in decision records, metrics, the status file and the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from ccproxy.config.settings import Settings
from ccproxy.gateway.metrics import Metrics
from ccproxy.gateway.record_file import RecordFile
from ccproxy.gateway.records import AnswerRecord, DecisionRecord
from ccproxy.gateway.worker_status import StatusFile, Tally
from ccproxy.gateway.writer import Writer
from ccproxy.regular_files import expanded

STATUS_FOLDER = "status"
SAVE_SECONDS = 1.0
"""Seconds between writings of what was learnt."""
TIDY_SECONDS = 60.0
"""Seconds between searches for old records."""

_log = logging.getLogger("ccproxy.gateway")


class Recorder:
    """Counts each decision at once, and has the rest written by a thread.

    `status` returns what the status file says besides the counts; `save` writes whatever else is to be written now and then. If a
    folder can't be written, that is logged once; decisions without a record are counted in the status.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        metrics: Metrics,
        status: Callable[[], dict[str, Any]],
        save: Callable[[], None] = lambda: None,
    ) -> None:
        bounds = settings.records
        self._records: RecordFile | None = None
        if bounds.enabled:
            records = folder / expanded(bounds.folder or "")
            self._records = RecordFile(records, bounds.max_megabytes * 1_000_000, timedelta(days=bounds.max_days))
        self._debug = settings.debug
        self._metrics = metrics
        self._tally = Tally()
        self._status = status
        self._save = save
        self._status_file = StatusFile(folder / STATUS_FOLDER)
        self._writer: Writer[DecisionRecord | AnswerRecord] = Writer(self._write, self._tick, self._finish)
        self._unwritten = 0
        self._next_save = self._next_tidy = 0.0

    def start(self) -> None:
        """Start writing."""
        self._writer.start()

    def close(self) -> None:
        """Write what is left, and stop."""
        self._writer.close()

    def decided(self, record: DecisionRecord) -> None:
        """Record one decision. Never raises, never waits for a disk."""
        # a metric that fails is no reason not to serve the request
        with suppress(Exception):
            self._metrics.decided(record)
        self._tally.decided(record)
        self._writer.put(record)

    def answered(self, record: AnswerRecord) -> None:
        """Record one answer. Never raises, never waits for a disk."""
        with suppress(Exception):
            self._metrics.answered(record)
        self._tally.answered(record)
        self._writer.put(record)

    def _write(self, record: DecisionRecord | AnswerRecord) -> None:
        if self._debug and isinstance(record, DecisionRecord):
            _log.info("%s", record.text())
        if not self._trying(lambda records: records.append(record.line())) and isinstance(record, DecisionRecord):
            self._unwritten += 1

    def _tick(self) -> None:
        self._write_status(self._status_file.write)
        now = time.monotonic()
        if now >= self._next_save:
            self._next_save = now + SAVE_SECONDS
            self._save_calibration()
        if now >= self._next_tidy:
            self._next_tidy = now + TIDY_SECONDS
            self._trying(RecordFile.tidy)

    def _finish(self) -> None:
        self._save_calibration()
        self._write_status(self._status_file.end)
        if self._records is not None:
            self._records.close()

    def _trying(self, call: Callable[[RecordFile], None]) -> bool:
        """Try to write, if there are records at all; returns whether it succeeded."""
        if self._records is None:
            return True
        try:
            call(self._records)
        except OSError as error:
            self._writer.tell_once(f"decision records can't be written to {self._records.path.parent}: {error.strerror or error}")
            return False
        return True

    def _write_status(self, write: Callable[[dict[str, Any]], None]) -> None:
        try:
            write(self._tally.counts() | {"unrecorded": self._unwritten + self._writer.dropped} | self._status())
        except OSError as error:
            self._writer.tell_once(f"the status can't be written: {error.strerror or error}")

    def _save_calibration(self) -> None:
        try:
            self._save()
        except OSError as error:
            self._writer.tell_once(f"what was learnt of token counts can't be written: {error.strerror or error}")

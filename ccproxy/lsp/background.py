"""Computes the slow half of what an editor shows: the findings of the analyses, and the cases that hit each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from threading import Event

from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.serving import serving_findings
from ccproxy.diagnostics import Diagnostic
from ccproxy.facts import TokenCounter
from ccproxy.frozen import frozen
from ccproxy.lsp.case_index import Seen, cases_of, hits_of, values_seen
from ccproxy.lsp.project import Snapshot

NewCounter = Callable[[], TokenCounter]
"""Makes a counter by the current settings."""


@frozen
class Analysis:
    """The results for a snapshot: findings, hits of its rules (None without cases or a checked policy), values in cases."""

    snapshot: Snapshot
    findings: Sequence[Diagnostic] | None = None
    hits: Counter[int] | None = None
    seen: Seen = field(default_factory=Seen)


class CancellableFuel(Fuel):
    """A budget that is used up at once when nobody waits for the answer any more."""

    def __init__(self, cancelled: Event) -> None:
        super().__init__()
        self._cancelled = cancelled

    def spend(self, steps: int) -> None:
        """As usual, unless it is cancelled."""
        self._demand()
        super().spend(steps)

    def spend_of_all(self, steps: int) -> None:
        """As usual, unless it is cancelled."""
        self._demand()
        super().spend_of_all(steps)

    def _demand(self) -> None:
        if self._cancelled.is_set():
            raise OutOfFuelError("the text has changed")


def analysis_of(snapshot: Snapshot, cancelled: Event, new_counter: NewCounter) -> Analysis:
    """Analyse a snapshot; the result is useless if it was cancelled."""
    if cancelled.is_set():
        return Analysis(snapshot)
    cases = cases_of(snapshot.key) if isinstance(snapshot.key, Path) else None
    seen = values_seen(cases or ())
    if snapshot.checked is None:
        return Analysis(snapshot, seen=seen)
    fuel = CancellableFuel(cancelled)
    findings = [*analyse(snapshot.checked, fuel, snapshot.models), *serving_findings(snapshot.checked, fuel)]
    hits = hits_of(snapshot.checked, cases, new_counter()) if cases is not None and not cancelled.is_set() else None
    return Analysis(snapshot, findings, hits, seen)

"""The benchmark of decisions: it runs, and all candidates give the same answers (the runs assert it)."""

from __future__ import annotations

from tests.benchmarks.decisions import report, run


def test_the_candidates_agree() -> None:
    rows = run(sizes=(10, 100), rounds=1)
    assert [(row.what, row.rules) for row in rows] == [(what, size) for size in (10, 100) for what in ("facts in hand", "end to end")]
    assert all(seconds > 0 for row in rows for seconds in row.seconds.values())
    assert "compiled / by hand" in report(rows)

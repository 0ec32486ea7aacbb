"""Renders the results of cases, as text for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ccproxy.explanation import HANDLING, headline
from ccproxy.facts.calls import AS_INSTALLED, Handled, Passage, handled
from ccproxy.language.literals import write_text
from ccproxy.suite.coverage import Coverage
from ccproxy.suite.runner import CaseResult, FileResult

Paint = Callable[[str, str], str]
"""Colours a text: `green`, `red`, `yellow` or `dim`."""

NAME_WIDTH = 60


def text_lines(file: FileResult, paint: Paint, passage: Passage = AS_INSTALLED) -> Iterator[str]:
    """A file's results: one line per case, with details of those that failed. Errors of its policy are reported elsewhere.

    `passage` is that of the proxy whose policy it is.
    """
    yield file.name
    width = min(max((len(result.case.name) for result in file.results), default=0), NAME_WIDTH)
    for result in file.results:
        mark = paint("✓", "green") if result.passed else paint("✗", "red")
        yield f"  {mark} {result.case.name:<{width}}  {headline(result.decision)}"
        becomes = handled(result.case.observed.path, passage)
        if becomes is not Handled.ROUTED:
            yield f"      but the proxy {HANDLING[becomes]} a request of this path, whatever the policy says"
        if not result.passed:
            yield from (f"      {line}".rstrip() for line in failure_lines(result))
    for problem in file.problems:
        yield f"  {paint('!', 'red')} {problem}"


def failure_lines(result: CaseResult) -> Iterator[str]:
    """The details of a failed case."""
    yield f"{result.case.file}:{result.case.line}"
    yield f"expected  {one_line(result.expected)}"
    names = [*result.expected, *(name for name in ("action", "label", "line") if name not in result.expected)]
    yield f"got       {one_line({name: result.got[name] for name in names if result.got[name] is not None or name in result.expected})}"
    if result.hint is not None:
        yield f"hint      {result.hint}"
    yield ""
    yield from str(result.explanation).rstrip().split("\n")
    yield ""


def one_line(values: Mapping[str, Any]) -> str:
    """A decision, or part of one, on one line, as in a case file."""
    if values.keys() == {"action", "label"} and values["action"] == "route":
        return str(values["label"])
    return ", ".join(f"{name}: {_value(name, value)}" for name, value in values.items())


def _value(name: str, value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    return "none" if value is None else write_text(value) if name == "message" else str(value)


def summary(files: Sequence[FileResult]) -> str:
    """The results of all files on one line."""
    passed, failed = sum(file.passed for file in files), sum(file.failed for file in files)
    problems = sum(len(file.problems) + len(file.diagnostics) for file in files)
    parts = [f"{passed} passed"]
    if failed:
        parts.append(f"{failed} failed")
    if problems:
        parts.append(f"{problems} {'problem' if problems == 1 else 'problems'}")
    return ", ".join(parts)


def coverage_lines(name: str, coverage: Coverage) -> Iterator[str]:
    """How much of a policy was exercised, and what was not, by line."""
    (rules, all_rules), (sides, all_sides) = coverage.rules, coverage.sides
    branches, all_branches = coverage.branches
    split = f"{branches} of {all_branches} branches of splits, " if all_branches else ""
    yield f"{name}: {rules} of {all_rules} rules, {split}{sides} of {all_sides} ways of comparisons: {percent([coverage]):.0f}%"
    for gap in coverage.gaps:
        yield f"  {gap.file}:{gap.line}: {gap.what}: {gap.text}"


def percent(coverages: Iterable[Coverage]) -> float:
    """The percentage of these policies' rules, branches and outcomes of comparisons that were exercised; 100 if there are none."""
    done = total = 0
    for coverage in coverages:
        for covered, of in (coverage.rules, coverage.branches, coverage.sides):
            done, total = done + covered, total + of
    return 100 * done / total if total else 100.0


# ── For machines ─────────────────────────────────────────────────────────────────────────────────────────────────────


def json_report(files: Sequence[FileResult], coverages: Mapping[str, Coverage] | None, passage: Passage = AS_INSTALLED) -> dict[str, Any]:
    """The results as `ccproxy test --format json` prints them; problems are errors in case files and policies.

    `passage` is that of the proxy whose policy it is.
    """
    report: dict[str, Any] = {
        "cases": [
            {
                "name": result.case.name,
                "file": result.case.file,
                "line": result.case.line,
                "passed": result.passed,
                "expected": dict(result.expected),
                "got": dict(result.got),
                "handled": str(handled(result.case.observed.path, passage)),
            }
            for file in files
            for result in file.results
        ],
        "passed": sum(file.passed for file in files),
        "failed": sum(file.failed for file in files),
        "problems": [
            {"file": place, "line": line, "column": column, "message": message}
            for file in files
            for place, line, column, message in problems_of(file)
        ],
    }
    if coverages is not None:
        report["coverage"] = [_coverage_json(name, coverage) for name, coverage in coverages.items()]
    return report


def _coverage_json(name: str, coverage: Coverage) -> dict[str, Any]:
    (rules, all_rules), (branches, all_branches), (sides, all_sides) = coverage.rules, coverage.branches, coverage.sides
    return {
        "policy": name,
        "percent": percent([coverage]),
        "rules": {"covered": rules, "total": all_rules},
        "branches": {"covered": branches, "total": all_branches},
        "comparisons": {"covered": sides, "total": all_sides},
        "uncovered": [{"file": gap.file, "line": gap.line, "text": gap.text, "what": gap.what} for gap in coverage.gaps],
    }


def problems_of(file: FileResult) -> Iterator[tuple[str, int, int, str]]:
    """The errors in a case file and its policy: file, line, column, message."""
    found = [(problem.span, problem.told) for problem in file.problems]
    found += [(diagnostic.span, diagnostic.message) for diagnostic in file.diagnostics]
    for span, told in found:
        place = span.source.position(span.start)
        yield span.source.name, place.line, place.column, told

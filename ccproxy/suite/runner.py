"""Runs cases: decides each request by its policy, and compares the decision with the expected one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ccproxy.closest import closest
from ccproxy.decision import Decision
from ccproxy.diagnostics import Diagnostic, Severity
from ccproxy.explanation import Explanation
from ccproxy.facts import Facts
from ccproxy.frozen import frozen
from ccproxy.policy import Policy, PolicyError
from ccproxy.source import Problem
from ccproxy.suite.case_files import Case, CaseFile, similar_file


@frozen
class CaseResult:
    """A case and the actual decision; `got` has everything that a case can expect."""

    case: Case
    policy: Policy
    decision: Decision

    @cached_property
    def got(self) -> Mapping[str, Any]:
        """The actual decision, in the form of an expected one."""
        return self.decision.to_dict()

    @property
    def expected(self) -> Mapping[str, Any]:
        """The expected decision."""
        return self.case.expect

    @property
    def passed(self) -> bool:
        """Whether the decision is the expected one."""
        return all(self.got[name] == value for name, value in self.expected.items())

    @property
    def explanation(self) -> Explanation:
        """Why the request got that decision."""
        return self.policy.explain_facts(observe_case(self.policy, self.case))

    @property
    def hint(self) -> str | None:
        """A possible mistake in the case: it expects a label that the policy never gives."""
        label = self.expected.get("label")
        if label is None or label in self.policy.labels:
            return None
        close = closest(label, self.policy.labels)
        return f"the policy never gives the label {label}" + (f"; did you mean {close}?" if close else "")


def observe_case(policy: Policy, case: Case) -> Facts:
    """The facts of a case's request. ValueError for a malformed envelope."""
    return policy.observe(case.observed)


def run_case(policy: Policy, case: Case) -> CaseResult:
    """Decide on a case's request."""
    return CaseResult(case, policy, policy.decide_facts(observe_case(policy, case)))


@frozen
class FileResult:
    """A case file and the results of its cases.

    `problems` are errors in the file itself; `diagnostics` are errors of its policy, in which case its cases did not run.
    """

    name: str
    results: tuple[CaseResult, ...]
    problems: tuple[Problem, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    policy: Policy | None = None

    @property
    def passed(self) -> int:
        """The number of cases that passed."""
        return sum(result.passed for result in self.results)

    @property
    def failed(self) -> int:
        """The number of cases that failed."""
        return len(self.results) - self.passed

    @property
    def fine(self) -> bool:
        """Whether every case ran and passed."""
        return not self.failed and not self.problems and not self.diagnostics


def run_file(file: CaseFile, load: Callable[[Path], Policy], policy: Path | None = None) -> FileResult:
    """Run the cases of a file against its policy, or the one given."""
    path = policy or file.policy
    if path is None:
        problem = Problem(file.policy_span, "the file does not name its policy", "write policy: NAME.ccp, or give it with --policy")
        return FileResult(file.name, (), (*file.problems, problem))
    try:
        loaded = load(path)
    except PolicyError as error:
        errors = tuple(item for item in error.diagnostics if item.severity is Severity.ERROR)
        return FileResult(file.name, (), file.problems, errors)
    except OSError as error:
        place = file.policy_span.line_start
        if isinstance(error, FileNotFoundError):
            problem = Problem(place, f"there is no policy {path}", similar_file(path))
        else:
            problem = Problem(place, f"{(error.strerror or str(error)).lower()}: the policy {path}")
        return FileResult(file.name, (), (*file.problems, problem))
    results: list[CaseResult] = []
    problems = list(file.problems)
    for case in file.cases:
        try:
            results.append(run_case(loaded, case))
        except ValueError as error:
            problems.append(Problem(case.span.line_start, str(error)))
    return FileResult(file.name, tuple(results), tuple(problems), (), loaded)

"""Chooses, of the cases that can be generated for a policy, those that exercise what others don't."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from ccproxy.analysis.cases import Case as Generated
from ccproxy.facts import Request
from ccproxy.policy import Policy
from ccproxy.suite.case_files import Case
from ccproxy.suite.coverage import Coverage
from ccproxy.suite.runner import observe_case


def covered_by(policy: Policy, cases: Iterable[Case]) -> Coverage:
    """What these cases exercise of the policy; a case that depends on a predicate without a result, what it does up to there."""
    covered = Coverage(policy.router)
    for case in cases:
        with suppress(ValueError):
            covered.add(observe_case(policy, case))
    return covered


def additions(policy: Policy, covered: Coverage, cases: Iterable[Generated]) -> Iterator[Generated]:
    """The cases that exercise something that neither `covered` nor an earlier one does; `covered` then has what they exercise, too."""
    for case in cases:
        if covered.add(policy.observe(Request.from_envelope(case.request).over(facts=case.facts))):
            yield case

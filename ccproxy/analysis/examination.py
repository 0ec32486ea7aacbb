"""Examines a checked policy: its predicates, its labels, and what can be proved about its rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from ccproxy.analysis.fallbacks import fallback_findings
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Fuel
from ccproxy.checks import CheckedPolicy
from ccproxy.checks.labels import check_labels
from ccproxy.checks.unseen import unseen_endpoints
from ccproxy.diagnostics import Diagnostic
from ccproxy.facts.calls import Kind
from ccproxy.models.model_list import ModelList


def examine(
    checked: CheckedPolicy,
    folders: Sequence[Path],
    model_list: ModelList | None,
    *,
    load_predicates: bool = False,
    fuel: Fuel | None = None,
    passed: Collection[Kind] = (),
) -> Iterator[Diagnostic]:
    """The diagnostics of a policy whose text, names and types are valid.

    Python predicates are looked up in `folders`, and imported only with `load_predicates`; labels are checked against `model_list`,
    if given; `fuel` bounds the analyses; calls of the kinds `passed` go round the policy.
    """
    yield from predicate_problems(checked, folders, load_predicates=load_predicates)
    if model_list is not None:
        yield from check_labels(checked, model_list)
        yield from fallback_findings(checked, model_list)
    yield from unseen_endpoints(checked, passed)
    yield from analyse(checked, fuel, model_list)


def predicate_problems(checked: CheckedPolicy, folders: Sequence[Path], *, load_predicates: bool = False) -> Iterator[Diagnostic]:
    """Reports the Python predicates that can't be found or, with `load_predicates`, can't be imported."""
    if not checked.predicates:
        return
    # importing the compiler takes time, and most policies have no predicates
    from ccproxy.compiler.python_predicates import find_problem, load_predicate

    for predicate in checked.predicates.values():
        found = load_predicate(predicate, folders) if load_predicates else find_problem(predicate, folders)
        if isinstance(found, Diagnostic):
            yield found

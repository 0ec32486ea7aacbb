"""Examines a checked policy: its predicates, its labels, and what can be proved about its rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Fuel
from ccproxy.checks import CheckedPolicy
from ccproxy.checks.acknowledged import acknowledge
from ccproxy.diagnostics import Code, Diagnostic, Severity, sort_diagnostics

if TYPE_CHECKING:
    from ccproxy.facts.calls import Kind
    from ccproxy.models.model_list import ModelList


def diagnose(
    found: Iterable[Diagnostic],
    checked: CheckedPolicy,
    folders: Sequence[Path],
    model_list: ModelList | None,
    *,
    load_predicates: bool = False,
    fuel: Fuel | None = None,
    passed: Collection[Kind] = (),
    today: date | None = None,
) -> list[Diagnostic]:
    """Every diagnostic of a policy, in order: those that the checks `found`, and those of `examine`, which has the other arguments.

    What a comment in the policy acknowledges is marked; a comment that acknowledges nothing is told of.
    """
    examined = examine(checked, folders, model_list, load_predicates=load_predicates, fuel=fuel, passed=passed, today=today)
    everything = without_repeated([*found, *examined])
    policy = checked.policy
    ordered = sort_diagnostics(everything, policy.sources)
    return acknowledge(ordered, policy, sought(everything, model_list, behind=checked.models is not None))


def without_repeated(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings without the warnings of a value that a fact never has where that is why a condition never holds: the error says so."""
    fixes = {edit for item in found if item.code is Code.NEVER_TRUE for fix in item.fixes for edit in fix.edits}
    if not fixes:
        return list(found)
    return [
        item for item in found if item.code is not Code.NO_SUCH_VALUE or not any(edit in fixes for fix in item.fixes for edit in fix.edits)
    ]


def sought(
    found: Iterable[Diagnostic], model_list: ModelList | None, *, proofs: bool = True, behind: bool = False
) -> Callable[[Code], bool]:
    """Whether a code can't be there where it isn't found; `proofs`: the analyses have run; `behind`: the models are known.

    No code is sure with an error around, none of labels without `model_list`, none of the analyses where something is undecided;
    nor what depends on `ccproxy.yaml`, which may be another elsewhere, or on the day.
    """
    codes = {item.code for item in found}
    if any(code.severity is Severity.ERROR for code in codes):
        return lambda code: False
    unsure = {Code.UNSEEN_ENDPOINT, Code.RETIRING_MODEL}
    if not behind:
        unsure |= {code for code in Code if code.number.startswith("CCP6")}
    if model_list is None:
        unsure |= {Code.WILDCARD_LABEL, Code.CONFIGURED_FALLBACK}
    if not proofs or Code.UNDECIDED in codes:
        unsure |= {Code.SPLIT_WITHOUT_FACT, Code.CANNOT_SERVE, Code.PRICE_CLIFF, *(code for code in Code if code.number.startswith("CCP4"))}
    return lambda code: code not in unsure


def examine(
    checked: CheckedPolicy,
    folders: Sequence[Path],
    model_list: ModelList | None,
    *,
    load_predicates: bool = False,
    fuel: Fuel | None = None,
    passed: Collection[Kind] = (),
    today: date | None = None,
) -> Iterator[Diagnostic]:
    """The diagnostics of a policy whose text, names and types are valid.

    Python predicates are looked up in `folders`, and imported only with `load_predicates`; labels are checked against `model_list`,
    if given; `fuel` bounds the analyses; calls of the kinds `passed` go round the policy; what retires soon after `today` is told.
    """
    yield from predicate_problems(checked, folders, load_predicates=load_predicates)
    # what most policies have no use for takes its time to import
    if model_list is not None:
        from ccproxy.checks.labels import check_labels

        yield from check_labels(checked, model_list)
        if model_list.fallbacks:
            from ccproxy.analysis.fallbacks import fallback_findings

            yield from fallback_findings(checked, model_list)
    if checked.models is not None:
        from ccproxy.checks.behind import check_behind

        yield from check_behind(checked, today)
    if passed:
        from ccproxy.checks.unseen import unseen_endpoints

        yield from unseen_endpoints(checked, passed)
    fuel = fuel or Fuel()
    yield from analyse(checked, fuel, model_list)
    if checked.offers is not None and checked.offers.differ:
        from ccproxy.analysis.serving import serving_findings

        yield from serving_findings(checked, fuel)


def predicate_problems(checked: CheckedPolicy, folders: Sequence[Path], *, load_predicates: bool = False) -> Iterator[Diagnostic]:
    """Reports the Python predicates that can't be found, or nothing tells of, or with `load_predicates` can't be imported."""
    if not checked.predicates:
        return
    from ccproxy.compiler.predicate_lookup import find_problem
    from ccproxy.compiler.python_predicates import load_predicate

    for predicate in checked.predicates.values():
        found = load_predicate(predicate, folders) if load_predicates else find_problem(predicate, folders)
        if isinstance(found, Diagnostic):
            yield found

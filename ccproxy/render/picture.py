"""The picture of a policy: its rules in the order they are tried, with their conditions, targets and hits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from ccproxy.checks import CheckedPolicy
from ccproxy.diagnostics import Diagnostic
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.printer import format_expression, format_target
from ccproxy.policy import Policy
from ccproxy.suite.case_files import Case
from ccproxy.suite.runner import run_case

Hits = Mapping[int, int]
"""How many requests ended at each rule, by its number; 0 is the implied default."""

IMPLIED = 0


@frozen
class Step:
    """A rule: `asks` is its condition, empty for a default; `hits` is None if nothing was counted."""

    number: int
    place: str
    asks: str
    target: str
    because: str | None
    reachable: bool
    hits: int | None

    @property
    def name(self) -> str:
        """The name of the rule in a picture."""
        return f"when {self.asks}" if self.asks else "default" if self.number else "default (implied)"


@frozen
class Picture:
    """The rules of a policy in order; the last one takes all remaining requests."""

    name: str
    steps: tuple[Step, ...]


def picture_of(checked: CheckedPolicy, findings: Iterable[Diagnostic], hits: Hits | None = None) -> Picture:
    """The picture of a policy; `findings` are those of the analyses."""
    dead = [item.span for item in findings if item.code.dead]
    steps = [_step(number, rule, dead, hits) for number, rule in enumerate(checked.rules, 1)]
    if not checked.rules or checked.rules[-1].condition is not None:
        steps.append(Step(IMPLIED, "", "", "default", None, True, None if hits is None else hits.get(IMPLIED, 0)))
    return Picture(checked.policy.sources[0].name, tuple(steps))


def _step(number: int, rule: syntax.Rule, dead: Iterable[object], hits: Hits | None) -> Step:
    condition = rule.condition
    asks = "" if condition is None else format_expression(condition)
    spans = {rule.span, *([condition.span] if condition is not None else [])}
    because = rule.because.value if rule.because is not None else None
    place = f"{rule.span.source.name}:{rule.span.line}"
    return Step(
        number, place, asks, format_target(rule.target), because, spans.isdisjoint(dead), None if hits is None else hits.get(number, 0)
    )


# ── Hits ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def hits_of_cases(policy: Policy, cases: Iterable[Case]) -> Counter[int]:
    """How many cases end at each rule; those whose request the policy can't read are not counted."""
    hits: Counter[int] = Counter()
    for case in cases:
        try:
            rule = run_case(policy, case).decision.rule
        except ValueError:
            continue
        hits[rule.number if rule is not None else IMPLIED] += 1
    return hits


def hits_of_records(policy: Policy, lines: Iterable[str]) -> tuple[Counter[int], int]:
    """How many requests of a decision log ended at each rule, and how many lines are of other policies or malformed."""
    numbers: dict[str, int] = {}
    for number, rule in enumerate(policy.checked.rules, 1):
        numbers.setdefault(f"{rule.span.source.name}:{rule.span.line}", number)
    hits: Counter[int] = Counter()
    others = 0
    for line in lines:
        record = _record(line)
        decided = _rule_of_record(record, policy.sha256, numbers)
        if decided is not None:
            hits[decided] += 1
        elif "answer" not in record:
            others += bool(line.strip())
    return hits, others


def _record(line: str) -> dict[str, object]:
    """The object that a line of a decision log is, an empty one if it is none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _rule_of_record(record: Mapping[str, object], sha256: str, numbers: Mapping[str, int]) -> int | None:
    of, rule = record.get("policy"), record.get("rule")
    if not isinstance(of, str) or not of or not sha256.startswith(of):
        return None
    return IMPLIED if rule is None else numbers.get(rule) if isinstance(rule, str) else None

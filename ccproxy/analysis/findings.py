"""Finds what can be proved wrong with a policy's rules, for `check` to report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ccproxy.analysis.formulas.formula import TRUE
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.parts import Decided, Parts
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import Impossible, Possible, Undecided
from ccproxy.checks import CheckedPolicy
from ccproxy.checks.body_paths import path_advice
from ccproxy.checks.mistakes import mistakes
from ccproxy.diagnostics import Code, Diagnostic, Fix, Note, sort_diagnostics
from ccproxy.diagnostics.fix import replace
from ccproxy.language import syntax
from ccproxy.language.edits import leave_out, leave_out_operand
from ccproxy.language.printer import format_expression, format_target
from ccproxy.source import Span

if TYPE_CHECKING:
    from ccproxy.models.model_list import ModelList


def analyse(checked: CheckedPolicy, fuel: Fuel | None = None, model_list: ModelList | None = None) -> list[Diagnostic]:
    """Everything that can be proved wrong with the policy, one finding per cause, with notes where the analysis could not decide.

    With a `model_list`, LiteLLM's own fallbacks count in assertions. The most important findings come first, so that even a policy that
    is too much for the analysis gets those; a single note covers the rest.
    """
    fuel = fuel or Fuel()
    analysis = _Analysis(checked, fuel, model_list)
    findings: list[Diagnostic] = []
    with suppress(OutOfFuelError):
        for finding in analysis.findings():
            if finding.code is not Code.UNDECIDED or not (fuel.exhausted or _has_path_to_nothing(checked, finding.span)):
                findings.append(finding)
    if fuel.exhausted:
        findings.append(analysis.rest())
    return sort_diagnostics(findings, checked.policy.sources)


def _has_path_to_nothing(checked: CheckedPolicy, span: Span) -> bool:
    """Whether the statement at a span asks for a path to nothing: that is why nothing is found, and has been told."""
    for statement in checked.policy.statements:
        if statement.span.source is span.source and statement.span.start <= span.start < statement.span.end:
            return any(True for item in syntax.walk(statement) for _ in path_advice(item))
    return False


class _Analysis:
    """The questions about one policy, the most valuable first; `at` is the current question and its place."""

    def __init__(self, checked: CheckedPolicy, fuel: Fuel, model_list: ModelList | None) -> None:
        self._checked = checked
        self._model_list = model_list
        self._fuel = fuel
        self._at: tuple[str, Span] = "whether its rules can win", checked.policy.span

    def rest(self) -> Diagnostic:
        """The note on the questions that were left out."""
        asking, span = self._at
        message = f"not decided: {asking}, and all that would be asked next ({self._fuel.missing} were not enough)"
        help_text = None if "memory" in self._fuel.missing else "--budget STEPS gives the analysis more"
        return Diagnostic(Code.UNDECIDED, span, message, help=help_text)

    def findings(self) -> Iterator[Diagnostic]:
        """All findings. OutOfFuelError when the budget is used up."""
        reach = Reach(self._checked, self._fuel)
        if self._checked.assertions:
            from ccproxy.analysis.assertions import assertion_findings  # many policies have none

            self._at = "whether assertions are kept", self._checked.assertions[0].span
            yield from assertion_findings(reach, self._model_list)
        sound: list[tuple[int, syntax.Rule, syntax.Expression]] = []
        for number, view in enumerate(reach.rules):
            if view.rule is not None and view.rule.condition is not None:
                self._at = "whether a request can end at this rule, or at those after it", view.rule.span
                found = list(_reach_findings(reach, number, view.rule, view.rule.condition))
                yield from found
                if not found:
                    sound.append((number, view.rule, view.rule.condition))
        changing: list[tuple[int, syntax.Rule, syntax.Expression]] = []
        redundant: set[int] = set()
        for number, rule, condition in sound:
            self._at = "whether this rule, or one after it, changes anything", rule.span
            if reach.is_redundant(number, redundant):
                redundant.add(number)
                yield _redundant(reach, number, rule)
            else:
                changing.append((number, rule, condition))
        yield from _default_findings(reach, redundant)
        gone = frozenset(redundant)
        for number, rule, condition in changing:
            self._at = "whether every part of this condition, and of those after it, matters", rule.span
            yield from _part_findings(reach, number, gone, rule, condition)
        for name, let in self._checked.lets.items():
            self._at = "whether every part of this let, and of those after it, matters", let.span
            yield from _let_findings(reach, name, let)
        for number, view in enumerate(reach.rules):
            if view.rule is not None and view.target.splitter is not None:
                from ccproxy.analysis.splits import split_finding

                self._at = "whether all requests of this split, and of those after it, have the fact that it goes by", view.rule.span
                finding = split_finding(reach, number)
                if finding is not None:
                    yield finding


def _reach_findings(reach: Reach, number: int, rule: syntax.Rule, condition: syntax.Expression) -> Iterator[Diagnostic]:
    """Reports conditions that never or always hold, and rules that can't win."""
    if isinstance(reach.holds(number), Impossible):
        yield _never_true(condition)
        return
    wins = reach.wins(number)
    if isinstance(wins, Impossible):
        by = reach.covering(number, wins.because)
        # without any, more is known by now than when it was asked whether the condition can hold
        yield _unreachable(reach, number, rule, by) if by else _never_true(condition)
        return
    if isinstance(wins, Undecided):
        yield _undecided(rule.span, "whether a request can end at this rule", wins)
    if reach.always(number) and not _is_told(condition):
        help_text = None if number == len(reach.rules) - 1 else "no rule after it is reached; write default if that is meant"
        fixes = (_leave_out(rule),) if reach.is_redundant(number) else ()
        yield Diagnostic(Code.ALWAYS_TRUE, condition.span, "this condition holds for every request", help=help_text, fixes=fixes)


def _is_told(part: syntax.Expression) -> bool:
    """Whether the checks have said already what is wrong with the part."""
    return any(mistakes(syntax.bare(part)))


def _never_true(condition: syntax.Expression) -> Diagnostic:
    hint, fixes = _why_never(condition)
    return Diagnostic(Code.NEVER_TRUE, condition.span, "this condition holds for no request", hint, fixes=fixes)


def _why_never(condition: syntax.Expression) -> tuple[str, tuple[Fix, ...]]:
    """What to do about a condition that never holds, in its own terms where it has a single part."""
    part = syntax.bare(condition)
    match part:
        case syntax.And() | syntax.Or() | syntax.Not():
            return "one of its parts rules out another; leave one of them out", ()
        case syntax.Test(operator="in", right=syntax.Range(low=syntax.Number() as low, high=syntax.Number() as high)) if (
            low.value > high.value
        ):
            better = f"{format_expression(high)}..{format_expression(low)}"
            return f"a range goes up: write {better}", (replace(part.right.span, better),)
        case _:
            pass
    mistake = next(mistakes(part), None)
    if mistake is not None:
        return f"{mistake.message}: {mistake.help}", mistake.fixes
    return f"`{format_expression(part)}` asks for a value that is never there; leave the rule out, or ask for another", ()


def _part_findings(
    reach: Reach, number: int, redundant: frozenset[int], rule: syntax.Rule, condition: syntax.Expression
) -> Iterator[Diagnostic]:
    """Reports decided parts that stay so without the redundant rules, so that following all advice at once changes nothing."""
    parts = reach.parts(number, redundant)
    yield from _decided_parts(reach, parts, condition)
    if parts.undecided is not None:
        yield _undecided(rule.span, "whether every part of this condition matters", parts.undecided)


def _default_findings(reach: Reach, redundant: set[int]) -> Iterator[Diagnostic]:
    """Reports a written default that no request can end at, unless redundant rules, which are reported themselves, are the cause."""
    number = len(reach.rules) - 1
    rule = reach.rules[number].rule
    if rule is None or rule.condition is not None:
        return
    wins = reach.wins(number)
    if isinstance(wins, Undecided):
        yield _undecided(rule.span, "whether a request can end at default", wins)
    if isinstance(wins, Impossible) and not isinstance(reach.outside(TRUE, number, redundant), Possible):
        by = reach.covering(number, wins.because)
        message = f"no request ends at default: {_taken(reach, by)}"
        help_text, fixes = "leave it out, or check the rules above", (leave_out(rule),)
        yield Diagnostic(Code.UNREACHABLE_DEFAULT, rule.span, message, help_text, _notes(reach, by), fixes=fixes)


def _redundant(reach: Reach, number: int, rule: syntax.Rule) -> Diagnostic:
    instead = reach.instead(number)
    other = None if instead is None else reach.rules[instead].rule
    return Diagnostic(
        Code.REDUNDANT_RULE,
        rule.span,
        f"without this rule every request would still go to `{format_target(rule.target)}`",
        help='leave the rule out, or say why it stands here: because "…"',
        notes=(Note("this rule would take them", other.span),) if other is not None else (),
        fixes=(_leave_out(rule),),
    )


def _unreachable(reach: Reach, number: int, rule: syntax.Rule, by: Sequence[int]) -> Diagnostic:
    if len(by) == 1 and reach.same_condition(number, by[0]):
        message = f"{reach.texts[by[0]]} has the same condition, so no request ends at this rule"
        help_text = "leave one of the two out"
        return Diagnostic(Code.DUPLICATE_RULE, rule.span, message, help_text, _notes(reach, by), fixes=(_leave_out(rule),))
    message = f"no request ends at this rule: {_taken(reach, by)}"
    return Diagnostic(
        Code.UNREACHABLE_RULE, rule.span, message, "move it up, or leave it out", _notes(reach, by), fixes=(_leave_out(rule),)
    )


def _taken(reach: Reach, by: Sequence[int]) -> str:
    return f"{reach.named(by)} takes all that it would" if len(by) == 1 else f"{reach.named(by)} together take all that it would"


def _notes(reach: Reach, by: Sequence[int], text: str = "") -> tuple[Note, ...]:
    """Notes on these rules, which usually cover another one, each with what it does."""
    text = text or ("covered by this rule" if len(by) == 1 else "covered in part by this rule")
    rules = [reach.rules[number].rule for number in by]
    return tuple(Note(text, rule.span) for rule in rules if rule)


def _leave_out(rule: syntax.Rule) -> Fix:
    return leave_out(rule, f"leave out the rule on line {rule.span.line}", proved=True)


def _decided_parts(reach: Reach, parts: Parts, condition: syntax.Expression) -> Iterator[Diagnostic]:
    found = [decided for decided in parts.decided(condition) if not _is_told(decided.part)]
    for decided in found:
        yield _part(reach, decided, [other.part for other in found])


def _part(reach: Reach, decided: Decided, dropped: Sequence[syntax.Expression]) -> Diagnostic:
    rules = sorted(decided.because)
    code, value = (Code.ALWAYS_TRUE_HERE, "always true") if decided.value else (Code.NEVER_TRUE_HERE, "never true")
    why = "the rest of the condition decides it"
    if rules:
        why = "the rules before" if len(rules) > 3 else reach.named(rules)
        why += " leaves no other requests" if len(rules) == 1 else " leave no other requests"
    message = f"`{' '.join(decided.part.span.text.split())}` is {value} here: {why}"
    fix = leave_out_operand(decided.parent, decided.part, dropped)
    notes, fixes = _notes(reach, rules[:3], "this rule takes others"), () if fix is None else (fix,)
    return Diagnostic(code, decided.part.span, message, "leave this part out", notes, fixes=fixes)


def _let_findings(reach: Reach, name: str, let: syntax.Let) -> Iterator[Diagnostic]:
    """Reports the parts of a `let` condition that the rest of it decides, wherever it is used."""
    parts = reach.let_parts(name)
    if parts is not None:
        yield from _decided_parts(reach, parts, let.value)


def _undecided(span: Span, question: str, answer: Undecided) -> Diagnostic:
    return Diagnostic(Code.UNDECIDED, span, f"not decided: {question} ({answer.reason})")

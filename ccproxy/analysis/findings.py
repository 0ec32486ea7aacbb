"""What `check` reports of a policy's rules: each finding proved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ccproxy.analysis.assertions import assertion_findings
from ccproxy.analysis.formulas.formula import TRUE
from ccproxy.analysis.fuel import Work
from ccproxy.analysis.parts import Decided, Parts
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import Impossible, Possible, Undecided
from ccproxy.checks import CheckedPolicy
from ccproxy.diagnostics import Code, Diagnostic, Fix, Note, sort_diagnostics
from ccproxy.language import syntax
from ccproxy.language.edits import leave_out, leave_out_operand
from ccproxy.language.printer import format_target
from ccproxy.models.model_list import ModelList
from ccproxy.source import Span


def analyse(checked: CheckedPolicy, work: Work | None = None, model_list: ModelList | None = None) -> list[Diagnostic]:
    """Everything that can be proved wrong with the policy, one finding a cause, and notes where the analysis could not decide.

    Where there is a `model_list`, LiteLLM's own fallbacks count in assertions. What matters most comes first, so that a policy which is too
    much for the analysis still gets that.
    """
    reach = Reach(checked, work)
    findings = list(assertion_findings(reach, model_list))
    sound: list[tuple[int, syntax.Rule, syntax.Expression]] = []
    given_up = False
    for number, view in enumerate(reach.rules):
        if view.rule is not None and view.rule.condition is not None:
            found = list(_reach_findings(reach, number, view.rule, view.rule.condition))
            findings += [item for item in found if not given_up or item.code is not Code.UNDECIDED]
            given_up = given_up or (reach.model.work.exhausted and any(item.code is Code.UNDECIDED for item in found))
            if not found:
                sound.append((number, view.rule, view.rule.condition))
    changing: list[tuple[int, syntax.Rule, syntax.Expression]] = []
    redundant: set[int] = set()
    for number, rule, condition in sound:
        if reach.is_redundant(number, redundant):
            redundant.add(number)
            findings.append(_redundant(reach, number, rule))
        else:
            changing.append((number, rule, condition))
    findings += [item for item in _default_findings(reach, redundant) if not given_up or item.code is not Code.UNDECIDED]
    for number, rule, condition in changing:
        findings += _part_findings(reach, number, redundant, rule, condition)
        if reach.model.work.exhausted:
            break
    for name, let in checked.lets.items():
        findings += _let_findings(reach, name, let)
    return sort_diagnostics(findings, checked.policy.sources)


def _reach_findings(reach: Reach, number: int, rule: syntax.Rule, condition: syntax.Expression) -> Iterator[Diagnostic]:
    """Can the condition hold, does it always, can the rule win?"""
    if isinstance(reach.holds(number), Impossible):
        message = "this condition holds for no request"
        yield Diagnostic(Code.NEVER_TRUE, condition.span, message, help="one of its parts rules out another; leave one of them out")
        return
    wins = reach.wins(number)
    if isinstance(wins, Impossible):
        yield _unreachable(reach, number, rule, wins)
        return
    if isinstance(wins, Undecided):
        rest = " or at those after it" if reach.model.work.exhausted else ""
        yield _undecided(rule.span, f"whether a request can end at this rule{rest}", wins)
    if reach.always(number):
        help_text = None if number == len(reach.rules) - 1 else "no rule after it is reached; write default if that is meant"
        fixes = (_leave_out(rule),) if reach.is_redundant(number) else ()
        yield Diagnostic(Code.ALWAYS_TRUE, condition.span, "this condition holds for every request", help=help_text, fixes=fixes)


def _part_findings(reach: Reach, number: int, redundant: set[int], rule: syntax.Rule, condition: syntax.Expression) -> Iterator[Diagnostic]:
    """Parts that are decided, also when the redundant rules are gone: whoever does all that is advised changes nothing."""
    parts = reach.parts(number, redundant)
    yield from _decided_parts(reach, parts, condition)
    if parts.undecided is not None:
        rest = " and of those after it" if reach.model.work.exhausted else ""
        yield _undecided(rule.span, f"whether every part of this condition{rest} matters", parts.undecided)


def _default_findings(reach: Reach, redundant: set[int]) -> Iterator[Diagnostic]:
    """Can a request end at a written default? Nothing is said of one that redundant rules keep all requests from: they are told of."""
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


def _unreachable(reach: Reach, number: int, rule: syntax.Rule, wins: Impossible) -> Diagnostic:
    by = reach.covering(number, wins.because)
    if len(by) == 1 and reach.same_condition(number, by[0]):
        message = f"{reach.texts[by[0]]} has the same condition, so no request ends at this rule"
        help_text = "leave one of the two out"
        return Diagnostic(Code.DUPLICATE_RULE, rule.span, message, help_text, _notes(reach, by), fixes=(_leave_out(rule),))
    message = f"no request ends at this rule: {_taken(reach, by)}"
    return Diagnostic(
        Code.UNREACHABLE_RULE, rule.span, message, "move it up, or leave it out", _notes(reach, by), fixes=(_leave_out(rule),)
    )


def _taken(reach: Reach, by: Sequence[int]) -> str:
    return f"{_lines(reach, by)} takes all that it would" if len(by) == 1 else f"{_lines(reach, by)} together take all that it would"


def _lines(reach: Reach, rules: Sequence[int]) -> str:
    """`line 3`, `lines 3, 5 and 7`, `a.ccp:3 and b.ccp:5`."""
    texts = [reach.texts[number] for number in rules]
    if len(texts) == 1:
        return texts[0]
    numbers = [text.removeprefix("line ") for text in texts]
    return f"{'lines ' if numbers != texts else ''}{', '.join(numbers[:-1])} and {numbers[-1]}"


def _notes(reach: Reach, by: Sequence[int], text: str = "") -> tuple[Note, ...]:
    """The rules, each with what it does; as a rule they cover another."""
    text = text or ("covered by this rule" if len(by) == 1 else "covered in part by this rule")
    rules = [reach.rules[number].rule for number in by]
    return tuple(Note(text, rule.span) for rule in rules if rule)


def _leave_out(rule: syntax.Rule) -> Fix:
    return leave_out(rule, f"leave out the rule on line {rule.span.line}", proved=True)


def _decided_parts(reach: Reach, parts: Parts, condition: syntax.Expression) -> Iterator[Diagnostic]:
    found = list(parts.decided(condition))
    for decided in found:
        yield _part(reach, decided, [other.part for other in found])


def _part(reach: Reach, decided: Decided, dropped: Sequence[syntax.Expression]) -> Diagnostic:
    rules = sorted(decided.because)
    code, value = (Code.ALWAYS_TRUE_HERE, "always true") if decided.value else (Code.NEVER_TRUE_HERE, "never true")
    why = "the rest of the condition decides it"
    if rules:
        why = "the rules before" if len(rules) > 3 else _lines(reach, rules)
        why += " leaves no other requests" if len(rules) == 1 else " leave no other requests"
    message = f"`{' '.join(decided.part.span.text.split())}` is {value} here: {why}"
    fix = leave_out_operand(decided.parent, decided.part, dropped)
    notes, fixes = _notes(reach, rules[:3], "this rule takes others"), () if fix is None else (fix,)
    return Diagnostic(code, decided.part.span, message, "leave this part out", notes, fixes=fixes)


def _let_findings(reach: Reach, name: str, let: syntax.Let) -> Iterator[Diagnostic]:
    """Parts of a `let` that is a condition: decided by the rest of it, wherever it is used."""
    parts = reach.let_parts(name)
    if parts is not None:
        yield from _decided_parts(reach, parts, let.value)


def _undecided(span: Span, question: str, answer: Undecided) -> Diagnostic:
    return Diagnostic(Code.UNDECIDED, span, f"not decided: {question} ({answer.reason})")

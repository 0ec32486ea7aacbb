"""Advice on values that can't be meant: globs where none is read, values that a fact never has, `has` of what is always there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from ccproxy.closest import closest
from ccproxy.diagnostics import Code, Diagnostic, Fix
from ccproxy.diagnostics.fix import replace
from ccproxy.facts.asked import fact_read
from ccproxy.facts.schema import Fact, Presence
from ccproxy.language import syntax
from ccproxy.language.literals import write_text
from ccproxy.language.printer import format_expression
from ccproxy.language.types import Type

_PROSE = frozenset({"prompt", "system"})
"""Texts in which stars are emphasis."""
_LONG = frozenset({"model", "client", *_PROSE})
"""Texts that are never a single word: a word in a glob without `*` is a part of one."""
_THOUSANDS = r"[1-9]\d{0,2}\.000"
"""Decimals that say nothing: nobody writes three zeros for them."""
_WORD = r"[^\W\d_]{3,}"
_FAMILIES = ("claude", "fable", "gemini", "gpt", "haiku", "opus", "sonnet")
"""Words of models' names that no dot follows: `us.*` is a glob of Bedrock's, `haiku.*` is a pattern."""
_REGEX = rf"(?s)\.\*.*|\^.*|.*[^*?]\$|(?:.*\W)?(?:{'|'.join(_FAMILIES)})\.\*"


def mistakes(expression: syntax.Expression) -> Iterator[Diagnostic]:
    """Reports the mistakes in one expression, not in those below it."""
    match expression:
        case syntax.Comparison(relations=("==" | "!=",), operands=(left, right)):
            relation = expression.relations[0]
            for fact_side, value in ((left, right), (right, left)):
                fact, text = _fact(fact_side), syntax.bare(value)
                if fact is not None and isinstance(text, syntax.Text):
                    yield from _text(fact, text, partial(_compared, expression, fact_side, relation, text))
        case syntax.Test(left=left, operator=operator, right=right):
            yield from _operator(_fact(left), expression, left, operator, right)
        case syntax.Quantified(operand=operand, operator=operator, right=right):
            yield from _operator(_fact(operand), expression, operand, operator, right)
        case syntax.Has(operand=operand):
            yield from _always_there(expression, _fact(operand))
        case syntax.Number() if re.fullmatch(_THOUSANDS, expression.span.text):
            better = expression.span.text.replace(".", "_")
            message = f"this is {expression.value}: a point stands before decimals"
            yield Diagnostic(
                Code.POINT_FOR_THOUSANDS, expression.span, message, f"write {better}", fixes=(replace(expression.span, better),)
            )
        case _:
            pass


def _compared(whole: syntax.Expression, left: syntax.Expression, relation: syntax.Relation, text: syntax.Text) -> tuple[Fix, ...]:
    """The comparison as a glob."""
    starred = f"{format_expression(left)} matches {write_text(text.value)}"
    return (replace(whole.span, starred if relation == "==" else f"not ({starred})"),)


def _fact(expression: syntax.Expression) -> Fact | None:
    return fact_read(syntax.bare(expression))


def _operator(
    fact: Fact | None, whole: syntax.Test | syntax.Quantified, left: syntax.Expression, operator: syntax.Infix, right: syntax.Expression
) -> Iterator[Diagnostic]:
    value = syntax.bare(right)
    if fact is None:
        return
    if operator in ("in", "not in") and isinstance(value, syntax.ListLiteral):
        for item in value.items:
            if isinstance(item, syntax.Text):
                yield from _text(fact, item, partial(_listed, whole, left, operator, value))
    elif isinstance(value, syntax.Text):
        subject = format_expression(left)
        if isinstance(whole, syntax.Quantified):
            subject = f"{whole.quantifier} {subject}"
        match operator:
            case "matches":
                yield from _glob(fact, value, subject, whole)
            case "==":
                yield from _text(fact, value, lambda: (replace(whole.span, f"{subject} matches {write_text(value.value)}"),))
            case "!=":
                yield from _text(fact, value, tuple)
            case _ if _is_starred(fact, value):
                yield _starred(value, (replace(value.span, write_text(value.value.strip("*"))),))
            case _:
                pass


def _listed(
    whole: syntax.Test | syntax.Quantified, left: syntax.Expression, operator: syntax.Infix, value: syntax.ListLiteral
) -> tuple[Fix, ...]:
    """The list as conditions joined by `or`, of which those with a star are globs."""
    if isinstance(whole, syntax.Quantified):
        return ()
    subject = format_expression(left)
    tests = [
        f"{subject} {'matches' if isinstance(item, syntax.Text) and '*' in item.value else '=='} {format_expression(item)}"
        for item in value.items
    ]
    joined = " or ".join(tests)
    better = f"not ({joined})" if operator == "not in" else joined if len(tests) == 1 else f"({joined})"
    return (replace(whole.span, better),)


# ── Globs (CCP506) ───────────────────────────────────────────────────────────────────────────────────────────────────


def _text(fact: Fact, text: syntax.Text, fixes: Callable[[], tuple[Fix, ...]]) -> Iterator[Diagnostic]:
    """A text that is compared as it stands; `fixes` are made where it is a glob."""
    if _is_starred(fact, text):
        yield _starred(text, fixes())
    else:
        yield from _never(fact, text)


def _is_starred(fact: Fact, text: syntax.Text) -> bool:
    return fact.name not in _PROSE and "*" in (text.value[:1], text.value[-1:]) and re.search(_WORD, text.value) is not None


def _starred(text: syntax.Text, fixes: tuple[Fix, ...]) -> Diagnostic:
    hint = f"write {fixes[0].edits[0].replacement}" if fixes else "only matches reads a glob"
    return Diagnostic(Code.GLOB_NOT_READ, text.span, "a * stands for itself here: only matches reads a glob", hint, fixes=fixes)


def _glob(fact: Fact, text: syntax.Text, subject: str, whole: syntax.Expression) -> Iterator[Diagnostic]:
    """A glob that is meant as a part of the text, or as a pattern."""
    value = text.value
    if fact.name in _LONG and re.fullmatch(_WORD, value):
        better = f"*{value}*"
        message = f"without a * the whole of {fact.name} would have to be {value}"
        fixes = (replace(text.span, write_text(better)), replace(whole.span, f"{subject} == {write_text(value)}"))
        yield Diagnostic(Code.GLOB_NOT_READ, text.span, message, f"write {write_text(better)}", fixes=fixes)
    elif fact.name not in _PROSE and re.fullmatch(_REGEX, value):
        stars = re.sub(r"(?<!\.)\*", ".*", value).replace("/", "\\/")
        better = f"/{stars}/"
        message = "a pattern in quotes is read as a glob"
        yield Diagnostic(Code.GLOB_NOT_READ, text.span, message, f"write {better}", fixes=(replace(text.span, better),))


# ── Values (CCP507) ──────────────────────────────────────────────────────────────────────────────────────────────────


def _never(fact: Fact, text: syntax.Text) -> Iterator[Diagnostic]:
    values = fact.texts.values
    if text.value in values or not (fact.texts.closed or fact.texts.listed):
        return
    close = _close(text.value, values)
    if close is None and not fact.texts.closed:
        return
    hint = f"the values are {', '.join(values)}"
    fixes: tuple[Fix, ...] = ()
    if close is not None:
        hint = f"did you mean {write_text(close)}? {hint}"
        fixes = (replace(text.span, write_text(close)),)
    message = f"{write_text(text.value)} is no value that {fact.name} has"
    yield Diagnostic(Code.NO_SUCH_VALUE, text.span, message, hint, fixes=fixes)


def _close(written: str, values: tuple[str, ...]) -> str | None:
    plain: Mapping[str, str] = {_plain(value): value for value in values}
    close = closest(_plain(written), plain, 0.75)
    return plain[close] if close else None


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())


# ── Presence (CCP508) ────────────────────────────────────────────────────────────────────────────────────────────────


def _always_there(has: syntax.Has, fact: Fact | None) -> Iterator[Diagnostic]:
    if fact is not None and fact.type is Type.NUMBER and (fact.presence is Presence.ALWAYS or fact.in_every_body):
        message = f"every request has {fact.name}: the number is 0 where there are none"
        better = f"{fact.name} > 0"
        yield Diagnostic(Code.ALWAYS_THERE, has.span, message, f"write {better}", fixes=(replace(has.span, better),))

"""Syntax trees as text, in the plainest way: independent of the formatter, so that each can judge the other."""

from __future__ import annotations

from fractions import Fraction

from ccproxy.language import syntax
from ccproxy.language.literals import KEYWORDS

LABEL_FUNCTIONS = ("fits", "cost", "quota", "healthy")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def show(node: syntax.Node) -> str:
    """The text of an expression, a target or a statement."""
    match node:
        case syntax.Number(value=value):
            return number(value)
        case syntax.Text(value=value):
            return text(value)
        case syntax.Bool(value=value):
            return "true" if value else "false"
        case syntax.Time(minutes=minutes):
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case syntax.Weekday(day=day):
            return WEEKDAYS[day]
        case syntax.Pattern(pattern=pattern, flags=flags):
            return "/" + pattern.replace("/", "\\/") + "/" + flags
        case syntax.ListLiteral(items=items):
            return "[" + ", ".join(map(show, items)) + "]"
        case syntax.Range(low=low, high=high):
            return f"{show(low)}..{show(high)}"
        case syntax.Name(name=name):
            return name
        case syntax.Call(function=function, argument=argument):
            bare = function in LABEL_FUNCTIONS and argument.value.isidentifier() and argument.value not in KEYWORDS
            return f"{function}({argument.value if bare else show(argument)})"
        case syntax.Count(operand=operand):
            return f"count({show(operand)})"
        case syntax.Has(operand=operand):
            return f"has {show(operand)}"
        case syntax.Group(operand=operand):
            return f"({show(operand)})"
        case syntax.Not(operand=operand):
            return f"not {show(operand)}"
        case syntax.And(operands=operands):
            return " and ".join(map(show, operands))
        case syntax.Or(operands=operands):
            return " or ".join(map(show, operands))
        case syntax.Product(operands=operands):
            return " * ".join(map(show, operands))
        case syntax.Sum(operands=operands, signs=signs):
            return " ".join(f"{sign} {show(operand)}" for sign, operand in zip(signs, operands, strict=True)).removeprefix("+ ")
        case syntax.Comparison(operands=operands, relations=relations):
            return " ".join([show(operands[0]), *(f"{op} {show(item)}" for op, item in zip(relations, operands[1:], strict=True))])
        case syntax.Test(left=left, operator=operator, right=right):
            return f"{show(left)} {operator} {show(right)}"
        case syntax.Quantified(quantifier=quantifier, operand=operand, operator=operator, right=right):
            return f"{quantifier} {show(operand)} {operator} {show(right)}"
        case _:
            return statement(node)


def statement(node: syntax.Node) -> str:
    match node:
        case syntax.Label(name=name):
            return name if name == "default" or (name.isidentifier() and "_" in name) else text(name)
        case syntax.Route(label=label, fallbacks=fallbacks):
            return show(label) + "".join(f" fallback {show(item)}" for item in fallbacks)
        case syntax.Branch(share=share, label=label):
            return f"{number(share)}% {show(label)}"
        case syntax.Split(branches=branches, by=by, fallbacks=fallbacks):
            rest = (f" by {show(by)}" if by else "") + "".join(f" fallback {show(item)}" for item in fallbacks)
            return ", ".join(map(show, branches)) + rest
        case syntax.Stay(fallbacks=fallbacks):
            return "stay" + "".join(f" fallback {show(item)}" for item in fallbacks)
        case syntax.Keep():
            return "keep"
        case syntax.Reject(message=message):
            return f"reject {show(message)}"
        case syntax.Rule(condition=condition, target=target, because=because):
            start = "default" if condition is None else f"when {show(condition)}"
            return f"{start} -> {show(target)}" + (f" because {show(because)}" if because else "")
        case syntax.Let(name=name, value=value):
            return f"let {show(name)} = {show(value)}"
        case syntax.Timezone(zone=zone):
            return f"timezone {show(zone)}"
        case syntax.Version(number=version):
            return f"version {show(version)}"
        case syntax.Predicate(name=name, target=target, arguments=arguments):
            shown = ", ".join((f"{item.name}=" if item.name else "") + show(item.value) for item in arguments)
            return f"predicate {show(name)} = {show(target)}" + (f"({shown})" if arguments else "")
        case syntax.Assertion(condition=condition, kind=kind, labels=labels):
            return f"assert when {show(condition)} -> {kind} " + ", ".join(map(show, labels))
        case _:
            raise TypeError(node)


def number(value: syntax.Exact) -> str:
    """The exact decimal digits."""
    places = 0
    while Fraction(value * 10**places).denominator != 1:
        places += 1
    digits = str(int(value * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def text(value: str) -> str:
    """Quoted, with every character that is not plain ASCII as its number."""
    return '"' + "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):x}}}" for c in value) + '"'

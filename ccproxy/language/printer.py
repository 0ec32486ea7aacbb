"""The printer: turns syntax into canonical text, with expressions, targets and statements each on one line."""

from __future__ import annotations

from ccproxy.language import syntax
from ccproxy.language.literals import (
    LABEL_FUNCTIONS,
    WEEKDAYS,
    write_decimal,
    write_label,
    write_number,
    write_pattern,
    write_text,
    write_time,
)


def format_expression(expression: syntax.Expression) -> str:
    """The canonical text of an expression."""
    match expression:
        case syntax.Number(value=value):
            return write_number(value)
        case syntax.Text(value=value):
            return write_text(value)
        case syntax.Bool(value=value):
            return "true" if value else "false"
        case syntax.Time(minutes=minutes):
            return write_time(minutes)
        case syntax.Weekday(day=day):
            return WEEKDAYS[day]
        case syntax.Pattern(pattern=pattern, flags=flags):
            return write_pattern(pattern, flags)
        case syntax.ListLiteral(items=items):
            return f"[{', '.join(map(format_expression, items))}]"
        case syntax.Range(low=low, high=high):
            return f"{format_expression(low)}..{format_expression(high)}"
        case syntax.Name(name=name):
            return name
        case syntax.Call(function=function, argument=argument):
            return f"{function}({(write_label if function in LABEL_FUNCTIONS else write_text)(argument.value)})"
        case syntax.Count(operand=operand):
            return f"count({format_expression(operand)})"
        case syntax.Has(operand=operand):
            return f"has {format_expression(operand)}"
        case syntax.Group(operand=operand):
            return f"({format_expression(operand)})"
        case syntax.Not(operand=operand):
            return f"not {format_expression(operand)}"
        case syntax.And(operands=operands):
            return " and ".join(map(format_expression, operands))
        case syntax.Or(operands=operands):
            return " or ".join(map(format_expression, operands))
        case syntax.Comparison(operands=operands, relations=relations):
            rest = (f" {relation} {format_expression(operand)}" for relation, operand in zip(relations, operands[1:], strict=True))
            return format_expression(operands[0]) + "".join(rest)
        case syntax.Test(left=left, operator=operator, right=right):
            return f"{format_expression(left)} {operator} {format_expression(right)}"
        case syntax.Quantified(quantifier=quantifier, operand=operand, operator=operator, right=right):
            return f"{quantifier} {format_expression(operand)} {operator} {format_expression(right)}"
        case syntax.Sum(operands=operands, signs=signs):
            rest = (f" {sign} {format_expression(operand)}" for sign, operand in zip(signs[1:], operands[1:], strict=True))
            return format_expression(operands[0]) + "".join(rest)
        case syntax.Product(operands=operands):
            return " * ".join(map(format_expression, operands))


def format_target(target: syntax.Target) -> str:
    """The canonical text of a target."""
    return " ".join(map(_format_clause, target.clauses))


def _format_clause(clause: syntax.Clause) -> str:
    first, *rest = map(_format_part, clause)
    return first + "".join(part if part == "," else f" {part}" for part in rest)


def _format_part(part: str | syntax.Label | syntax.Branch | syntax.Expression) -> str:
    match part:
        case str():
            return part
        case syntax.Label(name=label):
            return write_label(label)
        case syntax.Branch():
            return format_branch(part)
        case expression:
            return format_expression(expression)


def format_branch(branch: syntax.Branch) -> str:
    """The canonical text of a branch of a split."""
    return f"{write_decimal(branch.share)}% {write_label(branch.label.name)}"


def format_rule(rule: syntax.Rule, because: bool = True) -> str:
    """The canonical text of a rule on one line, with or without its `because`."""
    start = "default" if rule.condition is None else f"when {format_expression(rule.condition)}"
    reason = f" because {write_text(rule.because.value)}" if because and rule.because is not None else ""
    return f"{start} -> {format_target(rule.target)}{reason}"


def format_statement(statement: syntax.Statement) -> str:
    """The canonical text of a statement on one line."""
    match statement:
        case syntax.Rule():
            return format_rule(statement)
        case syntax.Version(number=number):
            return f"version {write_decimal(number.value)}"
        case syntax.Let(name=name, value=value):
            return f"let {name.name} = {format_expression(value)}"
        case syntax.Include(path=path):
            return f"include {write_text(path.value)}"
        case syntax.Timezone(zone=zone):
            return f"timezone {write_text(zone.value)}"
        case syntax.Predicate(name=name, target=target, arguments=arguments):
            given = ", ".join((f"{argument.name}=" if argument.name else "") + format_expression(argument.value) for argument in arguments)
            return f"predicate {name.name} = {write_text(target.value)}({given})"
        case syntax.Assertion(condition=condition, kind=kind, labels=labels):
            return f"assert when {format_expression(condition)} -> {kind} {', '.join(write_label(label.name) for label in labels)}"

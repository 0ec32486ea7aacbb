"""The type checker: infers types from the leaves up; a `body(…)` gets the type that its context requires."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from ccproxy.checks.checked import CheckedPolicy, list_literal
from ccproxy.checks.ill_typed import as_condition, instead, is_fact, mismatch, not_comparable, replaced, untyped
from ccproxy.checks.meant import value_alone, wrong_right_side
from ccproxy.checks.patterns import glob_problem, pattern_problem
from ccproxy.diagnostics import Code, Diagnostic, Fix
from ccproxy.diagnostics.fix import replace
from ccproxy.facts.asked import fact_read
from ccproxy.facts.definitions import fact_named
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.operators import MINUTES
from ccproxy.language.paths import is_list
from ccproxy.language.printer import format_expression
from ccproxy.language.types import Type
from ccproxy.source import Span

LITERALS = {
    syntax.Number: Type.NUMBER,
    syntax.Text: Type.TEXT,
    syntax.Bool: Type.BOOL,
    syntax.Time: Type.TIME,
    syntax.Weekday: Type.WEEKDAY,
}


class TypingError(Exception):
    """Raised for the first type error of an expression; `diagnostic` is None if it follows from an error elsewhere."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        super().__init__()
        self.diagnostic = diagnostic


def type_of(expression: syntax.Expression, checked: CheckedPolicy) -> Type | None:
    """The type of an expression of a checked policy; None for a `body(…)`, which gets it from its context."""
    if _is_body(expression):
        return None
    return Typing(checked.lets, checked.let_types, checked.predicates).shallow(expression)


def _is_body(expression: syntax.Expression) -> bool:
    """Whether it is a `body(…)` that gets its type from its context: one with `*` is a list."""
    expression = syntax.bare(expression)
    return isinstance(expression, syntax.Call) and expression.function == "body" and not is_list(expression.argument.value)


_ALWAYS: Mapping[type[syntax.Node], Type] = MappingProxyType(
    {
        **dict.fromkeys((syntax.Number, syntax.Sum, syntax.Product, syntax.Count), Type.NUMBER),
        syntax.Text: Type.TEXT,
        syntax.Time: Type.TIME,
        syntax.Weekday: Type.WEEKDAY,
        syntax.ListLiteral: Type.LIST,
        **dict.fromkeys((syntax.Bool, syntax.And, syntax.Or, syntax.Not, syntax.Comparison, syntax.Test, syntax.Quantified), Type.BOOL),
    }
)
"""The type of each form of expressions that has always the same."""
_SIMPLE = frozenset({syntax.Name, syntax.Text, syntax.Number, syntax.Bool, syntax.Weekday})
"""Expressions that are never ill-typed by themselves."""


@frozen
class Typing:
    """The names in scope at an expression; `unknown` are names whose definitions have errors."""

    lets: Mapping[str, syntax.Let]
    let_types: Mapping[str, Type]
    predicates: Mapping[str, syntax.Predicate]
    unknown: Collection[str] = ()

    def shallow(self, expression: syntax.Expression) -> Type:
        """The type of an expression that is known to be well-typed, from its outermost form alone; TypingError at an unknown function."""
        expression = syntax.bare(expression)
        if (type_ := _ALWAYS.get(type(expression))) is not None:
            return type_
        match expression:
            case syntax.Name(name=name) as named:
                fact = fact_read(named)
                return self._name(name) if fact is None else fact.type
            case syntax.Call(function="body", argument=path) if is_list(path.value):
                return Type.LIST
            case syntax.Call(function=function):
                known = FUNCTION_BY_NAME.get(function)
                if known is None:  # an editor asks before names are checked
                    raise TypingError(None)
                return known.type or Type.TEXT
            case _:
                return Type.BOOL

    def _known(self, expression: syntax.Expression) -> None:
        expression = syntax.bare(expression)
        if isinstance(expression, syntax.Name):
            self._name(expression.name)

    def _name(self, name: str) -> Type:
        if name in self.unknown:
            raise TypingError(None)
        if name in self.let_types:
            return self.let_types[name]
        fact = None if name in self.predicates else fact_named(name)
        return Type.BOOL if fact is None else fact.type

    # ── Conditions ───────────────────────────────────────────────────────────────────────────────────────────────────

    def condition(self, expression: syntax.Expression) -> None:
        """Check a condition; TypingError if the expression is not a condition."""
        found = self.infer(expression, Type.BOOL)
        if found is not Type.BOOL:
            written = format_expression(expression)
            message = f"`{written}` is a {found}, not a condition"
            hint, condition = as_condition(expression, found)
            raise _problem(Code.NOT_A_CONDITION, expression.span, message, hint, *replaced(expression, condition))

    def infer(self, expression: syntax.Expression, place: Type | None = None) -> Type:
        """The type of an expression; `place` is the type required of a `body(…)` here. TypingError if it is ill-typed."""
        if type(expression) in _SIMPLE:
            return self.shallow(expression)
        match expression:
            case syntax.Group(operand=operand):
                return self.infer(operand, place)
            case syntax.And(operands=operands) | syntax.Or(operands=operands):
                _raise(value_alone(expression))
                for operand in operands:
                    self.condition(operand)
                return Type.BOOL
            case syntax.Not(operand=operand):
                self.condition(operand)
                return Type.BOOL
            case syntax.Comparison():
                return self._comparison(expression)
            case syntax.Test():
                return self._test(expression)
            case syntax.Quantified():
                return self._quantified(expression)
            case syntax.Has(operand=operand):
                return self._has(operand)
            case syntax.Count(operand=operand):
                if isinstance(operand, syntax.Name) and self.infer(operand) is Type.NUMBER:
                    hint, fix = f"write {operand.name}, without count", replace(expression.span, operand.name)
                    raise _problem(Code.WRONG_OPERAND, expression.span, f"`{operand.name}` is a number already", hint, fix)
                self._expect(operand, Type.LIST, "count() takes a list", Code.WRONG_OPERAND)
                self._text_list(operand)
                return Type.NUMBER
            case syntax.Sum(operands=operands) | syntax.Product(operands=operands):
                for operand in operands:
                    self._expect(operand, Type.NUMBER, "arithmetic takes numbers", Code.WRONG_OPERAND)
                return Type.NUMBER
            case syntax.ListLiteral():
                raise _problem(Code.BAD_LIST, expression.span, "a list stands only right of in, or in a let", "write … in [a, b]")
            case syntax.Range():
                raise _problem(Code.BAD_RANGE, expression.span, "a range stands only right of in", "write … in a..b")
            case syntax.Pattern():
                raise _problem(Code.NOT_A_LITERAL, expression.span, "a pattern stands only right of matches", "write … matches /…/")
            case syntax.Call(function="body") if _is_body(expression):
                if place is None:
                    raise TypingError(untyped(expression))
                return place
            case syntax.Time(minutes=minutes) if minutes == MINUTES:
                fix = replace(expression.span, "00:00")
                raise _problem(Code.BAD_TIME, expression.span, "24:00 is only the right end of a range", "write 00:00", fix)
            case _:
                return self.shallow(expression)

    def _expect(self, expression: syntax.Expression, wanted: Type, law: str, code: Code = Code.TYPE_MISMATCH) -> None:
        found = self.infer(expression, wanted)
        if found is not wanted:
            written = format_expression(expression)
            hint, better = instead(expression, found, wanted)
            raise _problem(code, expression.span, f"{law}, and `{written}` is a {found}", hint, *replaced(expression, better))

    def _has(self, operand: syntax.Expression) -> Type:
        if is_fact(operand):
            return Type.BOOL
        hint = "write has with a fact, header(…), metadata(…) or body(…)"
        raise _problem(Code.NOT_A_FACT, operand.span, f"`{format_expression(operand)}` is no fact", hint)

    # ── Comparisons ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _comparison(self, expression: syntax.Comparison) -> Type:
        relations, operands = expression.relations, expression.operands
        if len(relations) > 1:
            kinds = {relation[0] for relation in relations}
            if kinds & {"=", "!"}:
                raise _problem(
                    Code.BAD_CHAIN, expression.span, "== and != make no chains", "join two comparisons by and: a == b and b == c"
                )
            if len(kinds) > 1:
                raise _problem(
                    Code.BAD_CHAIN, expression.span, "the chain changes its direction", "write a < b < c, or join comparisons by and"
                )
        ordered = relations[0] not in ("==", "!=")
        known = [operand for operand in operands if not _is_body(operand)]
        types = {id(operand): self.infer(operand) for operand in known}
        if not known and not ordered:
            raise TypingError(untyped(operands[0]))
        first = types[id(known[0])] if known else Type.NUMBER
        takes = (Type.NUMBER, Type.TIME) if ordered else (Type.NUMBER, Type.TEXT, Type.TIME, Type.WEEKDAY)
        for operand in known:
            if types[id(operand)] not in takes:
                raise TypingError(not_comparable(expression, operand, types[id(operand)], relations[0]))
        for operand in operands:
            if types.get(id(operand), first) is not first or (id(operand) not in types and first in (Type.TIME, Type.WEEKDAY)):
                raise TypingError(mismatch(operand, types.get(id(operand)), first))
        return Type.BOOL

    # ── in, matches, contains … ──────────────────────────────────────────────────────────────────────────────────────

    def _test(self, expression: syntax.Test) -> Type:
        left, operator, right = expression.left, expression.operator, expression.right
        if operator in ("in", "not in"):
            return self._in(left, operator, right)
        self._text_operand(left, operator)
        self._right(operator, right)
        return Type.BOOL

    def _text_operand(self, left: syntax.Expression, operator: str) -> None:
        found = self.infer(left, Type.TEXT)
        if found is not Type.TEXT:
            written = format_expression(left)
            hint, better = instead(left, found, Type.TEXT)
            if found is Type.LIST:
                hint, better = f"write any {written} {operator} …", f"any {written}"
            message = f"`{operator}` takes text, and `{written}` is a {found}"
            raise _problem(Code.WRONG_OPERAND, left.span, message, hint, *replaced(left, better))

    def _right(self, operator: str, right: syntax.Expression) -> None:
        if operator == "matches":
            self._matcher(right)
        else:
            self._expect(right, Type.TEXT, f"`{operator}` takes text", Code.WRONG_OPERAND)

    def _matcher(self, right: syntax.Expression) -> None:
        self._known(right)
        match right:
            case syntax.Text():
                problem = glob_problem(right)
            case syntax.Pattern():
                problem = pattern_problem(right)
            case _:
                written = format_expression(right)
                hint = 'write a glob such as "claude-*" or a pattern such as /opus/i here'
                problem = Diagnostic(Code.NOT_A_LITERAL, right.span, f"matches takes a glob or a pattern, not `{written}`", hint)
        if problem:
            raise TypingError(problem)

    def _in(self, left: syntax.Expression, operator: str, right: syntax.Expression) -> Type:
        if isinstance(right, syntax.Range):
            return self._in_range(left, right)
        _raise(wrong_right_side(left, right))
        self._known(right)
        literal = list_literal(right, self.lets)
        if literal is not None:
            wanted = self.elements(literal)
            if _is_body(left) and wanted in (Type.TIME, Type.WEEKDAY):
                raise TypingError(mismatch(left, None, wanted))
            found = self.infer(left, wanted)
            if found is Type.LIST:
                written = format_expression(left)
                hint, fix = f"write any {written} {operator} …", replace(left.span, f"any {written}")
                raise _problem(Code.WRONG_OPERAND, left.span, f"`{written}` is a list itself", hint, fix)
            if found is not wanted:
                raise TypingError(mismatch(left, found, wanted))
            return Type.BOOL
        found = self.infer(right, Type.LIST)
        if found is not Type.LIST:
            written = format_expression(right)
            hint = f"use contains: {written} contains {format_expression(left)}" if found is Type.TEXT else "write … in [a, b] or … in a..b"
            raise _problem(Code.WRONG_OPERAND, right.span, f"`{operator}` takes a list or a range, and `{written}` is a {found}", hint)
        self._text_operand(left, operator)
        return Type.BOOL

    def elements(self, literal: syntax.ListLiteral) -> Type:
        """The element type of a list literal; TypingError if it is not a list of literals of one type."""
        if not literal.items:
            raise _problem(Code.BAD_LIST, literal.span, "the list is empty", "write at least one element: nothing is in an empty list")
        for item in literal.items:
            if type(item) not in LITERALS or isinstance(item, syntax.Bool):
                hint = 'quote it if it is text: "…"; to compare with facts, write == and or'
                raise _problem(Code.BAD_LIST, item.span, f"`{format_expression(item)}` is no literal that a list can hold", hint)
            self.infer(item)
        first = LITERALS[type(literal.items[0])]
        for item in literal.items:
            if LITERALS[type(item)] is not first:
                message = f"`{format_expression(item)}` is a {LITERALS[type(item)]} in a list of {first}s"
                raise _problem(Code.BAD_LIST, item.span, message, "a list holds literals of one type: write two lists joined by or")
        return first

    def _in_range(self, left: syntax.Expression, right: syntax.Range) -> Type:
        ends = (right.low, right.high)
        types = [None if _is_body(end) else self._end(end, end is right.high) for end in ends]
        wanted = next((found for found in types if found is not None), Type.NUMBER)
        if wanted not in (Type.NUMBER, Type.TIME, Type.WEEKDAY):
            end = ends[types.index(wanted)]
            message = f"`{format_expression(end)}` is a {wanted}; a range has numbers, times or weekdays as ends"
            raise _problem(Code.BAD_RANGE, end.span, message, "for a list of texts write in [a, b]")
        for end, found in zip(ends, types, strict=True):
            if (found or Type.NUMBER) is not wanted:
                message = f"`{format_expression(end)}` is a {found or 'JSON value'}, and the other end is a {wanted}"
                raise _problem(Code.BAD_RANGE, end.span, message, "both ends of a range have one type")
        found = None if _is_body(left) else self.infer(left)
        if (found or Type.NUMBER) is not wanted:
            raise TypingError(mismatch(left, found, wanted))
        return Type.BOOL

    def _end(self, end: syntax.Expression, is_right: bool) -> Type:
        if is_right and isinstance(end, syntax.Time) and end.minutes == MINUTES:
            return Type.TIME
        return self.infer(end)

    def _quantified(self, expression: syntax.Quantified) -> Type:
        operand, operator, right = expression.operand, expression.operator, expression.right
        found = self.infer(operand, Type.LIST) if list_literal(operand, self.lets) is None else self._named_list(operand)
        if found is not Type.LIST:
            written = format_expression(operand)
            message = f"`{expression.quantifier}` takes a list, and `{written}` is a {found}"
            hint = f"write {written} {operator} …" if found is Type.TEXT else "name a list such as tools"
            quantified = Span(operand.span.source, expression.span.start, operand.span.end)
            fixes = (replace(quantified, written),) if found is Type.TEXT and expression.quantifier != "none" else ()
            raise _problem(Code.BAD_QUANTIFIER, operand.span, message, hint, *fixes)
        if isinstance(right, syntax.Range):
            raise _problem(Code.BAD_RANGE, right.span, "the elements of a list are text, and in no range", "write in [a, b]")
        if operator in ("in", "not in"):
            literal = list_literal(right, self.lets)
            if literal is None:
                self._expect(right, Type.LIST, f"`{operator}` takes a list", Code.WRONG_OPERAND)
            elif self.elements(literal) is not Type.TEXT:
                raise _problem(Code.TYPE_MISMATCH, right.span, "the elements on the left are text", "write a list of texts")
        elif operator in ("==", "!="):
            self._expect(right, Type.TEXT, "the elements of a list are text")
        else:
            self._right(operator, right)
        return Type.BOOL

    def _named_list(self, operand: syntax.Expression) -> Type:
        if isinstance(syntax.bare(operand), syntax.ListLiteral):
            return self.infer(operand)
        self._text_list(operand)
        return Type.LIST

    def _text_list(self, operand: syntax.Expression) -> None:
        literal = list_literal(operand, self.lets)
        if literal is not None and self.elements(literal) is not Type.TEXT:
            raise _problem(Code.BAD_LIST, operand.span, "a list of anything but text stands only right of in", "write … in the list")

    def let(self, let: syntax.Let) -> Type:
        """The type of a let's expression; TypingError if it is ill-typed."""
        value = syntax.bare(let.value)
        if isinstance(value, syntax.ListLiteral):
            self.elements(value)
            return Type.LIST
        return self.infer(let.value)


def _raise(problem: Diagnostic | None) -> None:
    if problem is not None:
        raise TypingError(problem)


def _problem(code: Code, span: Span, message: str, hint: str | None, *fixes: Fix) -> TypingError:
    return TypingError(Diagnostic(code, span, message, hint, fixes=fixes))

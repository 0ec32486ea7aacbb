"""A policy's conditions as cvc5 has them: strings, regular expressions, integers and reals. Nothing of the engine's spaces is used.

Only the parser, the checks and the trees of patterns (which are tested against RE2) are shared with what is tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import cvc5
from cvc5 import Kind

from ccproxy.analysis.automata.regex import Chars, Choice, Look, Regex, Repeat, Sequence, read_glob, read_regex
from ccproxy.checks import CheckedPolicy
from ccproxy.facts.definitions import fact_named
from ccproxy.facts.schema import Presence
from ccproxy.language import syntax
from ccproxy.language.types import Type
from ccproxy.source import Source, Span

_NOWHERE = Span(Source(""), 0, 0)
_ELEMENTS = 7
"""Elements that a list may have here: more than small conditions can tell apart."""

_OF_THE_BODY = ("model", "effort", "messages", "images", "max_tokens", "stream", "tools")
"""Those of the small policies' facts that come from the body and nowhere else."""


class Oracle:
    """Answers if conditions of one policy can hold together."""

    def __init__(self, checked: CheckedPolicy, milliseconds: int = 2_000) -> None:
        self.terms = cvc5.TermManager()
        self._checked = checked
        self._milliseconds = milliseconds
        self._variables: dict[tuple[str, str], Any] = {}
        self._laws: list[Any] = []
        self._lets: dict[str, Any] = {}
        self._true, self._false = self.terms.mkTrue(), self.terms.mkFalse()

    def possible(self, *formulas: Any) -> bool | None:
        """Whether all the formulas can hold together; None where cvc5 does not know in time."""
        solver = cvc5.Solver(self.terms)
        solver.setOption("tlimit-per", str(self._milliseconds))
        solver.setOption("strings-exp", "true")
        solver.setLogic("ALL")
        for law in (*self._laws, *self._laws_of_bodies()):
            solver.assertFormula(law)
        for formula in formulas:
            solver.assertFormula(formula)
        answer = solver.checkSat()
        return True if answer.isSat() else False if answer.isUnsat() else None

    def _laws_of_bodies(self) -> Iterator[Any]:
        """Only a body that is no object has no number of images, and it has nothing else; images are in messages."""
        images = self._variables.get(("present", "images/number"))
        for (what, name), there in self._variables.items():
            of_the_body = name.startswith("body(") or name.partition("/")[0] in _OF_THE_BODY
            if images is not None and what in ("present", "there") and of_the_body:
                yield self.terms.mkTerm(Kind.IMPLIES, there, images)
        messages, count = self._variables.get(("present", "messages/number")), self._variables.get(("number", "images"))
        if images is not None and messages is not None and count is not None:
            some = self.all_of([images, self.terms.mkTerm(Kind.GT, count, self.terms.mkInteger(0))])
            yield self.terms.mkTerm(Kind.IMPLIES, some, messages)

    # ── Connectives ──────────────────────────────────────────────────────────────────────────────────────────────────

    def all_of(self, parts: list[Any]) -> Any:
        """The conjunction."""
        return self.terms.mkTerm(Kind.AND, *parts) if len(parts) > 1 else parts[0] if parts else self._true

    def any_of(self, parts: list[Any]) -> Any:
        """The disjunction."""
        return self.terms.mkTerm(Kind.OR, *parts) if len(parts) > 1 else parts[0] if parts else self._false

    def no(self, part: Any) -> Any:
        """The negation."""
        return self.terms.mkTerm(Kind.NOT, part)

    def condition(self, expression: syntax.Expression) -> Any:
        """The formula that the condition holds."""
        match syntax.bare(expression):
            case syntax.Not(operand=operand):
                return self.no(self.condition(operand))
            case syntax.And(operands=operands):
                return self.all_of([self.condition(operand) for operand in operands])
            case syntax.Or(operands=operands):
                return self.any_of([self.condition(operand) for operand in operands])
            case syntax.Bool(value=value):
                return self._true if value else self._false
            case syntax.Comparison(operands=operands, relations=relations):
                pairs = zip(operands, relations, operands[1:], strict=False)
                return self.all_of([self._compare(left, relation, right) for left, relation, right in pairs])
            case syntax.Test() as test:
                return self._test(test)
            case syntax.Quantified() as quantified:
                return self._quantified(quantified)
            case syntax.Has(operand=operand):
                return self._there(operand)
            case syntax.Name() | syntax.Call() as named if (name := self._checked.let_named(named)) is not None:
                if name not in self._lets:
                    self._lets[name] = self.condition(self._checked.all_lets[name].value)
                return self._lets[name]
            case other:
                return self.all_of([self._present(other, "bool"), self._value(other, "bool")])

    # ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _new(self, key: tuple[str, str], sort: Any) -> Any:
        if key not in self._variables:
            self._variables[key] = self.terms.mkConst(sort, ":".join(key))
        return self._variables[key]

    def _name(self, expression: syntax.Expression) -> str:
        expression = syntax.bare(expression)
        if isinstance(expression, syntax.Name):
            return expression.name
        assert isinstance(expression, syntax.Call)
        return f"{expression.function}({expression.argument.value})"

    def _present(self, expression: syntax.Expression, kind: str) -> Any:
        """Whether the fact is there, with this type."""
        name = self._name(expression)
        fact = fact_named(name)
        if fact is not None and (fact.presence is Presence.ALWAYS or fact.type in (Type.TIME, Type.WEEKDAY)):
            return self._true
        if name.startswith(("fits(", "healthy(")):
            return self._true
        fresh = ("present", f"{name}/{kind}") not in self._variables
        present = self._new(("present", f"{name}/{kind}"), self.terms.getBooleanSort())
        if fresh and name.startswith("body("):
            kinds = [key for key in self._variables if key[0] == "present" and key[1].startswith(f"{name}/")]
            for other in kinds:
                if other[1] != f"{name}/{kind}":
                    both = self.all_of([present, self._variables[other]])
                    if other[1].endswith("/any"):
                        self._laws.append(self.terms.mkTerm(Kind.IMPLIES, present, self._variables[other]))
                    elif kind == "any":
                        self._laws.append(self.terms.mkTerm(Kind.IMPLIES, self._variables[other], present))
                    else:
                        self._laws.append(self.no(both))
        return present

    def _value(self, expression: syntax.Expression, kind: str) -> Any:
        name = self._name(expression)
        sorts = {"bool": self.terms.getBooleanSort(), "text": self.terms.getStringSort(), "number": self.terms.getRealSort()}
        key = (kind, name)
        known = key in self._variables
        whole = kind == "number" and self._is_whole(name)
        value = self._new(key, self.terms.getIntegerSort() if whole else sorts[kind])
        if not known:
            self._state_laws(name, kind, value)
        return value

    @staticmethod
    def _is_whole(name: str) -> bool:
        fact = fact_named(name)
        return fact is not None and (fact.bounds.whole or fact.type in (Type.TIME, Type.WEEKDAY))

    def _state_laws(self, name: str, kind: str, value: Any) -> None:
        """What the language says of the fact."""
        if name.startswith(("cost(", "quota(")):
            self._laws.append(self.terms.mkTerm(Kind.GEQ, value, self.terms.mkReal(0)))
        if kind != "number" or not self._is_whole(name):
            return
        self._laws.append(self.terms.mkTerm(Kind.GEQ, value, self.terms.mkInteger(0)))
        if name in ("time", "weekday"):
            self._laws.append(self.terms.mkTerm(Kind.LT, value, self.terms.mkInteger(1440 if name == "time" else 7)))
        tokens, latest = self._variables.get(("number", "tokens")), self._variables.get(("number", "tokens.latest"))
        if name in ("tokens", "tokens.latest") and tokens is not None and latest is not None:
            self._laws.append(self.terms.mkTerm(Kind.LEQ, latest, tokens))

    def _there(self, expression: syntax.Expression) -> Any:
        expression = syntax.bare(expression)
        name = self._name(expression)
        fact = fact_named(name)
        gathered = name.startswith("body(") and "*" in name
        if name.startswith("body(") and not gathered:
            return self._present(expression, "any")
        if gathered or (fact is not None and fact.type is Type.LIST):
            return self._list(expression)[0]
        kinds = {Type.TEXT: "text", Type.BOOL: "bool", Type.NUMBER: "number", Type.TIME: "number", Type.WEEKDAY: "number"}
        if name == "cost(a)":
            return self._true
        if name.startswith(("cost(", "quota(")):
            return self._present(expression, "number")
        return self._present(expression, kinds[fact.type] if fact is not None else "text")

    # ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _number(self, expression: syntax.Expression) -> tuple[Any, list[Any]]:
        """The value, and what has to be there."""
        match syntax.bare(expression):
            case syntax.Number(value=value):
                return self._real(value), []
            case syntax.Time(minutes=minutes):
                return self._real(minutes), []
            case syntax.Weekday(day=day):
                return self._real(day), []
            case syntax.Count(operand=operand):
                return self.terms.mkTerm(Kind.TO_REAL, self._list(operand)[1]), []
            case syntax.Sum(operands=operands, signs=signs):
                total, needs = self._number(operands[0])
                for operand, sign in zip(operands[1:], signs[1:], strict=True):
                    value, more = self._number(operand)
                    total = self.terms.mkTerm(Kind.ADD if sign == "+" else Kind.SUB, total, value)
                    needs = needs + more
                return total, needs
            case syntax.Product(operands=operands):
                product, needs = self._number(operands[0])
                for operand in operands[1:]:
                    value, more = self._number(operand)
                    product = self.terms.mkTerm(Kind.MULT, product, value)
                    needs = needs + more
                return product, needs
            case syntax.Call(function="cost", argument=syntax.Text(value="a")):
                return self._cost_of_a(), []
            case other:
                value = self._value(other, "number")
                real = self.terms.mkTerm(Kind.TO_REAL, value) if value.getSort().isInteger() else value
                return real, [self._present(other, "number")]

    def _cost_of_a(self) -> Any:
        """What models.yaml says: 2 for a token that is written to the cache, else 3 where there are over 2 of them, else 1.

        Those that are cached at a cost 1 where there are over 2, else a half.
        """
        mk, label, kept = self.terms.mkTerm, syntax.Name(_NOWHERE, "session.label"), syntax.Name(_NOWHERE, "cache.tokens")
        tokens = self._value(syntax.Name(_NOWHERE, "tokens"), "number")
        here = mk(Kind.EQUAL, self._value(label, "text"), self.terms.mkString("a"))
        warm = self.all_of([self._present(label, "text"), here, self._present(kept, "number")])
        read = mk(Kind.ITE, mk(Kind.LT, self._value(kept, "number"), tokens), self._value(kept, "number"), tokens)
        read = mk(Kind.TO_REAL, mk(Kind.ITE, warm, read, self.terms.mkInteger(0)))
        cached = self._new(("bool", "cached"), self.terms.getBooleanSort())
        many = self.terms.mkTerm(Kind.GT, tokens, self.terms.mkInteger(2))
        one, two, three = map(self.terms.mkInteger, (1, 2, 3))
        rate = mk(Kind.TO_REAL, mk(Kind.ITE, cached, two, mk(Kind.ITE, many, three, one)))
        of_read = mk(Kind.ITE, many, self._real(1), self._real(Fraction(1, 2)))
        new = mk(Kind.SUB, mk(Kind.TO_REAL, tokens), read)
        return mk(Kind.ADD, mk(Kind.MULT, rate, new), mk(Kind.MULT, of_read, read))

    def _real(self, value: int | Fraction) -> Any:
        exact = Fraction(value)
        return self.terms.mkReal(exact.numerator, exact.denominator)

    def _compare(self, left: syntax.Expression, relation: str, right: syntax.Expression) -> Any:
        if relation == "!=":
            return self.no(self._compare(left, "==", right))
        for text, other in ((left, right), (right, left)):
            if isinstance(syntax.bare(text), syntax.Text):
                return self._text_test(other, "==", text)
        one, needs = self._number(left)
        two, more = self._number(right)
        kinds = {"==": Kind.EQUAL, "<": Kind.LT, "<=": Kind.LEQ, ">": Kind.GT, ">=": Kind.GEQ}
        return self.all_of([*needs, *more, self.terms.mkTerm(kinds[relation], one, two)])

    # ── Texts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _test(self, test: syntax.Test) -> Any:
        if test.operator == "not in":
            return self.no(self._in(test.left, test.right))
        if test.operator == "in":
            return self._in(test.left, test.right)
        return self._text_test(test.left, test.operator, test.right)

    def _in(self, left: syntax.Expression, right: syntax.Expression) -> Any:
        right = syntax.bare(right)
        if isinstance(right, syntax.Range):
            low, high = syntax.bare(right.low), syntax.bare(right.high)
            above, below = self._compare(right.low, "<=", left), self._compare(left, "<", right.high)
            if isinstance(low, syntax.Weekday):
                below = self._compare(left, "<=", right.high)
                return self.all_of([above, below]) if low.day <= high.day else self.any_of([above, below])  # type: ignore[union-attr]
            if isinstance(low, syntax.Time) and low.minutes > high.minutes:  # type: ignore[union-attr]
                return self.any_of([above, below])
            return self.all_of([above, below])
        if isinstance(right, syntax.ListLiteral):
            return self.any_of([self._compare(left, "==", item) for item in right.items])
        assert isinstance(left, syntax.Text)
        return self._some_element(right, lambda element: self._passes(element, "==", left))

    def _text_test(self, left: syntax.Expression, operator: str, right: syntax.Expression) -> Any:
        return self.all_of([self._present(left, "text"), self._passes(self._value(left, "text"), operator, right)])

    def _passes(self, text: Any, operator: str, right: syntax.Expression) -> Any:
        terms = self.terms
        match syntax.bare(right):
            case syntax.ListLiteral(items=items):
                return self.any_of([self._passes(text, "==", item) for item in items])
            case syntax.Pattern(pattern=pattern, flags=flags):
                return terms.mkTerm(Kind.STRING_IN_REGEXP, text, self._found(read_regex(pattern, flags)))
            case syntax.Text(value=value) if operator == "matches":
                return terms.mkTerm(Kind.STRING_IN_REGEXP, text, self._found(read_glob(value)))
            case syntax.Text(value=value):
                constant = terms.mkString(value)
                match operator:
                    case "==":
                        return terms.mkTerm(Kind.EQUAL, text, constant)
                    case "contains":
                        return terms.mkTerm(Kind.STRING_CONTAINS, text, constant)
                    case "starts with":
                        return terms.mkTerm(Kind.STRING_PREFIX, constant, text)
                    case "ends with":
                        return terms.mkTerm(Kind.STRING_SUFFIX, constant, text)
        raise AssertionError(operator)

    def _found(self, tree: Regex) -> Any:
        """The texts in which the tree is found; of conditions around characters only `^` and `$` at the ends of a sequence."""
        anything = self.terms.mkTerm(Kind.REGEXP_STAR, self.terms.mkTerm(Kind.REGEXP_ALLCHAR))
        parts = list(tree.parts) if isinstance(tree, Sequence) else [tree]
        start = [] if parts and parts[0] is Look.BEGIN_TEXT else [anything]
        end = [] if parts and parts[-1] is Look.END_TEXT and len(parts) > (not start) else [anything]
        inner = parts[not start : len(parts) - (not end)]
        pieces = [*start, *(self._regex(part) for part in inner), *end]
        empty = self.terms.mkTerm(Kind.STRING_TO_REGEXP, self.terms.mkString(""))
        return self.terms.mkTerm(Kind.REGEXP_CONCAT, empty, empty, *pieces)

    def _regex(self, tree: Regex) -> Any:
        terms = self.terms
        empty = terms.mkTerm(Kind.STRING_TO_REGEXP, terms.mkString(""))
        match tree:
            case Chars(chars=chars):
                ranges = [
                    terms.mkTerm(Kind.REGEXP_RANGE, self._char(low), self._char(min(high, 0x2FFFF))) for low, high in chars if low < 0x30000
                ]
                return ranges[0] if len(ranges) == 1 else terms.mkTerm(Kind.REGEXP_UNION, *ranges)
            case Sequence(parts=parts):
                return terms.mkTerm(Kind.REGEXP_CONCAT, empty, empty, *(self._regex(part) for part in parts))
            case Choice(options=options):
                return terms.mkTerm(Kind.REGEXP_UNION, *(self._regex(option) for option in options))
            case Repeat(body=body, low=low, high=high):
                inner = self._regex(body)
                if high is None:
                    return terms.mkTerm(Kind.REGEXP_CONCAT, *([inner] * low), terms.mkTerm(Kind.REGEXP_STAR, inner), empty)
                return terms.mkTerm(terms.mkOp(Kind.REGEXP_LOOP, low, high), inner)
        raise AssertionError(f"{tree} is not for the oracle")

    def _char(self, point: int) -> Any:
        return self.terms.mkString(f"\\u{{{point:x}}}", True)

    # ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _list(self, expression: syntax.Expression) -> tuple[Any, Any, list[Any]]:
        """Whether it is there, its count, and its elements, of which the first `count` are in use."""
        name = self._name(expression)
        known = ("count", name) in self._variables
        there = self._new(("there", name), self.terms.getBooleanSort())
        count = self._new(("count", name), self.terms.getIntegerSort())
        elements = [self._new((f"element {index}", name), self.terms.getStringSort()) for index in range(_ELEMENTS)]
        if not known:
            zero = self.terms.mkInteger(0)
            self._laws.append(self.terms.mkTerm(Kind.GEQ, count, zero))
            self._laws.append(self.terms.mkTerm(Kind.LEQ, count, self.terms.mkInteger(_ELEMENTS)))
            self._laws.append(self.any_of([there, self.terms.mkTerm(Kind.EQUAL, count, zero)]))
            if name in ("betas", "tags"):  # no doubles, no empty ones, none with white space around it
                self._laws.append(self.terms.mkTerm(Kind.DISTINCT, *elements))
                trimmed = self._found(read_regex(r"^[^\s](.*[^\s])?$", "s"))
                self._laws += [self.terms.mkTerm(Kind.STRING_IN_REGEXP, element, trimmed) for element in elements]
        return there, count, elements

    def _some_element(self, expression: syntax.Expression, passes: Any) -> Any:
        _, count, elements = self._list(expression)
        used = [
            self.all_of([self.terms.mkTerm(Kind.LT, self.terms.mkInteger(index), count), passes(element)])
            for index, element in enumerate(elements)
        ]
        return self.any_of(used)

    def _quantified(self, quantified: syntax.Quantified) -> Any:
        operator = {"!=": "==", "not in": "in"}.get(quantified.operator, quantified.operator)
        opposite = (operator != quantified.operator) != (quantified.quantifier == "all")

        def passes(element: Any) -> Any:
            holds = self._passes(element, operator, quantified.right)
            return self.no(holds) if opposite else holds

        some = self._some_element(quantified.operand, passes)
        return some if quantified.quantifier == "any" else self.no(some)

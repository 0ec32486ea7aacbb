"""Builds the syntax tree while the parser reduces: one method for each rule of `grammar/ccp.lark`.

Each method gets the parts of its rule, tokens included, so that a node's span runs from its first part to its last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ccproxy.diagnostics import Code, Diagnostic, Fix
from ccproxy.diagnostics.fix import quote
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.literals import RESERVED, WEEKDAYS, LiteralError, is_bare_label, read_number, read_pattern, read_text, read_time
from ccproxy.language.tokens import Token
from ccproxy.source import Source, Span

T = TypeVar("T")
Parts = list[Any]
_ZERO: syntax.Exact = 0


@frozen
class _Clause(syntax.Node):
    """`because …`, `by …` or `( … )` on its way into its node."""

    content: Any


class TreeBuilder:
    """Builds the tree of one range of a text at a time; errors in its literals and names go to `problems`."""

    def __init__(self) -> None:
        self.problems: list[Diagnostic] = []
        self._source = Source("")

    def begin(self, source: Source) -> None:
        """Start on a range of `source`."""
        self.problems = []
        self._source = source

    def _span(self, parts: Parts) -> Span:
        first, last = parts[0], parts[-1]
        start = first.start if type(first) is Token else first.span.start
        return Span(self._source, start, last.end if type(last) is Token else last.span.end)

    def _span_of(self, word: Token) -> Span:
        return Span(self._source, word.start, word.end)

    def _read(self, word: Token, read: Callable[[str], T], instead: T) -> T:
        try:
            return read(word.text)
        except LiteralError as error:
            self.problems.append(error.diagnostic(self._source, word.start))
            return instead

    def _problem(self, code: Code, span: Span, message: str, hint: str, fixes: tuple[Fix, ...] = ()) -> None:
        self.problems.append(Diagnostic(code, span, message, hint, fixes=fixes))

    # ── Statements ───────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, parts: Parts) -> Parts:
        return parts

    def version(self, parts: Parts) -> syntax.Version:
        return syntax.Version(self._span(parts), self.number(parts[1:]))

    def rule(self, parts: Parts) -> syntax.Rule:
        return syntax.Rule(self._span(parts), parts[1], parts[3], self._because(parts[4:]))

    def default(self, parts: Parts) -> syntax.Rule:
        return syntax.Rule(self._span(parts), None, parts[2], self._because(parts[3:]))

    def _because(self, parts: Parts) -> syntax.Text | None:
        return parts[0].content if parts else None

    def because(self, parts: Parts) -> _Clause:
        return _Clause(self._span(parts), self.text(parts[1:]))

    def let(self, parts: Parts) -> syntax.Let:
        return syntax.Let(self._span(parts), self.name(parts[1:2]), parts[3])

    def include(self, parts: Parts) -> syntax.Include:
        return syntax.Include(self._span(parts), self.text(parts[1:]))

    def timezone(self, parts: Parts) -> syntax.Timezone:
        return syntax.Timezone(self._span(parts), self.text(parts[1:]))

    def predicate(self, parts: Parts) -> syntax.Predicate:
        arguments: tuple[syntax.Argument, ...] = parts[4].content if len(parts) > 4 else ()
        names: set[str] = set()
        for argument in arguments:
            if argument.name is None and names:
                self._problem(
                    Code.BAD_PREDICATE, argument.span, "a positional argument follows one with a name", "write the named ones last"
                )
            elif argument.name in names:
                self._problem(
                    Code.BAD_PREDICATE, argument.span, f"the argument `{argument.name}` is there twice", "give each argument once"
                )
            elif argument.name is not None:
                names.add(argument.name)
        return syntax.Predicate(self._span(parts), self.name(parts[1:2]), self.text(parts[3:4]), arguments)

    def arguments(self, parts: Parts) -> _Clause:
        found = tuple(part for part in parts if isinstance(part, syntax.Argument))
        return _Clause(self._span(parts), found)

    def positional(self, parts: Parts) -> syntax.Argument:
        return syntax.Argument(self._span(parts), None, parts[0])

    def keyword(self, parts: Parts) -> syntax.Argument:
        return syntax.Argument(self._span(parts), parts[0].text, parts[2])

    def assertion(self, parts: Parts) -> syntax.Assertion:
        return syntax.Assertion(self._span(parts), parts[2], "never" if parts[4].type == "NEVER" else "only", tuple(parts[5::2]))

    # ── Targets ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def route(self, parts: Parts) -> syntax.Route:
        return syntax.Route(self._span(parts), parts[0], tuple(parts[2::2]))

    def split(self, parts: Parts) -> syntax.Split:
        branches = tuple(part for part in parts if isinstance(part, syntax.Branch))
        fallbacks = tuple(part for part in parts if isinstance(part, syntax.Label))
        by = next((part.content for part in parts if isinstance(part, _Clause)), None)
        return syntax.Split(self._span(parts), branches, by, fallbacks)

    def branch(self, parts: Parts) -> syntax.Branch:
        return syntax.Branch(self._span(parts), self._read(parts[0], lambda text: read_number(text[:-1]), _ZERO), parts[1])

    def by(self, parts: Parts) -> _Clause:
        return _Clause(self._span(parts), parts[1])

    def stay(self, parts: Parts) -> syntax.Stay:
        return syntax.Stay(self._span(parts), tuple(parts[2::2]))

    def keep(self, parts: Parts) -> syntax.Keep:
        return syntax.Keep(self._span(parts))

    def reject(self, parts: Parts) -> syntax.Reject:
        return syntax.Reject(self._span(parts), parts[1])

    def label(self, parts: Parts) -> syntax.Label:
        word = parts[0]
        span = self._span_of(word)
        if word.text.startswith('"'):
            name = self._read(word, read_text, "")
            if not name and len(word.text) == 2:
                self._problem(Code.BAD_LABEL, span, "the label is empty", "write a model_name of LiteLLM's model_list")
            return syntax.Label(span, name)
        if not is_bare_label(word.text):
            hint = f'to use it as a label, quote it: "{word.text}"'
            self._problem(Code.RESERVED_WORD, span, f"`{word.text}` is a word of the language", hint, (quote(span),))
        return syntax.Label(span, word.text)

    # ── Expressions ──────────────────────────────────────────────────────────────────────────────────────────────────

    def or_(self, parts: Parts) -> syntax.Or:
        return syntax.Or(self._span(parts), tuple(parts[::2]))

    def and_(self, parts: Parts) -> syntax.And:
        return syntax.And(self._span(parts), tuple(parts[::2]))

    def not_(self, parts: Parts) -> syntax.Not:
        return syntax.Not(self._span(parts), parts[1])

    def comparison(self, parts: Parts) -> syntax.Comparison:
        return syntax.Comparison(self._span(parts), tuple(parts[::2]), tuple(word.text for word in parts[1::2]))

    def test(self, parts: Parts) -> syntax.Test:
        return syntax.Test(self._span(parts), parts[0], self._operator(parts[1:-1]), parts[-1])

    def quantified(self, parts: Parts) -> syntax.Quantified:
        return syntax.Quantified(self._span(parts), parts[0].text, parts[1], self._operator(parts[2:-1]), parts[-1])

    def _operator(self, words: Parts) -> syntax.Infix:
        return " ".join(word.text for word in words)  # type: ignore[return-value]

    def range(self, parts: Parts) -> syntax.Range:
        return syntax.Range(self._span(parts), parts[0], parts[2])

    def sum(self, parts: Parts) -> syntax.Sum:
        signs = ("+", *(word.text for word in parts[1::2]))
        return syntax.Sum(self._span(parts), tuple(parts[::2]), signs)

    def product(self, parts: Parts) -> syntax.Product:
        return syntax.Product(self._span(parts), tuple(parts[::2]))

    def has(self, parts: Parts) -> syntax.Has:
        return syntax.Has(self._span(parts), parts[1])

    def group(self, parts: Parts) -> syntax.Group:
        return syntax.Group(self._span(parts), parts[1])

    def list(self, parts: Parts) -> syntax.ListLiteral:
        return syntax.ListLiteral(self._span(parts), tuple(part for part in parts if isinstance(part, syntax.Expression)))

    def count(self, parts: Parts) -> syntax.Count:
        return syntax.Count(self._span(parts), parts[2])

    def call(self, parts: Parts) -> syntax.Call:
        function, argument = parts[0], parts[2]
        if function.type == "FUNCTION":
            return syntax.Call(self._span(parts), function.text, syntax.Text(argument.span, argument.name))
        return syntax.Call(self._span(parts), self.name(parts[:1]).name, argument)

    def name(self, parts: Parts) -> syntax.Name:
        word = parts[0]
        span = self._span_of(word)
        if word.text in RESERVED:
            hint = f'quote it: "{word.text}"; or, for a name, take another'
            self._problem(Code.RESERVED_WORD, span, f"`{word.text}` is a word of the language", hint, (quote(span),))
        return syntax.Name(span, word.text)

    def number(self, parts: Parts) -> syntax.Number:
        return syntax.Number(self._span_of(parts[0]), self._read(parts[0], read_number, _ZERO))

    def text(self, parts: Parts) -> syntax.Text:
        return syntax.Text(self._span_of(parts[0]), self._read(parts[0], read_text, ""))

    def bool(self, parts: Parts) -> syntax.Bool:
        return syntax.Bool(self._span(parts), parts[0].type == "TRUE")

    def time(self, parts: Parts) -> syntax.Time:
        return syntax.Time(self._span(parts), self._read(parts[0], read_time, 0))

    def weekday(self, parts: Parts) -> syntax.Weekday:
        return syntax.Weekday(self._span(parts), WEEKDAYS.index(parts[0].text))

    def pattern(self, parts: Parts) -> syntax.Pattern:
        pattern, flags = self._read(parts[0], read_pattern, ("x", ""))
        return syntax.Pattern(self._span(parts), pattern, flags)

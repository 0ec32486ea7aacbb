"""The parser: turns text into abstract syntax.

A text without syntax errors is parsed in one go. Any other is cut at the keywords that start statements, and each statement is
parsed by itself, so that one bad statement doesn't hide the others: at most one error per statement.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.literals import STATEMENT_KEYWORDS
from ccproxy.language.parse_table import ParseTable, Refused
from ccproxy.language.tokens import STATEMENT_TYPES, Kind, Token, tokens, without_comments
from ccproxy.language.tree_builder import TreeBuilder
from ccproxy.source import Source, Span

MAX_NESTING = 64
"""Maximum nesting of parentheses and `not`s."""


@frozen
class Parsed:
    """A parsed text and its diagnostics.

    Statements with errors are not in `file`; `broken` are the names that they would have defined, `default` for a default rule.
    """

    file: syntax.File
    diagnostics: tuple[Diagnostic, ...]
    broken: frozenset[str]


def parse(source: Source) -> Parsed:
    """Parse the text of one policy file."""
    return _reader().parse(source)


def due_behind(text: str, code: Sequence[Token]) -> frozenset[str]:
    """The types of the tokens that the grammar accepts after these of a text, `$END` for its end; a token that doesn't fit is
    skipped.
    """
    starts = [0, *statement_starts(text, code)]
    return _reader().due(code[starts[-1] :])


@cache
def _reader() -> _Reader:
    return _Reader()


UNFINISHED = frozenset(
    "ARROW PLUS MINUS TIMES DOTS EQUALS EQUAL UNEQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL LPAR LSQB COMMA "  # noqa: SIM905 (a list of words reads best as words)
    "VERSION WHEN DEFAULT LET INCLUDE TIMEZONE PREDICATE ASSERT NEVER ONLY PERCENT BY FALLBACK REJECT BECAUSE "
    "AND OR NOT IN MATCHES CONTAINS STARTS ENDS WITH ANY ALL NONE HAS COUNT FUNCTION".split()
)
"""Tokens that no statement ends with."""


def statement_starts(text: str, code: Sequence[Token]) -> Iterator[int]:
    """The indices of the tokens that start statements: exact for a text without syntax errors, a good guess for any other.

    A statement starts at its keyword; but `when` belongs to an `assert` before it, and where a statement can't have ended yet,
    a keyword on the same line is a mistake within that statement.
    """
    for index, token in enumerate(code):
        if token.type not in STATEMENT_TYPES:
            continue
        previous = code[index - 1] if index else None
        same_line = previous is not None and "\n" not in text[previous.end : token.start]
        if previous is None or not (previous.type in UNFINISHED if same_line else (previous.type, token.type) == ("ASSERT", "WHEN")):
            yield index


def _misspelt_starts(text: str, code: Sequence[Token]) -> Iterator[int]:
    """The indices of tokens that begin an unindented line and look like a misspelt keyword of a statement."""
    from ccproxy.language.syntax_errors import keyword_meant  # most texts have no error

    for index, token in enumerate(code):
        if token.kind is Kind.WORD and (token.start == 0 or text[token.start - 1] == "\n") and keyword_meant(token.text):
            yield index


def _defined_by(code: Sequence[Token]) -> Iterator[str]:
    """What a statement with a syntax error would have defined: the name of a `let` or `predicate`, or `default`."""
    from ccproxy.language.syntax_errors import keyword_meant

    first = code[0].text
    keyword = first if first in STATEMENT_KEYWORDS else keyword_meant(first)
    if keyword == "default":
        yield keyword
    elif keyword in ("let", "predicate") and len(code) > 1 and code[1].kind is Kind.WORD:
        yield code[1].text


class _Reader:
    """Reads one text at a time, because it has a single tree builder."""

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._table = ParseTable(self._builder)
        self._lock = threading.Lock()

    def parse(self, source: Source) -> Parsed:
        with self._lock:
            return self._parse(source)

    def _parse(self, source: Source) -> Parsed:
        span = Span(source, 0, len(source.text))
        code = without_comments(tokens(source.text))
        statements, problem = self._parse_part(source, code)
        if problem is None:
            return Parsed(syntax.File(span, source, tuple(statements)), (), frozenset())
        statements = []
        diagnostics: list[Diagnostic] = []
        broken: set[str] = set()
        told: list[Span] = []  # other places of one mistake, such as the marks of a merge conflict
        starts = {0, *statement_starts(source.text, code), *_misspelt_starts(source.text, code), len(code)}
        for start, end in pairwise(sorted(starts)):
            part, problem = self._parse_part(source, code[start:end])
            if problem is None:
                statements += part
            else:
                if not any(other.start <= problem.span.start < other.end for other in told):
                    diagnostics.append(problem)
                    told += [edit.span for fix in problem.fixes for edit in fix.edits[1:]]
                broken.update(_defined_by(code[start:end]))
        return Parsed(syntax.File(span, source, tuple(statements)), tuple(diagnostics), frozenset(broken))

    def _parse_part(self, source: Source, code: Sequence[Token]) -> tuple[list[syntax.Statement], Diagnostic | None]:
        """Parse these tokens into statements, or return the first error in them."""
        if far_too_deep := _bracket_overflow(source, code):
            return [], far_too_deep
        builder = self._builder
        builder.begin(source)
        read = self._table.read(code)
        if isinstance(read, Refused):
            from ccproxy.language.syntax_errors import describe

            first = min(builder.problems, key=lambda problem: problem.span.start, default=None)
            failure = describe(source, code, read.index, read.due)
            return [], first if first is not None and first.span.start <= failure.span.start else failure
        problems = [*builder.problems, *(problem for statement in read for problem in _too_deep(statement))]
        return read, min(problems, key=lambda problem: problem.span.start, default=None)

    def due(self, code: Sequence[Token]) -> frozenset[str]:
        return self._table.due(code)


def _bracket_overflow(source: Source, code: Sequence[Token]) -> Diagnostic | None:
    """Finds brackets nested too deeply before a tree is built: parsing hundreds of thousands of them takes seconds."""
    depth, place = 0, 0
    for index, token in enumerate(code):
        if token.type in ("LPAR", "LSQB"):
            depth += 1
            if depth == MAX_NESTING + 1:
                place = code[index - 1].start if code[index - 1].type == "COUNT" else token.start
            if depth > 2 * MAX_NESTING:
                return _nesting(Span(source, place, place + 1))
        elif token.type in ("RPAR", "RSQB"):
            depth = max(depth - 1, 0)
    return None


def _nesting(span: Span) -> Diagnostic:
    message = f"more than {MAX_NESTING} parentheses, brackets and nots are open here"
    return Diagnostic(Code.NESTING_TOO_DEEP, span, message, "name a part of the condition with let, and use the name")


def _too_deep(statement: syntax.Statement) -> Iterator[Diagnostic]:
    """The first place where more than 64 parentheses and nots are open, found without recursion."""
    written = statement.span.text
    if sum(written.count(opening) for opening in ("(", "[", "not")) <= MAX_NESTING:
        return
    level: list[Any] = [statement]
    for _ in range(MAX_NESTING + 1):
        level = [child for node in level for child in _openings_below(node)]
        if not level:
            return
    place = min(level, key=lambda node: node.span.start)
    start = place.span.start
    yield _nesting(Span(place.span.source, start, start + (3 if isinstance(place, syntax.Not) else 1)))


def _openings_below(node: Any) -> Iterator[Any]:
    """The closest groups, nots, counts and lists below a node."""
    stack = [*syntax.children_of(node)]
    while stack:
        child = stack.pop()
        if isinstance(child, syntax.Group | syntax.Not | syntax.Count | syntax.ListLiteral):
            yield child
        else:
            stack.extend(syntax.children_of(child))

"""Text to abstract syntax: the only importer of lark.

A text that parses is parsed in one go. Where it does not, it is cut at the keywords that start statements and each
statement is parsed alone, so that one bad statement hides no other: at most one error a statement.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import lark

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.language import syntax
from ccproxy.language.literals import STATEMENT_KEYWORDS
from ccproxy.language.syntax_errors import Failure, describe, keyword_meant
from ccproxy.language.tree_builder import TreeBuilder
from ccproxy.source import Source, Span

MAX_NESTING = 64
"""Parentheses and `not`s open at once."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text says, and what is wrong with it.

    Statements with an error are not in `file`; `broken` are the names that they were to define, `default` for a default rule.
    """

    file: syntax.File
    diagnostics: tuple[Diagnostic, ...]
    broken: frozenset[str]


def parse(source: Source) -> Parsed:
    """Parse the text of one policy file."""
    return _grammar().parse(source)


@cache
def _grammar() -> _Grammar:
    return _Grammar()


_WORD = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\n]*)
    | "(?:[^"\\\r\n]|\\[^\r\n])*"? | /(?:[^/\\\r\n]|\\[^\r\n])*/?
    | [A-Za-z0-9_@](?:[A-Za-z0-9_./:@+-]*[A-Za-z0-9_./:@+])?%? | -> | [=!<>]=? | .""",
    re.VERBOSE,
)
_UNFINISHED = re.compile(
    r"->|[-+*=<>!(\[,]=?|[0-9_.]+%|let|predicate|fallback|never|only|and|or|not|in|matches|contains|with|has|any|all|none|by|because|when|assert"
)
"""Words that no statement ends with."""
_LABEL_DUE = re.compile(r"->|,|[0-9_.]+%|fallback|never|only")
_WHEN_DUE = re.compile("assert")


_OPENING = re.compile(r"([A-Za-z_]+)(?:[ \t]+([A-Za-z_][A-Za-z0-9_]*))?")
_LINE_OPENING = re.compile(r"^[A-Za-z_]+", re.MULTILINE)


def statement_starts(text: str) -> Iterator[int]:
    """The offsets at which statements start, exact for a text that parses, a good guess for any other.

    A statement starts at its keyword; but where a statement can't have ended, `default` is a label, `when` belongs to
    `assert`, and any other keyword on the same line is a mistake in the statement that it stands in.
    """
    before = previous = statement = ""
    same_line = False
    for match in _WORD.finditer(text):
        word = match.group()
        if match.lastgroup == "space":
            same_line = same_line and "\n" not in word
            continue
        if word in STATEMENT_KEYWORDS:
            unfinished = _UNFINISHED if same_line else _LABEL_DUE if word == "default" else _WHEN_DUE if word == "when" else None
            is_label = previous in ("never", "only") and (before != "->" or statement != "assert")
            if unfinished is None or is_label or not unfinished.fullmatch(previous):
                statement = word
                yield match.start()
        before, previous = previous, word
        same_line = True


def _misspelt_starts(text: str) -> Iterator[int]:
    """The offsets of the lines that begin, unindented, with what was meant for the keyword of a statement."""
    return (match.start() for match in _LINE_OPENING.finditer(text) if keyword_meant(match.group()))


def _defined_by(text: str, start: int, end: int) -> Iterator[str]:
    """What a statement that could not be read was to define: the name of a `let` or `predicate`, or `default`."""
    opening = _OPENING.match(text, start, end)
    if opening is None:
        return
    word, name = opening.groups()
    keyword = word if word in STATEMENT_KEYWORDS else keyword_meant(word)
    if keyword == "default":
        yield keyword
    elif keyword in ("let", "predicate") and name is not None:
        yield name


class _Grammar:
    """The compiled grammar. One text at a time: the tree is built while Lark reduces, without recursion."""

    def __init__(self) -> None:
        folder = _grammar_folder()
        self._builder = TreeBuilder()
        self._lock = threading.Lock()
        self._lark = lark.Lark(
            (folder / "ccp.lark").read_text(encoding="utf-8"),
            parser="lalr",
            lexer="contextual",
            maybe_placeholders=False,
            keep_all_tokens=True,
            transformer=self._builder,
            cache=_table_cache(folder),
        )

    def parse(self, source: Source) -> Parsed:
        with self._lock:
            return self._parse(source)

    def _parse(self, source: Source) -> Parsed:
        span = Span(source, 0, len(source.text))
        statements, problem = self._parse_part(source, 0, len(source.text))
        if problem is None:
            return Parsed(syntax.File(span, source, tuple(statements)), (), frozenset())
        statements = []
        diagnostics: list[Diagnostic] = []
        broken: set[str] = set()
        starts = {0, *statement_starts(source.text), *_misspelt_starts(source.text), len(source.text)}
        for start, end in pairwise(sorted(starts)):
            part, problem = self._parse_part(source, start, end)
            if problem is None:
                statements += part
            else:
                diagnostics.append(problem)
                broken.update(_defined_by(source.text, start, end))
        return Parsed(syntax.File(span, source, tuple(statements)), tuple(diagnostics), frozenset(broken))

    def _parse_part(self, source: Source, start: int, end: int) -> tuple[list[syntax.Statement], Diagnostic | None]:
        """The statements of a stretch of the text, or its first error."""
        if far_too_deep := _bracket_overflow(source, start, end):
            return [], far_too_deep
        builder = self._builder
        builder.begin(source, start)
        try:
            statements = cast("list[syntax.Statement]", self._lark.parse(source.text[start:end]))
        except lark.exceptions.UnexpectedInput as error:
            first = min(builder.problems, key=lambda problem: problem.span.start, default=None)
            failure = describe(source, start, end, self._failure(error, source.text[start:end]))
            return [], first if first is not None and first.span.start <= failure.span.start else failure
        problems = [*builder.problems, *(problem for statement in statements for problem in _too_deep(statement))]
        return statements, min(problems, key=lambda problem: problem.span.start, default=None)

    def _failure(self, error: lark.exceptions.UnexpectedInput, text: str) -> Failure:
        """Where the parser stopped, and the words it would have taken there."""
        interactive = self._lark.parse_interactive(text)
        with suppress(lark.exceptions.UnexpectedInput):
            interactive.exhaust_lexer()
        due: frozenset[str] = frozenset(interactive.accepts())  # type: ignore[no-untyped-call]
        if isinstance(error, lark.exceptions.UnexpectedToken):
            token = cast("lark.Token", error.token)
            return Failure(None, "", due) if token.type == "$END" else Failure(token.start_pos, str(token), due)
        return Failure(error.pos_in_stream, "", due)


def _grammar_folder() -> Path:
    spec = find_spec("ccproxy.grammar")
    if spec is None or spec.origin is None:
        raise RuntimeError("this installation of ccproxy has no grammar: install it again")
    return Path(spec.origin).parent


def _table_cache(folder: Path) -> str | bool:
    """Where Lark keeps its parse tables: beside Python's own compiled files, in a folder only the installer can write."""
    cached = folder / "__pycache__"
    try:
        cached.mkdir(exist_ok=True)
        probe = cached / "ccp.lark.pickle"
        with probe.open("ab"):
            pass
        if probe.stat().st_size == 0:
            probe.unlink()
    except OSError:
        return False
    return str(probe)


def _bracket_overflow(source: Source, start: int, end: int) -> Diagnostic | None:
    """Brackets so deep that no tree need be built to see it: parsing hundreds of thousands of them takes seconds."""
    text = source.text
    if text.count("(", start, end) + text.count("[", start, end) <= 2 * MAX_NESTING:
        return None
    depth, previous, place = 0, start, start
    for match in _WORD.finditer(text, start, end):
        word = match.group()
        if match.lastgroup == "space":
            continue
        if word in ("(", "["):
            depth += 1
            if depth == MAX_NESTING + 1:
                place = previous if text.startswith("count", previous) else match.start()
            if depth > 2 * MAX_NESTING:
                return _nesting(Span(source, place, place + 1))
        elif word in (")", "]"):
            depth = max(depth - 1, 0)
        previous = match.start()
    return None


def _nesting(span: Span) -> Diagnostic:
    message = f"more than {MAX_NESTING} parentheses, brackets and nots are open here"
    return Diagnostic(Code.NESTING_TOO_DEEP, span, message, "name a part of the condition with let, and use the name")


def _too_deep(statement: syntax.Statement) -> Iterator[Diagnostic]:
    """The first place where more than 64 parentheses and nots are open; found without recursion."""
    level: list[Any] = [statement]
    for _ in range(MAX_NESTING + 1):
        level = [child for node in level for child in _openings_below(node)]
        if not level:
            return
    place = min(level, key=lambda node: node.span.start)
    start = place.span.start
    yield _nesting(Span(place.span.source, start, start + (3 if isinstance(place, syntax.Not) else 1)))


def _openings_below(node: Any) -> Iterator[Any]:
    """The nearest groups, nots, counts and lists below a node."""
    stack = [*syntax.children_of(node)]
    while stack:
        child = stack.pop()
        if isinstance(child, syntax.Group | syntax.Not | syntax.Count | syntax.ListLiteral):
            yield child
        else:
            stack.extend(syntax.children_of(child))

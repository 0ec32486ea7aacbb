"""Comments that acknowledge findings where they stand: `# ccproxy: CCP502 all of them are meant`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ccproxy.closest import closest
from ccproxy.diagnostics import Code, Diagnostic, Edit, Fix, Severity, sort_diagnostics
from ccproxy.diagnostics.fix import replace as replaced
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.tokens import Kind, Token, tokens
from ccproxy.regular_files import real_path
from ccproxy.source import Source, Span

_WORD = r"ccp[0-9]\w*"
_COMMENT = rf"(?i)#+[ \t]*ccproxy:[ \t]*(?P<words>{_WORD}(?:(?:[ \t]*,[ \t]*|[ \t]+){_WORD})*)"
_BY_NUMBER = {code.number: code for code in Code}
_STAND = frozenset({Code.EMPTY_POLICY, Code.NOTHING_ACKNOWLEDGED})
"""Warnings that stand whatever a comment says: a proxy doesn't take up an empty policy."""


@frozen
class _Comment:
    """A comment that names codes: `words` are their places, `alone` says that nothing else is on its line."""

    span: Span
    words: tuple[Span, ...]
    alone: bool


def _has_comment(text: str) -> bool:
    return "ccproxy:" in text.lower() and re.search(_COMMENT, text) is not None


def may_be_acknowledged(code: Code) -> bool:
    """Whether a comment can acknowledge findings of this code: notes and warnings, no errors."""
    return code.severity is not Severity.ERROR and code not in _STAND


def acknowledge(found: Iterable[Diagnostic], policy: syntax.Policy, sought: Callable[[Code], bool]) -> list[Diagnostic]:
    """The findings, those that a comment acknowledges marked so, and those about comments that acknowledge nothing.

    A comment stands on a line of the statement that it is about, or alone on the lines right above. `sought` says whether
    findings of a code were looked for.
    """
    layouts = {id(source): _Layout(source, policy.statements) for source in policy.sources if _has_comment(source.text)}
    diagnostics = list(found)
    if not layouts:
        return diagnostics
    met: set[tuple[Path | int, int]] = set()
    for number, item in enumerate(diagnostics):
        layout = layouts.get(id(item.span.source))
        if layout is None or not may_be_acknowledged(item.code):
            continue
        words = [word for comment in layout.about(item.span) for word in comment.words if word.text.upper() == item.code.number]
        if words:
            met |= {(_file(word.source), word.start) for word in words}
            diagnostics[number] = replace(item, acknowledged=True)
    for layout in layouts.values():
        for comment in layout.comments:
            for word in comment.words:
                if (_file(word.source), word.start) not in met:
                    diagnostics += _unneeded(comment, word, sought)
    return sort_diagnostics(diagnostics, policy.sources)


def acknowledging(found: Sequence[Diagnostic], policy: syntax.Policy) -> list[Fix | None]:
    """A fix for each finding that acknowledges it; None where no comment can."""
    sources = {id(item.span.source) for item in found if may_be_acknowledged(item.code)}
    layouts = {id(source): _Layout(source, policy.statements) for source in policy.sources if id(source) in sources}
    return [
        _acknowledging(item, layouts[id(item.span.source)]) if may_be_acknowledged(item.code) and id(item.span.source) in layouts else None
        for item in found
    ]


def _acknowledging(item: Diagnostic, layout: _Layout) -> Fix:
    """Name the code in a comment that is about the statement already, else in one above it."""
    source, code = item.span.source, item.code.number
    title = f"acknowledge {code} in a comment"
    if comments := layout.about(item.span):
        end = comments[-1].words[-1].end
        return Fix(title, (Edit(Span(source, end, end), f", {code}"),))
    start = layout.start_of(item.span)
    line = Span(source, start, start).line_start.start
    before = source.text[line:start]
    if before.strip():  # another statement stands there
        return Fix(title, (Edit(Span(source, start, start), f"\n# ccproxy: {code}\n"),))
    return Fix(title, (Edit(Span(source, line, line), f"{before}# ccproxy: {code}\n"),))


class _Layout:
    """Which statement of one source each comment is about."""

    def __init__(self, source: Source, statements: Sequence[syntax.Statement]) -> None:
        self._source = source
        self._statements = [item for item in statements if item.span.source is source]
        self._starts = [item.span.start for item in self._statements]
        found = tokens(source.text)
        self._code = {source.position(token.start).line for token in found if token.kind is not Kind.COMMENT}
        self._commented = {source.position(token.start).line for token in found if token.kind is Kind.COMMENT}
        self.comments = [comment for token in found if (comment := self._comment(token))]
        self._about: dict[int | None, list[_Comment]] = defaultdict(list)
        for comment in self.comments:
            self._about[self._owner(comment)].append(comment)

    def about(self, span: Span) -> list[_Comment]:
        """The comments about the statement that a span is of; for one of no statement, those on its line and right above."""
        owner = self._at(span)
        if owner is not None:
            return self._about[owner]
        return [comment for comment in self._about[None] if self._leads_to(comment, span.line)]

    def start_of(self, span: Span) -> int:
        """Where the statement starts that a span is of, or the span itself."""
        owner = self._at(span)
        return span.start if owner is None else self._starts[owner]

    def _comment(self, token: Token) -> _Comment | None:
        match = re.match(_COMMENT, token.text) if token.kind is Kind.COMMENT else None
        if match is None:
            return None
        first = token.start + match.start("words")
        words = [(first + word.start(), first + word.end()) for word in re.finditer(_WORD, match["words"], re.IGNORECASE)]
        line = self._source.position(token.start).line
        span = Span(self._source, token.start, token.start + len(token.text.rstrip()))
        return _Comment(span, tuple(Span(self._source, *word) for word in words), line not in self._code)

    def _owner(self, comment: _Comment) -> int | None:
        """The index of the statement around a comment, before it on its line, or right below; None without any."""
        around = self._at(comment.span)
        if around is not None or not comment.alone:
            return around
        below = bisect_right(self._starts, comment.span.start)
        if below < len(self._starts) and self._leads_to(comment, self._statements[below].span.line):
            return below
        return None

    def _at(self, span: Span) -> int | None:
        """The index of the last statement that starts at or before a span, if it is still there on the span's line."""
        index = bisect_right(self._starts, span.start) - 1
        if index < 0:
            return None
        last = self._source.position(max(self._statements[index].span.end - 1, 0)).line
        return index if span.line <= last else None

    def _leads_to(self, comment: _Comment, line: int) -> bool:
        """Whether nothing but comments stands between a comment and a line, if it is not on it."""
        lines = range(comment.span.line, line)
        return comment.span.line <= line and all(each in self._commented and each not in self._code for each in lines)


def _file(source: Source) -> Path | int:
    """The same for all sources of one file: it may be included more than once."""
    return id(source) if source.path is None else real_path(source.path)


def _unneeded(comment: _Comment, word: Span, sought: Callable[[Code], bool]) -> Iterator[Diagnostic]:
    """Tells of a code that acknowledges nothing."""
    number = word.text.upper()
    code = _BY_NUMBER.get(number)
    removal = _without(comment, word)
    if code is None:
        close = closest(number, _BY_NUMBER, 0.8)
        meant = (replaced(word, close),) if close else ()
        hint = f"did you mean {close}?" if close else "ccproxy docs lists them"
        yield Diagnostic(Code.NOTHING_ACKNOWLEDGED, word, f"there is no diagnostic {number}", hint, fixes=(*meant, removal))
    elif not may_be_acknowledged(code):
        message = f"{number} can't be acknowledged: {'it is an error' if code.severity is Severity.ERROR else 'it stands'}"
        yield Diagnostic(Code.NOTHING_ACKNOWLEDGED, word, message, removal.title, fixes=(removal,))
    elif sought(code):
        yield Diagnostic(Code.NOTHING_ACKNOWLEDGED, word, f"{number} ({code.slug}) is not found here", removal.title, fixes=(removal,))


def _without(comment: _Comment, word: Span) -> Fix:
    """Leave out one code, or the comment if it has no other."""
    source, words = word.source, comment.words
    if len(words) > 1:
        index = words.index(word)
        last = index == len(words) - 1
        span = Span(source, words[index - 1].end, word.end) if last else Span(source, word.start, words[index + 1].start)
        return Fix(f"leave out {word.text}", (Edit(span, ""),))
    text = source.text
    if comment.alone:
        end = text.find("\n", comment.span.end)
        span = Span(source, comment.span.line_start.start, len(text) if end < 0 else end + 1)
    else:
        span = Span(source, len(text[: comment.span.start].rstrip(" \t")), comment.span.end)
    return Fix("leave the comment out", (Edit(span, ""),))

"""Renders diagnostics for people: the message, the place, the line with the place underlined, and the help."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from ccproxy.diagnostics.catalogue import Severity
from ccproxy.diagnostics.diagnostic import Diagnostic
from ccproxy.frozen import frozen
from ccproxy.render.diagnostics.snippet import snippet
from ccproxy.source import Source, Span

FileName = Callable[[Source], str]
"""Gives the name of a source in messages."""

MAX_WITNESS = 400
"""Maximum characters of a request that are shown."""

_BOLD, _BLUE, _RESET = "\x1b[1m", "\x1b[1;34m", "\x1b[0m"
_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.NOTE: "\x1b[1;36m"}


def own_name(source: Source) -> str:
    """The source's own name."""
    return source.name


def render_text(diagnostic: Diagnostic, *, file_name: FileName = own_name, colour: bool = False) -> str:
    """One diagnostic as lines, without a final line break; `colour`: with terminal escapes."""
    return "\n".join(_Rendering(file_name, colour, _gutter(diagnostic)).lines(diagnostic))


def _gutter(diagnostic: Diagnostic) -> int:
    """The number of digits of the largest line number that is shown."""
    spans = [diagnostic.span, *(note.span for note in diagnostic.notes if note.span)]
    return max(len(str(span.source.position(span.end).line)) for span in spans)


@frozen
class _Rendering:
    file_name: FileName
    colour: bool
    gutter: int

    def lines(self, diagnostic: Diagnostic) -> Iterator[str]:
        code, severity = diagnostic.code, diagnostic.severity
        paint = _COLOURS[severity]
        head = self._painted(f"{severity}[{code.number}]", paint)
        yield f"{head} {code.slug}: {self._painted(diagnostic.message, _BOLD)}"
        yield from self._place(diagnostic.span, "^", paint)
        for note in diagnostic.notes:
            yield f"{self._bar('=')} note: {note.message}"
            if note.span is not None:
                yield from self._place(note.span, "-", _BLUE)
        if diagnostic.help:
            yield f"{self._bar('=')} help: {diagnostic.help}"
        if diagnostic.witness is not None:
            request = json.dumps(diagnostic.witness, ensure_ascii=False)
            yield f"{self._bar('=')} request: {request if len(request) <= MAX_WITNESS else request[:MAX_WITNESS] + '…'}"

    def _place(self, span: Span, mark: str, paint: str) -> Iterator[str]:
        position = span.source.position(span.start)
        where = f":{position.line}:{position.column}" if span.source.text else ""
        yield f"{' ' * self.gutter}{self._painted('-->', _BLUE)} {self.file_name(span.source)}{where}"
        shown = list(snippet(span, mark))
        if shown:
            yield self._bar("|")
        for number, text in shown:
            if number is None:
                indent = len(text) - len(text.lstrip())
                yield f"{self._bar('|')} {text[:indent]}{self._painted(text[indent:], paint)}"
            else:
                yield f"{self._painted(f'{number:>{self.gutter}} |', _BLUE)} {text}".rstrip()

    def _bar(self, sign: str) -> str:
        return self._painted(f"{' ' * self.gutter} {sign}", _BLUE)

    def _painted(self, text: str, paint: str) -> str:
        return f"{paint}{text}{_RESET}" if self.colour else text

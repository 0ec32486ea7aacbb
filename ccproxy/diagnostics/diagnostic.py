"""A diagnostic, and the order in which diagnostics are reported."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ccproxy.diagnostics.catalogue import Code, Severity
from ccproxy.diagnostics.fix import Fix
from ccproxy.frozen import frozen
from ccproxy.source import Source, Span


@frozen
class Note:
    """Another place that is related to a finding, such as the first definition or a rule that covers this one."""

    message: str
    span: Span | None = None


@frozen
class Diagnostic:
    """One finding.

    `message` says what is wrong here, `help` what to write instead.
    `witness` is a request file that demonstrates the finding, or None; `fixes` are edits that resolve it, the likeliest first;
    `acknowledged` says that a comment in the policy does. As text it is a line.
    """

    code: Code
    span: Span
    message: str
    help: str | None = None
    notes: tuple[Note, ...] = ()
    witness: dict[str, Any] | None = None
    fixes: tuple[Fix, ...] = ()
    acknowledged: bool = False

    def __str__(self) -> str:
        """`policy.ccp:3:6: error[CCP101] unknown-name: …; did you mean model?`."""
        at = self.span.source.position(self.span.start)
        told = f"{self.message}; {self.help}" if self.help else self.message
        return f"{self.span.source.name}:{at.line}:{at.column}: {self.severity}[{self.code.number}] {self.code.slug}: {told}"

    @property
    def severity(self) -> Severity:
        """The severity of the code."""
        return self.code.severity


def sort_diagnostics(diagnostics: Iterable[Diagnostic], sources: Iterable[Source] = ()) -> list[Diagnostic]:
    """Sort diagnostics by file in reading order, then by line, errors first, then by place; and drop duplicates."""
    order = {id(source): index for index, source in enumerate(sources)}

    def place(item: Diagnostic) -> tuple[int, int, bool, int, int, str, str]:
        span = item.span
        later = item.severity is not Severity.ERROR
        return order.get(id(span.source), len(order)), span.line, later, span.start, span.end, item.code.number, item.message

    return sorted({place(item): item for item in diagnostics}.values(), key=place)

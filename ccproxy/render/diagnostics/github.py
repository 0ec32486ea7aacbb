"""Renders diagnostics as workflow commands, which GitHub Actions shows beside the lines: `ccproxy check --format github`."""

from __future__ import annotations

from collections.abc import Sequence

from ccproxy.diagnostics.catalogue import Severity
from ccproxy.diagnostics.diagnostic import Diagnostic
from ccproxy.render.diagnostics.text import FileName, own_name
from ccproxy.render.terminal import neutral

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render_github(diagnostics: Sequence[Diagnostic], *, file_name: FileName = own_name) -> str:
    """One line per diagnostic; empty without any. GitHub accepts columns only for a span within one line."""
    return "\n".join(_command(diagnostic, file_name) for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic, file_name: FileName) -> str:
    span = diagnostic.span
    start, end = span.source.position(span.start), span.source.position(span.end)
    properties = {"file": file_name(span.source), "line": start.line, "endLine": end.line}
    if start.line == end.line:
        properties |= {"col": start.column, "endColumn": end.column}
    properties["title"] = f"{diagnostic.code.number} {diagnostic.code.slug}"
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = diagnostic.message if diagnostic.help is None else f"{diagnostic.message}\n{diagnostic.help}"
    return f"::{_COMMANDS[diagnostic.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    return neutral(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

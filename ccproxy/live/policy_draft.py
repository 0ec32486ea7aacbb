"""The text of a policy while it is edited: what is wrong with it, what completes it, and how it gets into its file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from ccproxy.diagnostics import Code, Diagnostic, Severity
from ccproxy.frozen import frozen
from ccproxy.language.formatter.verified import format_source
from ccproxy.language.loader import decode, read_policy_file
from ccproxy.language.tokens import Kind
from ccproxy.lsp.background import NewCounter, analysis_of
from ccproxy.lsp.documents import Document, open_document
from ccproxy.lsp.project import Project, ReadModels, Snapshot
from ccproxy.policy import Policy, build
from ccproxy.private_files import replace_keeping
from ccproxy.render.picture import picture_of
from ccproxy.render.svg import svg
from ccproxy.source import Source

MOST_HIGHLIGHTED = 100_000
"""Characters of a text whose words are coloured."""
_CSS = {
    Kind.COMMENT: "code-comment",
    Kind.TEXT: "code-text",
    Kind.PATTERN: "code-text",
    Kind.NUMBER: "code-number",
    Kind.WORD: "code-word",
    Kind.LABEL: "code-label",
}
_LINE_ENDS = re.compile("\r\n?")


class NotSavedError(Exception):
    """Raised where a text is not written; the message says why, and what to do."""


@frozen
class Checked:
    """A text and what is known of it at once: without errors also its policy, which asks no Python predicate."""

    document: Document
    snapshot: Snapshot
    diagnostics: Sequence[Diagnostic]
    policy: Policy | None

    def line_of(self, diagnostic: Diagnostic) -> int | None:
        """The line of this text that a diagnostic stands on; None for one of another file."""
        return diagnostic.span.line if self._is_here(diagnostic) else None

    def marks(self, diagnostics: Sequence[Diagnostic]) -> list[dict[str, Any]]:
        """The stretches of the text that look different, as the editor takes them: words of the language, and what is wrong."""
        text = self.document.text
        marks: list[dict[str, Any]] = []
        if len(text) <= MOST_HIGHLIGHTED:
            for token in self.document.tokens:
                css = "code-name" if token.type == "NAME" else _CSS.get(token.kind)
                if css is not None and token.start < token.end:
                    marks.append({"kind": "mark", "from": token.start, "to": token.end, "class": css})
        for item in filter(self._is_here, diagnostics):
            start, end = item.span.start, min(item.span.end, len(text))
            if start >= end:  # where something is missing, what stands before it is marked
                start, end = max(0, min(start, len(text)) - 1), min(start, len(text))
            if start < end:
                marks.append({"kind": "mark", "from": start, "to": end, "class": f"found-{item.severity}"})
        return marks

    def _is_here(self, diagnostic: Diagnostic) -> bool:
        return diagnostic.span.source is self.snapshot.loaded.policy.sources[0]


class Draft:
    """One policy that is edited; each page has its own. `path` is read at once. Raises OSError.

    `config` is LiteLLM's, None where it is looked for: beside the policy, then in `folders`.
    """

    def __init__(
        self, path: Path, read_models: ReadModels, new_counter: NewCounter, folders: tuple[Path, ...], config: Path | None = None
    ) -> None:
        self.path = path.absolute()
        self._uri = self.path.as_uri()
        self._project = Project(read_models, folders, config)
        self._new_counter = new_counter
        self._cancel = Event()
        self._number = 0
        self.text = ""
        self.reload()

    # ── The file ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def reload(self) -> None:
        """Take the text that is in the file now; an empty one where there is no file yet. Raises OSError, also for no UTF-8."""
        self._data = self._read()
        source, problems = decode(self._data or b"", self.path.name, self.path)
        if unusable := [problem.message for problem in problems if problem.code in (Code.NOT_UTF8, Code.FILE_TOO_LARGE)]:
            raise OSError(unusable[0])
        self._first_ending = "\r\n" if source.text.partition("\n")[0].endswith("\r") else "\n"
        self.text = _LINE_ENDS.sub("\n", source.text)

    def _read(self) -> bytes | None:
        try:
            return read_policy_file(self.path)
        except FileNotFoundError:
            return None

    @property
    def is_changed(self) -> bool:
        """Whether the text is another than the one that was read or saved last."""
        return self._written() != (self._data or b"")

    def _written(self) -> bytes:
        mark = b"\xef\xbb\xbf" if (self._data or b"").startswith(b"\xef\xbb\xbf") else b""
        return mark + self.text.replace("\n", self._first_ending).encode("utf-8", "replace")

    def save(self, checked: Checked, findings: Sequence[Diagnostic]) -> None:
        """Write the text into its file, as a whole or not at all. NotSavedError for errors, and where somebody else wrote it meanwhile."""
        if checked.document.text != self.text:
            raise NotSavedError("it is being changed")
        if errors_of([*checked.diagnostics, *findings]):
            raise NotSavedError("it has errors")
        if self._read() != self._data:
            raise NotSavedError("the file was changed by somebody else; reload it (your text is lost), or copy your text first")
        data = self._written()
        try:
            if self._data is None:
                self.path.touch(mode=0o600, exist_ok=False)
            replace_keeping(self.path, data)
        except OSError as error:
            raise NotSavedError(f"the file can't be written: {(error.strerror or str(error)).lower()}") from None
        self._data = data
        self._project.files_changed()

    # ── The text ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, text: str) -> Checked:
        """Take in a text, and tell what is found at once. Raises OSError."""
        self.text = text
        self._number += 1
        document = open_document(self._uri, text, self._number, "utf-16")
        self._project.put(document)
        snapshot = self._project.snapshot(document)
        policy = None
        if snapshot.checked is not None:
            # predicates are asked of no record, so that no Python that was just typed runs
            policy = build([], snapshot.checked, [], self._new_counter(), None, predicates=False, models=snapshot.behind)
        return Checked(document, snapshot, snapshot.unanswered(None), policy)

    def analyse(self, checked: Checked) -> Sequence[Diagnostic] | None:
        """What is found with what takes time to prove; None where another text has come meanwhile."""
        self._cancel.set()
        cancelled = self._cancel = Event()
        analysis = analysis_of(checked.snapshot, cancelled, self._new_counter)
        if cancelled.is_set():
            return None
        return checked.snapshot.unanswered(analysis.findings)

    def formatted(self) -> str | None:
        """The text in its canonical layout; None where it has errors of syntax."""
        return format_source(Source(self.text)).text


def errors_of(findings: Iterable[Diagnostic]) -> int:
    """How many of these are errors."""
    return sum(item.severity is Severity.ERROR for item in findings)


def drawn(policy: Policy, findings: Sequence[Diagnostic], rules: Mapping[str, int]) -> str:
    """The picture of a policy as SVG, with how many requests end at each rule, by its place."""
    hits: Counter[int] = Counter()
    for number, rule in enumerate(policy.checked.rules, 1):
        hits[number] = rules.get(f"{rule.span.source.name}:{rule.span.line}", 0)
    hits[0] = rules.get("", 0)
    return svg(picture_of(policy.checked, findings, hits))

"""Completes a policy being typed in a browser's editor, by what completes it in any other."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccproxy.lsp.case_index import Seen, cases_of, values_seen
from ccproxy.lsp.documents import open_document
from ccproxy.lsp.project import Project, ReadModels
from ccproxy.regular_files import real_path

MOST_OPTIONS = 300


@dataclass
class Completer:
    """Completes texts of the policy at `path`, with names of labels from LiteLLM's config: `config`, else beside it or in these folders."""

    path: Path
    read_models: ReadModels
    folders: tuple[Path, ...]
    config: Path | None = None
    _seen: Seen | None = None
    _number: int = 0
    _project: Project = field(init=False)

    def __post_init__(self) -> None:
        self._project = Project(self.read_models, self.folders, self.config)

    def complete(self, text: str, offset: int) -> dict[str, Any]:
        """What completes a text at an offset in UTF-16 units, as the editor takes it: `from`, and `options`, the likeliest first."""
        from ccproxy.lsp.completion import complete  # it takes longer than all the rest of the page, which doesn't need it

        self._number += 1
        document = open_document(self.path.absolute().as_uri(), text, self._number, "utf-16")
        self._project.put(document)
        if self._seen is None:
            self._seen = values_seen(cases_of(real_path(self.path)) or ())
        at = len(_units(text)[: 2 * offset].decode("utf-16-le", "replace"))
        items = complete(document, at, self._project.snapshot(document), self._seen)[:MOST_OPTIONS]
        start, options = offset, []
        for number, item in enumerate(items):
            edit: Any = item.text_edit
            start = len(_units(text[: document.map.offset(edit.range.start)])) // 2
            # the editor sorts by this before it sorts by the alphabet
            options.append({"label": item.label, "apply": edit.new_text, "detail": item.detail or "", "boost": max(-99, 99 - number)})
        return {"from": start, "options": options}


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")

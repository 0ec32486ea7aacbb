"""The policies that an editor works on: loaded with unsaved texts, checked, and joined with LiteLLM's config beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from ccproxy.analysis.examination import predicate_problems, sought, without_repeated
from ccproxy.analysis.fallbacks import fallback_findings
from ccproxy.checks import CheckedPolicy, check, with_models
from ccproxy.checks.acknowledged import acknowledge
from ccproxy.checks.behind import check_behind
from ccproxy.checks.labels import check_labels, unknown_labels
from ccproxy.checks.typing import Typing, TypingError
from ccproxy.config.locations import LITELLM_CONFIG_NAME, SettingsError, litellm_config_path
from ccproxy.diagnostics import Diagnostic, sort_diagnostics
from ccproxy.language import syntax
from ccproxy.language.loader import Loaded, load_file, load_text, read_policy_file
from ccproxy.language.types import Type
from ccproxy.lsp.documents import Document
from ccproxy.models.label_models import Models
from ccproxy.models.model_list import ModelList
from ccproxy.regular_files import is_file, real_path

ReadModels = Callable[[Path], tuple[ModelList | None, list[Diagnostic]]]
"""Reads LiteLLM's config."""

_MAX_SEARCHED = 200
"""Maximum policies that are searched for one that includes a file."""
_MAX_ABOVE = 3
"""How many folders above a file are searched for them."""

_LARGE = 30_000
"""Characters: checking a policy longer than this takes noticeable time."""

Definition = syntax.Let | syntax.Predicate


@dataclass(frozen=True)
class Snapshot:
    """A policy at one moment: the main file and everything that it includes.

    `key` identifies the policy: the path of the main file, or the URI of a text that is not a file. `checked` is None if there are
    errors. `models` are the names of LiteLLM's config, `behind` is what stands behind them.
    """

    key: Path | str
    loaded: Loaded
    diagnostics: list[Diagnostic]
    checked: CheckedPolicy | None
    models: ModelList | None
    behind: Models | None = None

    @cached_property
    def rules(self) -> list[syntax.Rule]:
        """The rules without syntax errors, in order."""
        return [item for item in self.loaded.policy.statements if isinstance(item, syntax.Rule)]

    @cached_property
    def definitions(self) -> Mapping[str, Definition]:
        """The lets and predicates without syntax errors; the first of each name."""
        found: dict[str, Definition] = {}
        for item in self.loaded.policy.statements:
            if isinstance(item, syntax.Let | syntax.Predicate):
                found.setdefault(item.name.name, item)
        return found

    @cached_property
    def types(self) -> Mapping[str, Type]:
        """The types of the definitions that are themselves well-typed, whatever else is wrong."""
        lets: dict[str, syntax.Let] = {}
        found: dict[str, Type] = {}
        predicates: dict[str, syntax.Predicate] = {}
        for name, definition in self.definitions.items():
            if isinstance(definition, syntax.Predicate):
                predicates[name], found[name] = definition, Type.BOOL
                continue
            with suppress(TypingError):
                found[name] = Typing(lets, found, predicates).let(definition)
                lets[name] = definition
        return found

    def unanswered(self, findings: Sequence[Diagnostic] | None) -> list[Diagnostic]:
        """The diagnostics that no comment acknowledges; `findings` are those of the analyses, None until they are done."""
        found = without_repeated([*self.diagnostics, *(findings or ())])
        is_sought = sought(found, self.models, proofs=findings is not None, behind=self.behind is not None)
        return [item for item in acknowledge(found, self.loaded.policy, is_sought) if not item.acknowledged]


def is_large(document: Document) -> bool:
    """Whether checking a document on every keystroke would slow down typing."""
    return len(document.text) > _LARGE


class Project:
    """The open documents and their policies. `config` is LiteLLM's where it is named; else it is looked for.

    A policy may be checked in one thread while documents change in another: mappings are replaced, and what was found in between is
    known by the texts, and the `_times` that files changed, of before.
    """

    def __init__(self, read_models: ReadModels, folders: tuple[Path, ...] = (), config: Path | None = None) -> None:
        self.documents: dict[str, Document] = {}
        self._read_models = read_models
        self._folders = folders
        self._config = config
        self._mains: dict[Path, Path] = {}
        self._snapshots: dict[Path | str, tuple[object, Snapshot]] = {}
        self._configs: dict[Path, tuple[tuple[int, int], ModelList | None, Models]] = {}
        self._times = 0

    def put(self, document: Document) -> None:
        """Add a document, or a new version of one."""
        if document.uri not in self.documents:
            self._mains = {}
        self.documents = {**self.documents, document.uri: document}

    def remove(self, uri: str) -> None:
        """Forget a document: the file on disk counts again."""
        self.documents = {name: document for name, document in self.documents.items() if name != uri}
        self.files_changed()

    def files_changed(self) -> None:
        """Note that files on disk may have changed."""
        self._times += 1
        self._mains, self._snapshots = {}, {}

    def read(self, path: Path) -> bytes:
        """The bytes of a file, unsaved ones if there are any. OSError if it can't be read."""
        document = self.document_at(path)
        return document.text.encode("utf-8") if document is not None else read_policy_file(path)

    def document_at(self, path: Path) -> Document | None:
        """The open document of a file."""
        path = real_path(path)
        return next((document for document in self.documents.values() if document.path == path), None)

    # ── Policies ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def snapshot(self, document: Document) -> Snapshot:
        """The policy that a document belongs to: itself, or one that includes it."""
        return self._snapshot(self.key_of(document), document.text)

    def policies_with(self, path: Path) -> list[Snapshot]:
        """Every policy found that includes a file; the file itself if none does."""
        found: list[Snapshot] = []
        for key in [main for _, main in self._including(path)] or [path]:
            with suppress(OSError):
                found.append(self._snapshot(key, ""))
        return found

    def _snapshot(self, key: Path | str, text: str) -> Snapshot:
        state = self._state()
        cached = self._snapshots.get(key)
        if cached is None or cached[0] != state:
            cached = self._snapshots[key] = (state, self._check(key, text))
        return cached[1]

    def _state(self) -> object:
        return self._times, tuple((item.uri, item.version, item.text) for item in self.documents.values())

    def key_of(self, document: Document) -> Path | str:
        """What identifies the policy that a document belongs to."""
        return document.uri if document.path is None else self.main_of(document.path)

    def latest(self, document: Document) -> Snapshot:
        """Like `snapshot`; for a large policy the last one made, perhaps a few changes old, so as not to slow down typing."""
        cached = self._snapshots.get(self.key_of(document))
        return cached[1] if cached is not None and is_large(document) else self.snapshot(document)

    def checked(self, document: Document) -> Snapshot | None:
        """Like `snapshot`; None for a large policy that has changed since it was checked."""
        cached = self._snapshots.get(self.key_of(document))
        is_known = cached is not None and cached[0] == self._state()
        return self.snapshot(document) if is_known or not is_large(document) else None

    def main_of(self, path: Path) -> Path:
        """The policy that includes a file, among several the one with the most files; the file itself if none does."""
        mains = self._mains
        if path not in mains:
            mains[path] = max(self._including(path), default=(0, path), key=lambda found: found[0])[1]
        return mains[path]

    def _including(self, path: Path) -> Iterator[tuple[int, Path]]:
        """The policies that include a file, each with its number of files."""
        for candidate in self._candidates(path):
            try:
                if b"include" not in self.read(candidate):
                    continue
                sources = load_file(candidate, self.read).policy.sources
            except OSError:
                continue
            if any(source.path == path for source in sources[1:]):
                yield len(sources), candidate

    def _candidates(self, path: Path) -> list[Path]:
        found = [document.path for document in self.documents.values() if document.path is not None]
        for folder in [*path.parents][:_MAX_ABOVE]:
            try:
                found += [other for other in sorted(folder.glob("*.ccp")) if is_file(other)]
            except OSError:
                continue
        return [other for other in dict.fromkeys(found) if other != path][:_MAX_SEARCHED]

    def _check(self, key: Path | str, text: str) -> Snapshot:
        if isinstance(key, str):
            loaded, folders = load_text(text, key), self._folders
        else:
            loaded, folders = load_file(key, self.read), (*self._folders, key.parent)
        diagnostics, checked = check(loaded)
        models, behind = self._models(key)
        if checked is not None:
            checked = with_models(checked, behind)
            diagnostics += [*predicate_problems(checked, folders), *check_behind(checked, date.today())]
            if models is not None:
                diagnostics += [*check_labels(checked, models), *fallback_findings(checked, models)]
        elif models is not None:
            diagnostics += unknown_labels(loaded.policy, models)
        return Snapshot(key, loaded, sort_diagnostics(diagnostics, loaded.policy.sources), checked, models, behind)

    def _models(self, key: Path | str) -> tuple[ModelList | None, Models | None]:
        """The names of LiteLLM's config (named, else beside the policy, else of the folders), and what is behind them; None without one."""
        beside = () if isinstance(key, str) else (key.parent / LITELLM_CONFIG_NAME,)
        configs = (*beside, *map(_config_of, self._folders)) if self._config is None else (self._config,)
        config = next((path for path in configs if is_file(path)), None)
        if config is None:
            return None, None
        state = config.stat()
        stamp = (state.st_mtime_ns, state.st_size)
        cached = self._configs.get(config)
        if cached is None or cached[0] != stamp:
            cached = self._configs[config] = (stamp, self._read_models(config)[0], Models.read(config))
        return cached[1:]


def _config_of(folder: Path) -> Path:
    """LiteLLM's config of a config folder, whose settings may be damaged: other commands tell that."""
    try:
        return litellm_config_path(folder)
    except SettingsError:
        return folder / LITELLM_CONFIG_NAME

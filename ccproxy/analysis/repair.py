"""Policies with what changes nothing left out: made by the analysis, and proved to decide the same before anybody gets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ccproxy.analysis.difference import difference
from ccproxy.analysis.removals import Edit, fix
from ccproxy.checks import CheckedPolicy, check
from ccproxy.language.loader import ReadBytes, load_file, read_policy_file

_MAX_ROUNDS = 10
"""What one round leaves out may show the next what else can go."""
_MAX_SINGLE = 50
"""Edits that are tried one by one where all of them together were not proved."""


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file of a policy, before and after, and what was done to it."""

    path: Path
    before: bytes
    after: bytes
    messages: tuple[str, ...]


def fix_policy(path: Path, read: ReadBytes = read_policy_file) -> list[FixedFile]:
    """The files of a policy that can do without something; none where the policy has errors. OSError without a file.

    Each step is taken only if the policy after it is proved to treat every request as the one before.
    """
    fixing = _Fixing(path, read)
    for _ in range(_MAX_ROUNDS):
        if not fixing.round():
            break
    return [FixedFile(file, read(file), data, tuple(fixing.messages[file])) for file, data in fixing.after.items()]


class _Fixing:
    """A policy on its way: `after` are the files that are to change, `messages` what was done to them."""

    def __init__(self, path: Path, read: ReadBytes) -> None:
        self.after: dict[Path, bytes] = {}
        self.messages: dict[Path, list[str]] = {}
        self._path = path
        self._read = read
        self._policy = self._load({})

    def round(self) -> bool:
        """Make all edits that are proved to change nothing, or else the first of them that is; whether any was made."""
        if self._policy is None:
            return False
        edits = _apart(fix(self._policy))
        singles = [[edit] for edit in edits[:_MAX_SINGLE]] if len(edits) > 1 else []
        return any(self._make(wanted) for wanted in ([edits] if edits else []) + singles)

    def _make(self, edits: list[Edit]) -> bool:
        texts = _apply(edits, self._now)
        fixed = self._load(texts)
        if self._policy is None or fixed is None or difference(self._policy, fixed).verdict != "same":
            return False
        self._policy = fixed
        self.after |= texts
        for edit in edits:
            self.messages.setdefault(_path(edit), []).append(edit.message)
        return True

    def _now(self, path: Path) -> bytes:
        real = path.resolve()
        return self.after[real] if real in self.after else self._read(path)

    def _load(self, texts: Mapping[Path, bytes]) -> CheckedPolicy | None:
        """The policy with these files on top of what is done already."""

        def read(path: Path) -> bytes:
            real = path.resolve()
            return texts[real] if real in texts else self._now(path)

        return check(load_file(self._path, read))[1]


def _apart(edits: Iterable[Edit]) -> list[Edit]:
    """The edits of files that do not overlap one that is taken already; a file that is included twice is edited once."""
    taken: list[Edit] = []
    for edit in edits:
        if edit.span.source.path is not None and all(
            _path(edit) != _path(other) or edit.span.end <= other.span.start or other.span.end <= edit.span.start for other in taken
        ):
            taken.append(edit)
    return taken


def _apply(edits: Iterable[Edit], read: ReadBytes) -> dict[Path, bytes]:
    """The files after the edits; a byte order mark stays."""
    found: dict[Path, str] = {}
    marks: dict[Path, bytes] = {}
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        path = _path(edit)
        text = found.get(path, edit.span.source.text)
        marks.setdefault(path, b"\xef\xbb\xbf" if read(path).startswith(b"\xef\xbb\xbf") else b"")
        found[path] = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return {path: marks[path] + text.encode("utf-8") for path, text in found.items()}


def _path(edit: Edit) -> Path:
    path = edit.span.source.path
    if path is None:
        raise ValueError("text that is no file can't be fixed")
    return path.resolve()

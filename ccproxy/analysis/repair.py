"""Removes from policies what changes nothing, and proves that each result decides the same before returning it."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from pathlib import Path

from ccproxy.analysis.difference import difference
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Fuel
from ccproxy.checks import CheckedPolicy, check
from ccproxy.diagnostics import Diagnostic, Edit, Fix, Severity
from ccproxy.diagnostics.fix import apply_edits
from ccproxy.frozen import frozen
from ccproxy.language.loader import ReadBytes, load_file, read_policy_file
from ccproxy.regular_files import real_path
from ccproxy.source import Source, Span

_MAX_ROUNDS = 10
"""Maximum rounds: what one removes may show the next what else can go."""
_MAX_SINGLE = 50
"""Maximum fixes that are tried one by one if all of them together were not proved."""


@frozen
class FixedFile:
    """A file of a policy before and after, and what was done to it."""

    path: Path
    before: bytes
    after: bytes
    messages: tuple[str, ...]


@frozen
class HasErrors:
    """A policy that nothing is removed from because it has errors, with fixes or without."""

    errors: tuple[Diagnostic, ...]

    @property
    def fixable(self) -> int:
        """How many of them have a fix: it changes what the policy says, and so is a person's to make."""
        return sum(bool(error.fixes) for error in self.errors)


def safe_fixes(checked: CheckedPolicy, fuel: Fuel | None = None) -> list[Fix]:
    """Non-overlapping fixes that together remove what changes no decision."""
    return _apart(fix for finding in analyse(checked, fuel) for fix in finding.fixes if fix.safe)


def fix_policy(path: Path, read: ReadBytes = read_policy_file) -> list[FixedFile] | HasErrors:
    """The files of a policy from which something can be removed. OSError if a file can't be read.

    Each step is taken only if the policy after it is proved to treat every request like the one before.
    """
    diagnostics, policy = check(load_file(path, read))
    if policy is None:
        return HasErrors(tuple(diagnostic for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR))
    fixing = _Fixing(path, read, policy)
    for _ in range(_MAX_ROUNDS):
        if not fixing.round():
            break
    return [FixedFile(file, read(file), data, tuple(fixing.messages[file])) for file, data in fixing.after.items()]


class _Fixing:
    """A repair in progress: `after` are the changed files, `messages` what was done to them."""

    def __init__(self, path: Path, read: ReadBytes, policy: CheckedPolicy) -> None:
        self.after: dict[Path, bytes] = {}
        self.messages: dict[Path, list[str]] = {}
        self._path = path
        self._work = Fuel()
        self._read = read
        self._policy = policy

    def round(self) -> bool:
        """Apply all safe fixes of the findings, or else the first that is proved to change nothing; returns whether any was applied."""
        fixes = safe_fixes(self._policy, self._work)
        singles = [[fix] for fix in fixes[:_MAX_SINGLE]] if len(fixes) > 1 else []
        return any(self._make(wanted) for wanted in ([fixes] if fixes else []) + singles)

    def _make(self, fixes: list[Fix]) -> bool:
        texts = _apply([edit for fix in fixes for edit in fix.edits], self._now)
        fixed = self._load(texts)
        if fixed is None or difference(self._policy, fixed, self._work).verdict != "same":
            return False
        self._policy = fixed
        self.after |= texts
        for fix in fixes:
            for path in dict.fromkeys(map(_path, fix.edits)):
                self.messages.setdefault(path, []).append(fix.title)
        return True

    def _now(self, path: Path) -> bytes:
        real = real_path(path)
        return self.after[real] if real in self.after else self._read(path)

    def _load(self, texts: Mapping[Path, bytes]) -> CheckedPolicy | None:
        """Load the policy with these files on top of the earlier changes."""

        def read(path: Path) -> bytes:
            real = real_path(path)
            return texts[real] if real in texts else self._now(path)

        return check(load_file(self._path, read))[1]


def _apart(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that don't overlap an earlier one; a file that is included twice is edited once."""
    taken: list[Fix] = []
    spans: dict[Path | Source, list[Span]] = {}
    for fix in fixes:
        places = [(_file(edit.span.source), edit.span) for edit in fix.edits]
        if not any(span.start < other.end and other.start < span.end for file, span in places for other in spans.get(file, ())):
            taken.append(fix)
            for file, span in places:
                spans.setdefault(file, []).append(span)
    return taken


def _file(source: Source) -> Path | Source:
    """A key that is the same for all sources of one file; a text that is not a file has its own."""
    return source if source.path is None else real_path(source.path)


def _apply(edits: Iterable[Edit], read: ReadBytes) -> dict[Path, bytes]:
    """The files after the edits; a byte order mark is kept."""
    own: dict[Path, list[Edit]] = {}
    for edit in edits:
        own.setdefault(_path(edit), []).append(edit)
    return {path: _mark(read(path)) + apply_edits(made, made[0].span.source.text).encode("utf-8") for path, made in own.items()}


def _mark(data: bytes) -> bytes:
    return codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""


def _path(edit: Edit) -> Path:
    path = edit.span.source.path
    if path is None:
        raise ValueError("text that is no file can't be fixed")
    return real_path(path)

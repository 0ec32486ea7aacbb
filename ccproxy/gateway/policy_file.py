"""Reads a policy's files from disk, and tells whether they have changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ccproxy import Policy
from ccproxy.checks import check
from ccproxy.collecting import few_collections
from ccproxy.compiler.python_predicates import Report
from ccproxy.facts import TokenCounter
from ccproxy.language import syntax
from ccproxy.language.loader import load_file, read_policy_file
from ccproxy.models.label_models import Models
from ccproxy.models.model_list import ModelList
from ccproxy.policy import build
from ccproxy.regular_files import real_path

State = tuple[str, int, int, int, int] | None
"""The state of a file: real path, device, inode, size, modification time in nanoseconds; None if there is no file."""


def state_of(path: Path) -> State:
    """The current state of a path; it changes when a symbolic link on the way does, whatever the file's own time."""
    try:
        real = path.resolve(strict=True)
        found = real.stat()
    except (OSError, RuntimeError):
        return None
    return str(real), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(slots=True)
class Reading:
    """One reading of a policy: the state of each of its files just before it was read, including missing ones."""

    states: dict[Path, State] = field(default_factory=dict)

    def read(self, path: Path) -> bytes:
        """The bytes of a file."""
        self.states.setdefault(path, state_of(path))
        return read_policy_file(path)

    def expect(self, includes: Iterable[syntax.Include]) -> None:
        """Record the paths of includes as written, because a link among them may be changed later."""
        for include in includes:
            written = path_of(include)
            if written is not None:
                self.states.setdefault(written, state_of(written))


def path_of(include: syntax.Include) -> Path | None:
    """The path of an include, with a link in its last part not followed; None if there is none."""
    including = include.span.source.path
    if including is None or not include.path.value or "\0" in include.path.value:
        return None
    return real_path(including).parent / include.path.value


def changed(states: Mapping[Path, State]) -> bool:
    """Whether a file has changed."""
    return any(state_of(path) != state for path, state in states.items())


class EmptyPolicyError(Exception):
    """Raised for a policy with neither a rule nor a default: an emptied file, which must not be put into force."""

    def __init__(self) -> None:
        super().__init__("the policy has neither a rule nor a default: to route all requests to one label, write default -> LABEL")


def read_policy(
    path: Path,
    config_folder: Path,
    counter: TokenCounter,
    report: Report,
    reading: Reading,
    *,
    model_list: ModelList | None = None,
    models: Models | None = None,
    reject: bool = False,
    predicates: bool = True,
) -> Policy:
    """The policy at a path, if `check` finds no error in it: its labels are in `model_list`, its assertions hold.

    `models` are those behind its labels. Without `predicates`, no Python of it is imported. With `reject`, requests that depend on a
    predicate that fails are refused. Raises PolicyError, EmptyPolicyError and OSError; in any case `reading` has all files that the
    policy depends on.
    """
    with few_collections():
        loaded = load_file(path, reading.read)
        reading.expect(statement for statement in loaded.policy.statements if isinstance(statement, syntax.Include))
        diagnostics, checked = check(loaded)
    if checked is not None and not checked.rules:
        raise EmptyPolicyError
    folders = [config_folder, real_path(path).parent]
    return build(
        *(diagnostics, checked, folders, counter, report),
        prove=True,
        model_list=model_list,
        predicates=predicates,
        reject=reject,
        models=models,
    )

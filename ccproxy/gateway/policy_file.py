"""A policy's files as they are on disk: read once, and told apart from what they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ccproxy import Policy
from ccproxy.checks import check
from ccproxy.compiler.python_predicates import Report
from ccproxy.facts import TokenCounter
from ccproxy.language import syntax
from ccproxy.language.loader import load_file, read_policy_file
from ccproxy.models.model_list import ModelList
from ccproxy.policy import build

State = tuple[str, int, int, int, int] | None
"""What a path leads to: the real path, device, inode, size, time of the last change in nanoseconds; None where there is no file."""


def state_of(path: Path) -> State:
    """What a path leads to now; a symbolic link on the way that was swapped shows, whatever the file's own time is."""
    try:
        real = path.resolve(strict=True)
        found = real.stat()
    except (OSError, RuntimeError):
        return None
    return str(real), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(slots=True)
class Reading:
    """One reading of a policy: the state that each of its files was in just before it was read, missing ones too."""

    states: dict[Path, State] = field(default_factory=dict)

    def read(self, path: Path) -> bytes:
        """The bytes of a file."""
        self.states.setdefault(path, state_of(path))
        return read_policy_file(path)

    def expect(self, includes: Iterable[syntax.Include]) -> None:
        """Note the paths of includes as they are written: a link among them may come to lead elsewhere."""
        for include in includes:
            written = path_of(include)
            if written is not None:
                self.states.setdefault(written, state_of(written))


def path_of(include: syntax.Include) -> Path | None:
    """The path that an include names, links in its last part not followed; None where it names none."""
    including = include.span.source.path
    if including is None or not include.path.value or "\0" in include.path.value:
        return None
    return including.resolve().parent / include.path.value


def changed(states: Mapping[Path, State]) -> bool:
    """Whether a file is no longer what it was."""
    return any(state_of(path) != state for path, state in states.items())


class EmptyPolicyError(Exception):
    """A policy with neither a rule nor a default: an emptied file, and none to put into force."""

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
    reject: bool = False,
) -> Policy:
    """The policy at a path, in which `check` finds no error: its labels are in `model_list`, its assertions are kept.

    With `reject` a predicate that fails refuses the requests that depend on it. Raises PolicyError, EmptyPolicyError and OSError; `reading`
    knows all files that it depends on in any case.
    """
    loaded = load_file(path, reading.read)
    reading.expect(statement for statement in loaded.policy.statements if isinstance(statement, syntax.Include))
    diagnostics, checked = check(loaded)
    if checked is not None and not checked.rules:
        raise EmptyPolicyError
    folders = [config_folder, path.resolve().parent]
    return build(diagnostics, checked, folders, counter, report, prove=True, model_list=model_list, reject=reject)

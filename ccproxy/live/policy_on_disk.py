"""The policy as its file has it: read again when the file, or one that it includes, is another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ccproxy.live.window import Seen
from ccproxy.policy import Policy, PolicyError
from ccproxy.replay.deciders import Deciders


@dataclass
class PolicyOnDisk:
    """The policy in a file; `load` makes it, and raises PolicyError or OSError. `deciders` are it and those that it was before."""

    path: Path
    load: Callable[[], Policy]
    policy: Policy | None = None
    deciders: Deciders = field(default_factory=Deciders)
    _stamps: dict[Path, tuple[int, int, int] | None] = field(default_factory=dict)
    _because: dict[str, str] = field(default_factory=dict)

    def refresh(self) -> None:
        """Read it if a file of it has changed; `policy` is None where it has errors or can't be read."""
        if self._stamps and all(_stamp(path) == stamp for path, stamp in self._stamps.items()):
            return
        before = {self.path: _stamp(self.path)}
        try:
            self.policy = self.load()
        except (OSError, PolicyError):
            self.policy = None
        if self.policy is not None:
            self.deciders.add(self.policy)
        sources = () if self.policy is None else self.policy.sources
        self._stamps = {**{path: _stamp(path) for path in sources}, **before}
        self._because = {}
        for rule in () if self.policy is None else self.policy.checked.rules:
            told = "" if rule.because is None else rule.because.value
            self._because.setdefault(f"{rule.span.source.name}:{rule.span.line}", told)

    def because(self, seen: Seen) -> str:
        """Why the rule that decided a request is there, as it says; empty where it says nothing, or is of a policy before this one."""
        decided = str(seen.record.get("policy"))
        return self._because.get(seen.rule, "") if self.policy is not None and self.policy.sha256.startswith(decided) else ""


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size

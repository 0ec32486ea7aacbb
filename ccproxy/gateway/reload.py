"""Reloads the policy when its files change: reads, checks and compiles it in a thread of its own, then swaps it in atomically."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ccproxy import Policy, PolicyError
from ccproxy.collecting import few_collections
from ccproxy.diagnostics import Diagnostic, Severity
from ccproxy.frozen import frozen
from ccproxy.gateway.policy_file import EmptyPolicyError, Reading, State, changed, state_of

POLL_SECONDS = 0.5
"""Seconds between checks of the files."""
SETTLE_SECONDS = 0.1
"""Seconds that files must stay unchanged before they are read, so that in-place writes can finish."""
MOST_SETTLING = 20
"""How many times to wait for that before reading files that keep changing."""
LOAD_SECONDS = 60.0
"""Maximum seconds for loading a policy, including its proofs and the import of its predicates."""

SWITCH_SECONDS = 0.0005
"""Seconds after which Python hands over from the thread that loads to the one that serves, if that has something to do."""

_LOADING = threading.Lock()

_log = logging.getLogger("ccproxy.gateway")

Load = Callable[[Reading], Policy]
"""Reads the policy and records its files. Raises PolicyError, EmptyPolicyError, OSError, and whatever a predicate's module raises."""


class LoadError(Exception):
    """Raised for a policy that can't be used; the message says why, one error per line."""


def load_in_time(load: Load, reading: Reading) -> Policy:
    """The result of `load`. Raises LoadError for anything that it raises, and if it takes longer than LOAD_SECONDS.

    It runs in a thread of its own, which can't be stopped: one that never ends, for example because the import of a predicate's module
    never returns, is abandoned.
    """
    answer: list[Policy | BaseException] = []

    def run() -> None:
        try:
            answer.append(load(reading))
        except BaseException as error:
            answer.append(error)

    thread = threading.Thread(target=run, name="ccproxy load", daemon=True)
    thread.start()
    thread.join(LOAD_SECONDS)
    if not answer:
        raise LoadError(f"reading it takes longer than {LOAD_SECONDS:g} s: does the module of a predicate never return from its import?")
    if isinstance(answer[0], BaseException):
        raise LoadError(why(answer[0])) from answer[0]
    return answer[0]


@frozen
class Reloaded:
    """The last attempt at a reload: when, and why it failed if it did."""

    at: datetime
    error: str | None


class Reloader:
    """Watches the files of one policy, and passes every new valid version to `use`.

    A broken version is reported once, and the previous one stays in force. `states` are those of the files when the policy in force
    was read; `count` is called with the outcome of each reload. `role` is what the log calls it.
    """

    def __init__(
        self,
        load: Load,
        use: Callable[[Policy], None],
        states: Mapping[Path, State],
        count: Callable[[bool], None],
        path: Path,
        *,
        role: str = "policy",
    ) -> None:
        self.last: Reloaded | None = None
        self._load = load
        self._use = use
        self._states = states
        self._count = count
        self._path = path
        self._role = role
        self._told: set[str] = set()
        self._ended = threading.Event()

    def start(self) -> None:
        """Start watching, in a thread that ends with the process or with `stop`."""
        threading.Thread(target=self._watch, name="ccproxy reload", daemon=True).start()

    def stop(self) -> None:
        """Stop watching."""
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            try:
                self.poll()
            except BaseException as error:
                # the next poll may succeed, and without this thread there would be none
                self._failed(f"taking it up failed: {type(error).__name__}")

    def poll(self) -> None:
        """Reload if a file has changed."""
        if not changed(self._states):
            return
        for _ in range(MOST_SETTLING):
            self._settle()
            reading = Reading()
            policy = self._read(reading)
            # files that changed while they were read may be inconsistent
            if not changed(reading.states):
                break
        # an abandoned reading may still go on to record files
        self._states = dict(reading.states)
        if isinstance(policy, Policy):
            self._use(policy)
            self._told.clear()
            self.last = Reloaded(datetime.now(UTC), None)
            self._count(True)
            _log.info("the %s %s is in force as changed (%s)", self._role, self._path, policy.sha256[:12])
        else:
            self._failed(policy)

    def _settle(self) -> None:
        for _ in range(MOST_SETTLING):
            now = {path: state_of(path) for path in self._states}
            if self._ended.wait(SETTLE_SECONDS) or not changed(now):
                return

    def _read(self, reading: Reading) -> Policy | str:
        try:
            with _giving_way():
                return load_in_time(self._load, reading)
        except LoadError as error:
            return str(error)

    def _failed(self, error: str) -> None:
        self.last = Reloaded(datetime.now(UTC), error)
        self._count(False)
        if error not in self._told:
            self._told.add(error)
            _log.error("the %s %s can't be used as changed, the one before stays in force:\n%s", self._role, self._path, error)


@contextmanager
def _giving_way() -> Iterator[None]:
    """Let the event loop go on while another thread loads: it waits for that one only shortly, and not for the garbage collector."""
    # one at a time, as each puts back what it found: a policy and its candidate may change at once
    with _LOADING, few_collections():
        seconds = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            yield
        finally:
            sys.setswitchinterval(seconds)


def why(error: BaseException) -> str:
    """Why a policy can't be used, one error per line. Of foreign exceptions only the type is shown."""
    match error:
        case PolicyError():
            return "\n".join(line_of(diagnostic) for diagnostic in error.diagnostics if diagnostic.severity is Severity.ERROR)
        case EmptyPolicyError():
            return str(error)
        case OSError():
            return f"the file can't be read: {error.strerror or error}"
        case _:
            return f"reading it failed: {type(error).__name__}"


def line_of(diagnostic: Diagnostic) -> str:
    """A diagnostic on one line: place, severity, name, message."""
    span = diagnostic.span
    position = span.source.position(span.start)
    return f"{span.source.name}:{position.line}:{position.column}: {diagnostic.severity} {diagnostic.code.slug}: {diagnostic.message}"

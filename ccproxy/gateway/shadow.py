"""Decides every request by a candidate for the policy too, once it has gone on, and never acts on that."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ccproxy import Decision, Policy, Request, Undecided
from ccproxy.facts import FACTS, Facts, Value
from ccproxy.facts.schema import Made
from ccproxy.frozen import frozen
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.litellm_data import Data, read_request
from ccproxy.gateway.records import LONGEST_TEXT, AnswerRecord, DecisionRecord, moment
from ccproxy.gateway.reload import Load, Reloader
from ccproxy.gateway.routed import place_of_rule

MOST_PENDING = 64
"""Maximum requests that wait for the candidate, each with its body; more are not compared."""
LAST_SECONDS = 3.0
"""Maximum seconds to wait at the end for a decision that is being made."""

_REMEMBERED = frozenset(fact.name for fact in FACTS if fact.place is Made.MEMORY)
_WATCHED = ("quota", "healthy")
"""Functions of labels that the proxy watches."""
UNTOLD = (*sorted(_REMEMBERED), *_WATCHED)
"""What the candidate can't know where the acting policy was not told it."""


@frozen
class Seen:
    """A request as it was when the acting policy decided, and that decision."""

    request: Request
    decision: Decision


class Shadow:
    """The candidate of one worker. Nothing of it raises, or waits for a decision.

    `tell` is called with each decision's record, which then says what the candidate decides, and `tell_answer` with each answer's record,
    never before that of its decision. `count` is called with `same`, `elsewhere`, `undecided` or `failed`.
    """

    def __init__(
        self,
        path: Path,
        load: Load,
        failures: Failures,
        *,
        tell: Callable[[DecisionRecord], None],
        tell_answer: Callable[[AnswerRecord], None],
        count: Callable[[str], None],
    ) -> None:
        self._path = path
        self._failures = failures
        self._tell = tell
        self._tell_answer = tell_answer
        self._count = count
        self._policy: Policy | None = None
        self._results: Counter[str] = Counter()
        self._causes: Counter[str] = Counter()
        self._pending: dict[str, list[AnswerRecord]] = {}
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[Seen, DecisionRecord] | None] = queue.SimpleQueue()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="ccproxy shadow", daemon=True)
        # no file has this state, so that the first poll reads it
        self._reloader = Reloader(load, self.use, {path: ("", 0, 0, 0, 0)}, lambda good: None, path, role="shadow policy")

    def start(self) -> None:
        """Read the candidate, again after each change, and start deciding."""
        self._thread.start()
        self._reloader.start()

    def close(self) -> None:
        """Stop deciding, and tell of all that waits."""
        self._reloader.stop()
        self._closing = True
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(LAST_SECONDS)

    def use(self, policy: Policy) -> None:
        """Compare with another candidate from now on."""
        with self._lock:
            self._policy = policy
            self._results.clear()
            self._causes.clear()

    def see(self, data: Data, key: object, call_type: str, *, at: datetime, decision: Decision, facts: Facts | None) -> Seen | None:
        """What the candidate decides by, before LiteLLM's `data` changes; None if it is to decide nothing."""
        if self._policy is None or len(self._pending) >= MOST_PENDING:
            return None
        try:
            request = read_request(data, key, call_type, at)
            known = {} if facts is None else _told(facts)
            body = {name: _copied(value) for name, value in request.body.items()} if isinstance(request.body, dict) else request.body
            return Seen(Request(body, headers=request.headers, path=request.path, key=request.key, at=at, facts=known), decision)
        except Exception as error:
            self._failed(error, "unknown")
            return None

    def decided(self, seen: Seen | None, record: DecisionRecord) -> None:
        """Tell of a decision once the candidate has decided too."""
        if seen is None:
            self._tell(record)
            return
        with self._lock:
            self._pending[record.id] = []
        self._queue.put((seen, record))

    def answered(self, record: AnswerRecord) -> None:
        """Tell of an answer, once its decision is told."""
        with self._lock:
            waiting = self._pending.get(record.id)
            if waiting is not None:
                waiting.append(record)
                return
        self._tell_answer(record)

    def status(self) -> dict[str, Any]:
        """What the status file says of the candidate: its counts are those since it was last read."""
        last = self._reloader.last
        with self._lock:
            policy, results, causes = self._policy, dict(self._results), dict(self._causes)
        return {
            "file": str(self._path),
            "sha256": None if policy is None else policy.sha256,
            "requests": sum(results.values()),
            "elsewhere": results.get("elsewhere", 0),
            "failed": results.get("failed", 0),
            "undecided": causes,
            "error": None if last is None else last.error,
            "at": None if last is None else moment(last.at),
        }

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            seen, record = item
            self._tell(record if self._closing else replace(record, shadow=self._compare(seen, record)))
            with self._lock:
                waiting = self._pending.pop(record.id, [])
            for answer in waiting:
                self._tell_answer(answer)

    def _compare(self, seen: Seen, record: DecisionRecord) -> Mapping[str, Any] | None:
        """What the candidate decides, for the record."""
        policy = self._policy
        if policy is None:
            return None
        told: dict[str, Any] = {"policy": policy.sha256[:12]}
        self._failures.request_id.set(record.request_id)
        try:
            found = policy.decide_known(seen.request, [name for name in UNTOLD if name not in seen.request.facts])
        except BaseException as error:  # not even a SystemExit from a predicate may end this thread
            self._failed(error, record.request_id)
            return told | {"failed": type(error).__name__}
        if isinstance(found, Undecided):
            self._note("undecided", found.causes[0])
            return told | {"undecided": [name[:LONGEST_TEXT] for name in found.causes]}
        same = (found.action, found.label) == (seen.decision.action, seen.decision.label)
        self._note("same" if same else "elsewhere")
        return told | {"rule": place_of_rule(found), "action": found.action, "label": found.label}

    def _failed(self, error: BaseException, request_id: str) -> None:
        self._failures.report("the shadow policy", error, request_id, "the request has gone on as the policy in force says")
        self._note("failed")

    def _note(self, result: str, cause: str | None = None) -> None:
        with self._lock:
            self._results[result] += 1
            if cause is not None:
                self._causes[cause[:LONGEST_TEXT]] += 1
        self._count(result)


def _told(facts: Facts) -> dict[str, Value]:
    """What the acting policy was told of the conversation and of labels."""
    return {name: value for name, value in facts.values_read().items() if name in _REMEMBERED or name.partition("(")[0] in _WATCHED}


def _copied(value: Any) -> Any:
    """A list with its objects copied: LiteLLM goes on to change messages in place."""
    return [dict(element) if isinstance(element, dict) else element for element in value] if isinstance(value, list) else value

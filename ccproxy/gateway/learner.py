"""Learns how providers count tokens, by comparing our count of a request with the usage in its response."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from ccproxy.config.calibration import Answer, Calibration
from ccproxy.facts import TokenCounter, WouldBlock, observe
from ccproxy.facts.counting.request_tokens import PARTS

MOST_EXPECTED = 4096
"""Maximum requests whose responses are awaited; beyond it, the oldest are dropped."""
NEW_BYTES = 100_000
"""Maximum bytes of untokenised text that one answer is worth; the rest of a conversation has been counted already."""


class Learner:
    """Counts the requests of answers, one at a time in a thread of `threads`; answers that arrive meanwhile are ignored."""

    def __init__(self, calibration: Calibration, counter: TokenCounter, threads: Executor) -> None:
        self._calibration = calibration
        self._counter = counter
        self._threads = threads
        self._expected: OrderedDict[str, str | None] = OrderedDict()
        self._lock = threading.Lock()
        self._busy = threading.Lock()

    def expect(self, request_id: str, model: object) -> None:
        """Await the response to a request that named this model."""
        with self._lock:
            self._expected[request_id] = model if isinstance(model, str) else None
            while len(self._expected) > MOST_EXPECTED:
                self._expected.popitem(last=False)

    def answered(self, request_id: str, event: Mapping[str, Any]) -> None:
        """Handle LiteLLM's success event. Never raises, never blocks."""
        with self._lock:
            expected = request_id in self._expected
            model = self._expected.pop(request_id, None)
        if not expected or not self._counter.loaded or self._counter.error is not None:
            return
        # the format is LiteLLM's own: an event with a different one is ignored
        with suppress(Exception):
            told = event["standard_logging_object"]
            group, provider = told["model_group"], told["prompt_tokens"]
            body = event["litellm_params"]["proxy_server_request"]["body"]
            if not isinstance(group, str) or not isinstance(provider, int) or provider <= 0 or not _is_counted_by_provider(told):
                return
            if self._busy.acquire(blocking=False):
                try:
                    self._threads.submit(self._learn, group, provider, model, body)
                except RuntimeError:
                    self._busy.release()
                    raise

    def _learn(self, group: str, provider: int, model: str | None, body: object) -> None:
        try:
            ours = self._count(body, model)
            if ours is not None:
                self._calibration.learn(Answer(group, provider, ours))
        finally:
            self._busy.release()

    def _count(self, body: object, model: str | None) -> int | None:
        """Our uncalibrated count; None if it is too expensive, or if the request is not text only."""
        facts = observe(body, counter=self._counter)
        if facts.images or facts.documents or facts.audio or facts.video:
            return None
        counted = facts.counted_by(self._counter.scale_of(model))
        try:
            return sum(counted.exact(part, NEW_BYTES) for part in PARTS)
        except WouldBlock:
            return None


def _is_counted_by_provider(told: Mapping[str, Any]) -> bool:
    """Whether the usage is certainly the provider's.

    If a streamed answer has none, LiteLLM (1.106) inserts a count of its own, which looks almost the same.
    """
    return not told.get("stream") or told["metadata"]["usage_object"].get("prompt_tokens_details") is not None

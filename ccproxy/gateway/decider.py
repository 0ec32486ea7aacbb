"""Decides by one policy without ever raising or blocking the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from ccproxy import Decision, Policy, Request
from ccproxy.compiler.python_predicates import MOST_AT_ONCE
from ccproxy.facts import Facts, Value, WouldBlock
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.litellm_data import Data, read_request

DECIDING_THREADS = 8
"""Threads for decisions that would block the event loop, by tokenising long texts or waiting for Python predicates."""
INLINE_LIMIT = 20_000
"""Maximum bytes of new text to tokenise on the event loop: a few milliseconds."""
INLINE_BYTES = 1_000_000
"""Maximum size of a body to examine on the event loop."""
INLINE_ELEMENTS = 2_000
"""Maximum number of messages, blocks and tools to examine there: again a few milliseconds, however short they are."""

_CONVERSATIONS = ("messages", "input", "contents")

Recall = Callable[[Facts], Awaitable[Mapping[str, Value]]]
"""Tells what is remembered of a request with these facts."""

KEEP = Decision("keep", None, (), None, None)


class Decider:
    """Decides by one policy; another policy gets its own decider.

    If the policy fails, requests get the decision of its default or, with `keep_on_failure`, keep their model.
    """

    def __init__(self, policy: Policy, failures: Failures, workers: ThreadPoolExecutor, *, keep_on_failure: bool = False) -> None:
        self.policy = policy
        self.failures = failures
        self._threads = workers
        if policy.predicates:
            # one thread for each predicate call that may be pending, and as many for everything else as without predicates
            self._threads = ThreadPoolExecutor(DECIDING_THREADS + MOST_AT_ONCE * len(policy.predicates), "ccproxy predicates")
        self._keep_on_failure = keep_on_failure

    async def decide(
        self, data: Data, key: object, request_id: str, call_type: str, model: str | None = None, *, recall: Recall | None = None
    ) -> tuple[Decision, Facts | None]:
        """The decision for a request that has just arrived, and its facts, None if they could not be determined.

        `model`: decide as if the request asked for that one. `recall` tells what is remembered of it, where the policy may ask for that.
        """
        facts: Facts | None = None
        decision: Decision | BaseException
        try:
            request = read_request(data, key, call_type, datetime.now(UTC), model)
            facts = self.policy.observe(request)
            if recall is not None and self.policy.remembers:
                await self._remember(facts, request, recall, request_id)
            decision = await self._decide(facts, request_id, inline=not is_large(request))
        except Exception as error:
            decision = error
        if isinstance(decision, Decision):
            return decision, facts
        instead = KEEP if self._keep_on_failure else self.policy.default_decision.outcome
        outcome = f"the request goes to {instead.label}" if instead.label else f"the policy's default is {instead.action}"
        self.failures.report("the policy", decision, request_id, "the request keeps its model" if instead is KEEP else outcome)
        return instead, facts

    async def _remember(self, facts: Facts, request: Request, recall: Recall, request_id: str) -> None:
        """Give the facts what is remembered; a request goes on without it."""
        try:
            # facts of its own: what is read here was not read by the policy
            facts.remember(await recall(self.policy.observe(request)))
        except Exception as error:
            self.failures.report("memory", error, request_id, "what it remembers is missing")

    async def _decide(self, facts: Facts, request_id: str, *, inline: bool) -> Decision | BaseException:
        if inline:
            facts.inline_limit = INLINE_LIMIT
            try:
                return self.policy.decide_facts(facts)
            except WouldBlock:
                facts.inline_limit = None
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._decide_in_thread, facts, request_id)

    def _decide_in_thread(self, facts: Facts, request_id: str) -> Decision | BaseException:
        self.failures.request_id.set(request_id)
        # a SystemExit from a thread would end the event loop, not only the request
        try:
            return self.policy.decide_facts(facts)
        except BaseException as error:
            return error


def is_large(request: Request) -> bool:
    """Whether the facts have to be computed in a thread, because the body is long or has very many parts."""
    length = (request.headers or {}).get("content-length", "")
    if length.isdecimal() and len(length) < 12 and int(length) > INLINE_BYTES:
        return True
    body = request.body
    if not isinstance(body, dict):
        return False
    found = sum([len(value) for value in body.values() if isinstance(value, list)])
    pending = [value for name in _CONVERSATIONS if isinstance(value := body.get(name), list)]
    while pending and found <= INLINE_ELEMENTS:
        for element in pending.pop():
            # most are texts, and nothing stands in those
            if isinstance(element, dict) and element.get("type") != "text":
                inner = element.get("content") or element.get("parts") or element.get("output")
                if isinstance(inner, list):
                    found += len(inner)
                    pending.append(inner)
    return found > INLINE_ELEMENTS

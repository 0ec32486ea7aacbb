"""One policy at work: decisions that neither raise nor hold up the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from ccproxy import Decision, Policy
from ccproxy.facts import Facts, WouldBlock, observe
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.routing import Data, read_request

INLINE_LIMIT = 20_000
"""Characters of new text that may be tokenised on the event loop: a few milliseconds."""


class Decider:
    """Decides by one policy. Another policy is another decider."""

    def __init__(self, policy: Policy, failures: Failures, workers: ThreadPoolExecutor) -> None:
        self.policy = policy
        self._failures = failures
        self._workers = workers

    async def decide(self, data: Data, key: object, request_id: str) -> Decision:
        """The decision for a request that came in now; where the policy fails, that of its default."""
        decision: Decision | BaseException
        try:
            decision = await self._decide(self._observe(data, key), request_id)
        except Exception as error:
            decision = error
        if isinstance(decision, Decision):
            return decision
        instead = replace(self.policy.default_decision, rule=None)
        self._failures.report("the policy", decision, request_id, f"the request goes to {instead.label or instead.action}")
        return instead

    def _observe(self, data: Data, key: object) -> Facts:
        request = read_request(data, key)
        # not the policy's own `observe`: that opens envelopes, and a client could send one
        return observe(
            request.body,
            headers=request.headers,
            path=request.path,
            key=request.key,
            at=datetime.now(UTC),
            zone=self.policy.zone,
            counter=self.policy.counter,
        )

    async def _decide(self, facts: Facts, request_id: str) -> Decision | BaseException:
        if not self.policy.predicates:
            facts.inline_limit = INLINE_LIMIT
            try:
                return self.policy.router.decide(facts)
            except WouldBlock:
                facts.inline_limit = None
        return await asyncio.get_running_loop().run_in_executor(self._workers, self._decide_in_thread, facts, request_id)

    def _decide_in_thread(self, facts: Facts, request_id: str) -> Decision | BaseException:
        self._failures.request_id.set(request_id)
        # raised out of a thread, a SystemExit would end the event loop and not only the request
        try:
            return self.policy.router.decide(facts)
        except BaseException as error:
            return error

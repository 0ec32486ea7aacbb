"""Keeps what the proxy remembers in LiteLLM's Redis, which all replicas share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ccproxy.gateway.memory_store import Change, Failed, Kept, MemoryStore

_PREFIX = "ccproxy:memory:"
_MOST_TRIES = 20
"""How often a row is changed again that somebody else has changed meanwhile."""
_SWAP = """
if (redis.call('HGET', KEYS[1], 'row') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'row', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
_ADD = """
redis.call('HINCRBYFLOAT', KEYS[1], 'number', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""


class ContendedRowError(Exception):
    """Raised for a row that others change all the time."""


class RedisStore(MemoryStore):
    """A hash for each key, in a Redis or a cluster of them: `client` is one of redis-py, `named` gives a key its place there.

    Readings don't wait for writings: over a network these would take too long. What is old Redis removes itself.
    """

    kind = "redis"

    def __init__(self, client: Any, failed: Failed, named: Callable[[str], str] = str) -> None:
        super().__init__(failed, ordered=False)
        self._client = client
        self._named = named

    def _get(self, keys: tuple[str, ...]) -> Mapping[str, Kept]:
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.hmget(self._name(key), "row", "number")
        return {
            key: Kept(None if row is None else json.loads(row), float(number or 0))
            for key, (row, number) in zip(keys, pipeline.execute(), strict=True)
            if row is not None or number is not None
        }

    def _change(self, key: str, to: Change, seconds: float) -> None:
        name = self._name(key)
        for _ in range(_MOST_TRIES):
            before = self._client.hget(name, "row")
            row = to(None if before is None else json.loads(before))
            if row is None or self._client.eval(_SWAP, 1, name, before or "", json.dumps(row), _milliseconds(seconds)):
                return
        raise ContendedRowError

    def _add(self, key: str, amount: float, seconds: float) -> None:
        self._client.eval(_ADD, 1, self._name(key), repr(amount), _milliseconds(seconds))

    def _conversations(self) -> None:
        """To count them, every key of the Redis would have to be looked at."""

    def _close(self) -> None:
        """The client is LiteLLM's, and so is its end."""

    def _name(self, key: str) -> str:
        return self._named(_PREFIX + key)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)

"""Parts of conditions are compiled when they are first explained: whichever threads ask for them, each gets its own."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest

import ccproxy
from ccproxy.compiler.router import Router


def test_parts_that_two_threads_ask_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = ccproxy.loads('when model == "a" -> a\nwhen model == "b" -> b')
    router, facts = policy.router, policy.observe({"model": "b"})
    both, execute = Barrier(2), Router._execute

    def together(self: Router, functions: list[ast.stmt], what: str) -> None:
        execute(self, functions, what)
        with suppress(BrokenBarrierError):
            both.wait(0.2)

    monkeypatch.setattr(Router, "_execute", together)
    conditions = [rule.condition for rule in router.rules if rule.condition is not None]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda condition: router.evaluate(condition, facts, {}), conditions)) == [False, True]

"""What is decided on the event loop, and what beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

import ccproxy
from ccproxy.facts import Facts, TokenCounter
from ccproxy.gateway.decider import Decider
from ccproxy.gateway.failures import Failures

T = TypeVar("T")


class Noting(ThreadPoolExecutor):
    """Threads that count what they are given to do."""

    given = 0

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        self.given += 1
        return super().submit(fn, *args, **kwargs)


@pytest.fixture
def counter() -> TokenCounter:
    counter = TokenCounter()
    counter.load()
    return counter


def data(*texts: str) -> dict[str, Any]:
    body = {"model": "asked", "messages": [{"role": "user", "content": text} for text in texts]}
    return {**body, "proxy_server_request": {"url": "http://h/v1/messages", "headers": {}, "body": body}}


def words(number: int, kilobytes: int) -> str:
    """So many kilobytes of text; another text for another number."""
    return f"{number:8}, " * (kilobytes * 100)


def test_more_than_20_kb_of_new_text_is_tokenised_in_a_thread(counter: TokenCounter) -> None:
    policy = ccproxy.loads("when tokens > 50k -> long\ndefault -> short", counter=counter)
    with Noting(1) as threads:
        decider = Decider(policy, Failures(), threads)

        def label(*texts: str) -> str | None:
            return asyncio.run(decider.decide(data(*texts), None, "id", "anthropic_messages"))[0].label

        conversation = [words(number, 19) for number in range(8)]
        assert label(words(9, 19)) == "short"
        assert (threads.given, counter.stats.misses) == (0, 0)  # its bytes decide
        assert label(*conversation) == "long"
        assert threads.given == 1
        tokenised = counter.stats.tokenised_characters
        assert tokenised > 20_000
        # the next turn: most of it is counted already
        assert label(*conversation, words(10, 19)) == "long"
        assert (threads.given, counter.stats.tokenised_characters) == (1, tokenised)


@pytest.mark.parametrize(("kilobytes", "in_thread"), [(19, 0), (21, 1)])
def test_the_limit(counter: TokenCounter, kilobytes: int, in_thread: int) -> None:
    text = words(1, kilobytes)
    policy = ccproxy.loads(f"when tokens > {counter.count(text)} -> long\ndefault -> short", counter=TokenCounter())
    policy.counter.load()
    with Noting(1) as threads:
        decided, _ = asyncio.run(Decider(policy, Failures(), threads).decide(data(text), None, "id", "anthropic_messages"))
        assert (decided.label, threads.given, policy.counter.stats.misses) == ("short", in_thread, 1)


def test_before_the_tokenizer_is_loaded_nothing_waits_for_it() -> None:
    policy = ccproxy.loads("when tokens > 5 -> long\ndefault -> short", counter=TokenCounter())
    with Noting(1) as threads:
        decided, _ = asyncio.run(Decider(policy, Failures(), threads).decide(data("hello again, world"), None, "id", "anthropic_messages"))
        assert (decided.label, threads.given) == ("short", 1)


class Gated(TokenCounter):
    """Tokenises when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.let = threading.Event(), threading.Event()

    def _tokenise(self, text: str) -> int:
        self.begun.set()
        assert self.let.wait(5), "the event loop stands still"
        return super()._tokenise(text)


def test_the_event_loop_goes_on_meanwhile() -> None:
    counter = Gated()
    counter.load()
    text = words(1, 40)
    policy = ccproxy.loads(f"when tokens > {TokenCounter().count(text) - 1} -> long\ndefault -> short", counter=counter)

    async def decide(decider: Decider) -> str | None:
        task = asyncio.create_task(decider.decide(data(text), None, "id", "anthropic_messages"))
        await asyncio.sleep(0)
        assert await asyncio.to_thread(counter.begun.wait, 20)
        counter.let.set()
        return (await task)[0].label

    with ThreadPoolExecutor(1) as threads:
        assert asyncio.run(decide(Decider(policy, Failures(), threads))) == "long"


BLOCK = {"type": "text", "text": "a"}


@pytest.mark.parametrize(
    ("body", "in_thread"),
    [
        ({"messages": [{"role": "user", "content": [BLOCK] * 1_999}]}, 0),
        ({"messages": [{"role": "user", "content": [BLOCK] * 2_000}]}, 1),
        ({"messages": [{"role": "user", "content": [{"type": "tool_result", "content": [BLOCK] * 2_000}]}]}, 1),
        ({"input": [{"role": "user", "content": "a"}] * 2_001}, 1),
        ({"messages": [], "tools": [{"name": "a"}] * 2_001}, 1),
        ({"messages": [{}] * 1_000, "system": [BLOCK] * 1_000}, 0),
        ({"messages": [{}] * 1_000, "system": [BLOCK] * 1_001}, 1),
    ],
)
def test_what_a_request_of_many_parts_has_is_found_out_in_a_thread(body: dict[str, Any], in_thread: int) -> None:
    policy = ccproxy.loads('when images > 0 or prompt contains "x" -> other\ndefault -> usual')
    sent = {"proxy_server_request": {"url": "http://h/v1/messages", "headers": {}, "body": body}, **body}
    with Noting(1) as threads:
        decided, _ = asyncio.run(Decider(policy, Failures(), threads).decide(sent, None, "id", "anthropic_messages"))
        assert (decided.label, threads.given) == ("usual", in_thread)


@pytest.mark.parametrize(("length", "in_thread"), [("1000000", 0), ("1000001", 1), ("9" * 30, 0), ("", 0), ("many", 0)])
def test_a_long_body_is_looked_at_in_a_thread(length: str, in_thread: int) -> None:
    policy = ccproxy.loads("when images > 0 -> other\ndefault -> usual")
    body: dict[str, Any] = {"messages": []}
    sent = {"proxy_server_request": {"url": "http://h/v1/messages", "headers": {"content-length": length}, "body": body}, **body}
    with Noting(1) as threads:
        asyncio.run(Decider(policy, Failures(), threads).decide(sent, None, "id", "anthropic_messages"))
        assert threads.given == in_thread


def decided(policy: str, recall: Any) -> tuple[str | None, int]:
    """The label of a request, and the failures counted."""
    with ThreadPoolExecutor(1) as threads:
        failures = Failures()
        decider = Decider(ccproxy.loads(policy), failures, threads)
        decision, _ = asyncio.run(decider.decide(data("hi"), None, "id", "anthropic_messages", recall=recall))
        return decision.label, failures.count


def test_what_is_remembered_is_among_the_facts() -> None:
    async def recall(facts: Facts) -> dict[str, Any]:
        return {"session.label": "think", "quota(think)": 96}

    stays = "when quota(think) > 95 and session.requests > 3 -> a\nwhen quota(think) > 95 -> stay\ndefault -> think\n"
    assert decided(stays, recall) == ("think", 0)
    assert decided('when session.label == "think" -> a\ndefault -> b\n', recall) == ("a", 0)


def test_a_policy_that_asks_for_nothing_of_it_is_not_told() -> None:
    async def recall(facts: Facts) -> dict[str, Any]:
        raise AssertionError("nobody asked")

    assert decided('when model == "asked" and fits(a) -> a\ndefault -> b\n', recall) == ("a", 0)


def test_a_request_goes_on_where_that_fails() -> None:
    async def recall(facts: Facts) -> dict[str, Any]:
        raise RuntimeError("broken")

    assert decided('when session.label == "think" -> a\nwhen model == "asked" -> b\ndefault -> c\n', recall) == ("b", 1)

"""The benchmark of token counts: what is tokenised, by count and not by the clock."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from ccproxy.facts.counting.blocks import Pieces
from tests.benchmarks.session import TURNS, bodies
from tests.benchmarks.tokens import WAYS, Body, Memory, Way, memory, report, run

OURS = ("decision", "exact counts", "everything")


@cache
def turns() -> list[Body]:
    return bodies()


@cache
def ways() -> dict[str, Way]:
    return run(turns(), OURS)


def texts(body: Body) -> list[str]:
    """Every text of a request that is counted."""
    pieces = Pieces()
    pieces.add([body["system"], body["messages"]])
    for tool in body["tools"]:
        pieces.add_tool(tool)
    return pieces.texts


def test_the_session_is_one_of_claude_code() -> None:
    kinds = {block["type"] for message in turns()[-1]["messages"] for block in message["content"]}
    assert len(turns()) == TURNS == 60
    assert kinds == {"text", "tool_use", "tool_result"}
    assert turns()[-1]["tools"]
    assert turns()[-1]["system"]
    for body, longer in pairwise(turns()):
        assert set(texts(body)) < set(texts(longer))


def test_the_tokenizer_sees_each_text_once() -> None:
    every = set(texts(turns()[-1]))
    exact, decided = ways()["exact counts"], ways()["decision"]
    assert (exact.texts, sum(exact.characters)) == (len(every), sum(map(len, every)))
    # no turn tokenises more than it adds
    known: set[str] = set()
    for body, characters in zip(turns(), exact.characters, strict=True):
        assert characters == sum(map(len, set(texts(body)) - known))
        known |= set(texts(body))
    assert decided.texts <= exact.texts
    assert sum(decided.characters) <= sum(exact.characters)


@pytest.mark.parametrize("way", ["decision", "exact counts"])
def test_at_least_twenty_times_less_is_tokenised(way: str) -> None:
    everything = sum(ways()["everything"].characters)
    assert everything == sum(len(text) for body in turns() for text in texts(body))
    assert 20 * sum(ways()[way].characters) <= everything
    assert 20 * ways()[way].tokens <= ways()["everything"].tokens


def test_all_ways_decide_alike() -> None:
    assert len({ways()[name].labels for name in OURS}) == 1
    assert set(ways()["decision"].labels) == {"background", "default", "think", "token_count"}


def test_litellm_tokenises_everything_each_turn() -> None:
    few = run(turns()[:4])
    assert tuple(few) == tuple(WAYS)
    assert few["litellm"].characters[-1] > few["litellm"].characters[0] > max(few["decision"].characters)
    assert "time / decision" in report(few)


def test_memory_is_bounded() -> None:
    held: Memory = memory(requests=400, warm=100, cache_bytes=30_000)
    assert held.texts == 800
    assert held.held == held.bound == 30_000

"""The cache of counts."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import pytest

import ccproxy
from ccproxy.facts import TokenCounter, observe
from ccproxy.facts.counting.counter import ENTRY_BYTES
from ccproxy.language.literals import write_text
from ccproxy.language.matching import GlobError

LONG = "some words that are longer than the shortest texts "


def test_each_text_is_tokenised_once() -> None:
    counter = TokenCounter()
    assert counter.count(LONG) == counter.count(LONG) == counter.count("" + LONG)
    assert (counter.stats.hits, counter.stats.misses, counter.stats.tokenised_characters) == (2, 1, len(LONG))


def test_the_cache_is_bounded_and_forgets_what_was_not_used() -> None:
    counter = TokenCounter(cache_bytes=10 * ENTRY_BYTES)
    for number in range(100):
        counter.count(f"{LONG}{number}")
        counter.count(LONG)
    stats = counter.stats
    assert (stats.entries, stats.bytes) == (10, 10 * ENTRY_BYTES)
    assert stats.misses == 101  # the one that was used again and again stayed


def test_no_cache() -> None:
    counter = TokenCounter(cache_bytes=0)
    assert counter.count(LONG) == counter.count(LONG)
    assert (counter.stats.misses, counter.stats.entries) == (2, 0)


def test_keys_take_no_text_for_another() -> None:
    counter = TokenCounter()
    # those of the last line lie in memory alike, by one and by two bytes a character
    texts = ["a", "b", "a" * 32, "a" * 33, "\ud800" * 40, "\ufffd" * 40, LONG, LONG + " ", "", "\0", "\0\0"]
    texts += ["\u0100" * 40, "\0\1" * 40]
    assert len({counter.key(text) for text in texts}) == len(texts)
    assert {counter.key(text) for text in texts} == {counter.key("".join(text)) for text in texts}


def test_keys_can_be_foretold_by_nobody() -> None:
    """Not even where PYTHONHASHSEED is known: each counter has keys of its own."""
    one, other = TokenCounter(), TokenCounter()
    assert one.key(LONG) == one.key(str(LONG.encode(), "utf-8"))
    assert one.key(LONG) != other.key(LONG)


class Hashed(TokenCounter):
    """Notes the texts that are hashed."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def key(self, text: str) -> Any:
        self.texts.append(text)
        return super().key(text)


def test_a_text_is_hashed_once_a_decision_and_only_where_bounds_leave_it_open() -> None:
    counter = Hashed()
    policy = ccproxy.loads("when tokens > 100k -> far\nwhen tokens > 300 -> near\nwhen tokens > 299 -> nearer", counter=counter)
    assert policy.decide({"messages": [{"role": "user", "content": LONG}]}).label == "default"
    assert counter.texts == []
    assert policy.decide(conversation(10)).label == "near"
    assert len(counter.texts) == len(set(counter.texts)) > 0


def test_many_threads() -> None:
    counter = TokenCounter(cache_bytes=20 * ENTRY_BYTES)
    texts = [f"{LONG}{number % 50}" for number in range(2000)]
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(counter.count, texts))
    assert counts == [TokenCounter().count(text) for text in texts[:50]] * 40
    assert counter.stats.entries == 20
    assert counter.stats.hits + counter.stats.misses == 2000


def conversation(turns: int) -> dict[str, Any]:
    messages: list[Any] = []
    for turn in range(turns):
        messages += [
            {"role": "user", "content": [{"type": "text", "text": f"question {turn}: {LONG}"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": f"answer {turn}: {LONG}"},
                    {"type": "tool_use", "name": "Bash", "input": {"command": LONG + str(turn)}},
                ],
            },
        ]
    return {"system": f"system {LONG}", "tools": [{"name": "Bash", "description": LONG}], "messages": messages}


def test_a_turn_tokenises_what_it_adds() -> None:
    counter = TokenCounter()
    before = observe(conversation(20), counter=counter).tokens
    spent = counter.stats.tokenised_characters
    assert observe(conversation(20), counter=counter).tokens == before
    assert counter.stats.tokenised_characters == spent
    longer = observe(conversation(21), counter=counter).tokens
    added = sum(len(part) for part in (f"question 20: {LONG}", f"answer 20: {LONG}", f'Bash{{"command":"{LONG}20"}}'))
    assert counter.stats.tokenised_characters == spent + added
    assert longer > before
    assert counter.stats.misses == 2 + 3 * 21


def test_cache_control_moves_without_counting_again() -> None:
    counter = TokenCounter()
    tool: dict[str, Any] = {"name": "Bash", "description": LONG}
    tokens = observe({"tools": [tool]}, counter=counter).tokens
    assert observe({"tools": [{**tool, "cache_control": {"type": "ephemeral"}}]}, counter=counter).tokens == tokens
    assert counter.stats.misses == 1


@pytest.mark.parametrize(
    ("model", "factor"), [("claude-opus-5-5", Fraction(6, 5)), ("claude-haiku", Fraction(1)), ("gpt-4o", Fraction(1)), (None, Fraction(1))]
)
def test_scale_of_the_model(model: str | None, factor: Fraction) -> None:
    counter = TokenCounter(scale={"*haiku*": 1, "claude-*": 1.2, "gpt-5*": "0.9"})
    assert counter.scale_of(model) == factor


@pytest.mark.parametrize("factor", [0, -1, "x", float("nan")])
def test_scale_that_is_none(factor: float | str) -> None:
    with pytest.raises(ValueError, match=r"over 0|Invalid literal"):
        TokenCounter(scale={"*": factor})


@pytest.mark.parametrize(
    ("glob", "model", "matched"),
    [
        ("claude-[!h]*", "claude-opus", True),
        ("claude-[!h]*", "claude-haiku", False),
        ("[a-c]?", "b5", True),
        ("[^a]", "^", True),
        ("[^a]", "b", False),
        ("[[]1m]*", "[1m]", True),
        ("GPT*", "gpt-5", False),
        ("*", "line\nbreak", True),
    ],
)
def test_scale_has_the_globs_of_the_language(glob: str, model: str, matched: bool) -> None:
    assert TokenCounter(scale={glob: 2}).scale_of(model) == (2 if matched else 1)
    policy = ccproxy.loads(f"when model matches {write_text(glob)} -> matched\ndefault -> default")
    assert (policy.decide({"model": model}).label == "matched") is matched


def test_scale_with_a_malformed_glob() -> None:
    with pytest.raises(GlobError, match="the set is empty"):
        TokenCounter(scale={"[]": 2})


def test_scaled_parts_add_up() -> None:
    counter = TokenCounter(scale={"claude-*": 1.15})
    body = {**conversation(3), "model": "claude-x"}
    facts = observe(body, counter=counter)
    assert facts.tokens == facts.tokens_system + facts.tokens_tools + facts.tokens_messages
    plain = observe(body)
    texts = 2 + 3 * 3
    assert plain.tokens * Fraction("1.15") <= facts.tokens <= plain.tokens * Fraction("1.15") + texts
    assert facts.source_of("tokens") == "estimate: cl100k_base × 1.15"
    assert observe({**body, "model": "gpt"}, counter=counter).tokens == plain.tokens


def test_one_text_in_scale() -> None:
    counter = TokenCounter(scale={"*": 1.5})
    assert observe({"model": "m", "prompt": "hello world"}, counter=counter).tokens == 3
    assert observe({"model": "m", "messages": [{"role": "user", "content": [{"type": "image"}]}]}, counter=counter).tokens == 1600

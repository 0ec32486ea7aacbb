"""Comparisons of token counts: always as the exact counts say, and no more tokenised than they need."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.facts import RecurringValues, TokenCounter, WouldBlock, observe
from ccproxy.facts.counting.bounds import BYTES_A_TEXT
from tests.language.profile import examples

NAMES = ("tokens", "tokens.system", "tokens.tools", "tokens.messages", "tokens.latest")
WORDS = st.text(st.sampled_from("abc é中😀 \n{}"), max_size=60) | st.sampled_from(["x" * 300, "word " * 50, " " * 200])
BLOCKS = st.one_of(
    WORDS.map(lambda text: {"type": "text", "text": text}),
    WORDS.map(lambda text: {"type": "tool_result", "content": text}),
    st.just({"type": "image"}),
)
MESSAGES = st.builds(
    lambda role, blocks: {"role": role, "content": blocks}, st.sampled_from(["user", "assistant", "system"]), st.lists(BLOCKS, max_size=3)
)
BODIES = st.fixed_dictionaries(
    {"model": st.sampled_from(["a", "b"])},
    optional={
        "system": WORDS,
        "tools": st.lists(st.builds(lambda text: {"name": text}, WORDS), max_size=3),
        "messages": st.lists(MESSAGES, max_size=5),
    },
)
FACTORS = st.integers(-3, 3) | st.fractions(-2, 2, max_denominator=10)
TERMS = st.lists(st.tuples(st.sampled_from(NAMES), FACTORS), max_size=4).map(tuple)
COUNTERS = (TokenCounter(), TokenCounter(cache_bytes=3000, scale={"a": "1.35", "b": "0.4"}), TokenCounter(scale={"b": "0.001"}))


@examples(250)
@given(BODIES, TERMS, st.integers(-400, 400), st.integers(-2, 2), st.sampled_from(COUNTERS), st.booleans(), st.data())
def test_comparisons_are_exact(
    body: Any, terms: Any, constant: int, near: int, counter: TokenCounter, override: bool, data: st.DataObject
) -> None:
    overrides = {data.draw(st.sampled_from(NAMES)): data.draw(st.integers(0, 500))} if override else {}
    known = observe(body, counter=counter, overrides=overrides)
    total: int | Fraction = sum([factor * known.read(name) for name, factor in terms])
    lazy = observe(body, counter=counter, overrides=overrides)
    for limit in (constant, near - total, Fraction(near, 3) - total, -total):
        assert lazy.tokens_above(terms, limit) == (total + limit > 0)
        assert observe(body, counter=counter, overrides=overrides).tokens_above(terms, limit) == (total + limit > 0)
    for name in NAMES:
        assert lazy.read(name) == known.read(name)


def conversation(size: int) -> dict[str, Any]:
    return {"system": "be good", "messages": [{"role": "user", "content": f"{number}: " + "many words " * 100} for number in range(size)]}


@pytest.mark.parametrize(("constant", "answer"), [(-100_000, False), (-50, True), (0, True), (1, True)])
def test_nothing_is_tokenised_where_bytes_decide(constant: int, answer: bool) -> None:
    counter = TokenCounter()
    assert observe(conversation(20), counter=counter).tokens_above((("tokens", 1),), constant) is answer
    assert counter.stats.tokenised_characters == 0
    assert not counter.loaded


def test_tokenising_stops_where_the_answer_is_known() -> None:
    counter = TokenCounter()
    facts = observe(conversation(100), counter=counter)
    assert facts.tokens_above((("tokens", 1),), -2000)
    few = counter.stats.misses
    assert 0 < few < 50
    assert facts.tokens_above((("tokens", 1),), -2000)
    assert facts.tokens_above((("tokens.messages", 1),), -1500)
    assert counter.stats.misses == few
    assert facts.tokens > 2000
    assert counter.stats.misses == 101


def test_kept_counts_decide_before_anything_is_tokenised() -> None:
    counter = TokenCounter()
    known = observe(conversation(100), counter=counter).tokens
    spent = counter.stats.misses
    body = conversation(100)
    body["messages"].append({"role": "user", "content": "a new and quite long question " * 60})
    facts = observe(body, counter=counter)
    assert facts.tokens_above((("tokens", 1),), -known)
    assert not facts.tokens_above((("tokens", 1),), -known - 5000)
    assert counter.stats.misses == spent
    assert facts.tokens_above((("tokens", 1),), -known - 100)
    assert counter.stats.misses == spent + 1 or counter.stats.misses == spent


def test_parts_that_a_comparison_does_not_name_are_not_counted() -> None:
    counter = TokenCounter()
    facts = observe({**conversation(5), "tools": [{"name": "Bash", "description": "words " * 100}]}, counter=counter)
    facts.tokens_above((("tokens.system", 1),), -2)
    assert counter.stats.tokenised_characters == len("be good")
    assert facts.tokens_above((("tokens", 1), ("tokens.messages", -1), ("tokens.tools", -1)), -1)
    assert counter.stats.tokenised_characters == len("be good")
    assert facts.values_read() == {}


def test_would_block() -> None:
    counter = TokenCounter()
    counter.load()
    facts = observe(conversation(10), counter=counter)
    facts.inline_limit = 2500
    with pytest.raises(WouldBlock):
        _ = facts.tokens
    assert counter.stats.tokenised_characters <= 2500
    done = counter.stats.tokenised_characters
    with pytest.raises(WouldBlock):
        facts.tokens_above((("tokens", 1),), -2000)
    assert counter.stats.tokenised_characters == done > 0
    assert not facts.tokens_above((("tokens", 1),), -100_000)
    facts.inline_limit = None
    assert facts.tokens_above((("tokens", 1),), -2000)
    assert facts.tokens == observe(conversation(10)).tokens
    again = observe(conversation(10), counter=counter)
    again.inline_limit = 0
    assert again.tokens == facts.tokens


def test_would_block_by_bytes_and_by_the_number_of_texts() -> None:
    counter = TokenCounter()
    counter.load()
    facts = observe({"prompt": "é" * 600}, counter=counter)
    facts.inline_limit = 1200 + BYTES_A_TEXT - 1
    with pytest.raises(WouldBlock):
        _ = facts.tokens
    facts.inline_limit += 1
    assert facts.tokens > 0
    many = observe({"prompt": [f"{number:04}" for number in range(100)]}, counter=counter)
    many.inline_limit = 10 * (4 + BYTES_A_TEXT)
    with pytest.raises(WouldBlock):
        _ = many.tokens
    assert counter.stats.misses == 1 + 10


def test_loading_the_tokenizer_would_block() -> None:
    counter = TokenCounter()
    facts = observe({"prompt": "hello world"}, counter=counter)
    facts.inline_limit = 100_000
    with pytest.raises(WouldBlock):
        _ = facts.tokens
    counter.load()
    assert facts.tokens == 2


def talk(messages: int) -> dict[str, Any]:
    blocks = ("first", "second", "third")
    said = [[{"type": "text", "text": f"{number} {block}"} for block in blocks] for number in range(messages)]
    return {"tools": [{"name": "Bash"}], "messages": [{"role": "user", "content": content} for content in said]}


def test_of_a_conversations_next_turn_only_what_it_adds_is_looked_into() -> None:
    counter = TokenCounter()
    assert observe(talk(20), counter=counter).tokens > 0
    before = counter.stats
    assert before.misses == 61
    facts = observe(talk(22), counter=counter)
    assert facts.tokens == observe(talk(22)).tokens
    assert counter.stats.hits - before.hits == 20 + 1  # messages and the tool, not their texts
    assert counter.stats.misses - before.misses == 2 * 3
    marked = talk(22)
    marked["messages"][-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}
    assert observe(marked, counter=counter).tokens == facts.tokens
    assert counter.stats.misses - before.misses == 2 * 3


def test_what_bytes_decide_is_not_looked_into_again() -> None:
    counter = TokenCounter()
    for answered in (0, 20 + 1):
        before = counter.stats.hits
        assert not observe(talk(20), counter=counter).tokens_above((("tokens", 1),), -100_000)
        assert counter.stats.hits - before == answered
    assert counter.stats.tokenised_characters == 0
    assert observe(talk(20), counter=counter).tokens == observe(talk(20)).tokens


SAME = {"type": "text", "text": "hello world", "cache_control": {"type": "ephemeral"}}


@pytest.mark.parametrize(
    "bodies",
    [
        [{"tools": [SAME]}, {"messages": [SAME]}],
        [{"messages": [{"type": "tool_use", "name": "a", "input": {"a": value}}]} for value in (1, True, 1.0, "1")],
        [{"model": model, "messages": [SAME, {"role": "user", "content": [SAME, SAME]}]} for model in ("a", "b", "c")],
        [{"messages": [{"role": "user", "content": [SAME] * count}]} for count in (2_000, 1, 2_000)],
        [{"messages": [{"role": "user", "content": [{"type": "image", "source": {"data": "x"}}, *texts]}]} for texts in ([], [SAME], [])],
    ],
)
def test_what_is_kept_of_one_request_is_right_for_others(bodies: list[Any]) -> None:
    scale = {"a": "1.35", "b": "0.4"}
    counter = TokenCounter(scale=scale)
    expected = [observe(body, counter=TokenCounter(scale=scale)).tokens for body in bodies]
    assert [observe(body, counter=counter).tokens for body in [*bodies, *bodies]] == [*expected, *expected]
    assert len(set(expected)) > 1


def test_values_that_can_not_be_kept_whole_are_counted_each_time() -> None:
    deep: Any = "hello world"
    for _ in range(3_000):
        deep = [deep]
    counter = TokenCounter()
    for body in ({"messages": [deep]}, {"messages": [{"role": "user", "content": {1, 2}}]}):
        assert observe(body, counter=counter).tokens == observe(body, counter=counter).tokens == observe(body).tokens
    assert counter.stats.misses == 1


def test_objects_that_come_again_are_counted_once_and_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecurringValues, "MOST", 7)
    counter = TokenCounter(scale={"b": "1.35"})
    counter.recurring = RecurringValues()
    said = talk(30)
    said["messages"].insert(3, {"role": "user", "content": ["", 7, SAME]})
    for turn in [*range(1, 32), 4, 30]:
        for model in ("a", "b"):
            body = {**said, "model": model, "messages": said["messages"][:turn]}
            facts, expected = observe(body, counter=counter), observe(body, counter=TokenCounter(scale={"b": "1.35"}))
            assert facts.tokens_above((("tokens", 1),), -expected.tokens) is False
            assert facts.tokens_above((("tokens", 1),), 1 - expected.tokens) is True
            assert facts.tokens == expected.tokens
    misses = counter.stats.misses
    assert observe(said, counter=counter).tokens == observe(said).tokens
    assert counter.stats.misses == misses

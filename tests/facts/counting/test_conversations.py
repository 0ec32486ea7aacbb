"""Knowing the values of a conversation again in its next turn."""

import copy
import json
import marshal
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

import ccproxy
from ccproxy.facts import TokenCounter, observe
from ccproxy.facts.counting import conversations
from ccproxy.facts.counting.conversations import FEWEST, Conversations
from ccproxy.facts.counting.opened import Bounds, Key

Json = Any


def message(number: int, role: str = "user") -> Json:
    return {"role": role, "content": [{"type": "text", "text": f"message {number}"}]}


def call(given: Json) -> Json:
    return {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "n", "input": given}]}


def conversation(length: int = 20) -> list[Json]:
    return [message(number) for number in range(length)]


class Asked:
    """Counts what keys are asked for; the key of a value is what it is as JSON, its keys in their order."""

    def __init__(self) -> None:
        self.values: list[Json] = []

    def __call__(self, value: Json) -> Key | None:
        self.values.append(value)
        text = json.dumps(value)
        return hash(text), len(text)


def sent(values: list[Json]) -> list[Json]:
    """As the next request has them: other objects."""
    return [*map(json.loads, map(json.dumps, values))]


def nothing(keys: list[Key | None]) -> list[Bounds | None]:
    """No count is known."""
    return [None] * len(keys)


def keys_of(known: Conversations, values: list[Json], key_of: Callable[[Json], Key | None]) -> list[Key | None]:
    """The keys of a conversation of which no count is known."""
    tokens, found = known.look_up(values, key_of, nothing)
    assert tokens == 0
    assert [(value, bounds) for value, _, bounds in found] == [(value, None) for value in values]
    return [key for _, key, _ in found]


def asked(known: Conversations, values: list[Json]) -> list[Json]:
    """The values whose keys are asked for, after the beginning; the keys are those of the values."""
    ask = Asked()
    keys = keys_of(known, values, ask)
    assert keys == [*map(Asked(), values)]
    return ask.values[1:]


def test_only_what_is_new_is_hashed() -> None:
    known, values = Conversations(10**6), conversation()
    assert asked(known, sent(values)) == values
    assert asked(known, sent(values)) == []
    more = [*values, message(20), message(21)]
    assert asked(known, sent(more)) == more[20:]
    assert asked(known, sent(values)) == []  # what comes again shorter takes nothing from what is known
    assert asked(known, sent(more)) == []


def test_what_is_compared_as_it_is_written_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known, values = Conversations(10**6), [call({"number": number, "text": "x"}) for number in range(20)]
    assert asked(known, sent(values)) == values
    dumps = Mock(side_effect=marshal.dumps)
    monkeypatch.setattr(conversations, "marshal", SimpleNamespace(dumps=dumps))
    assert asked(known, sent(values)) == []
    assert dumps.call_count == 1


def test_copies_share_the_texts_that_stand_everywhere() -> None:
    one, other = (conversations._Copied(value, 0).value for value in sent([message(1), message(1)]))
    (block,), (another,) = one["content"], other["content"]
    assert one["role"] is other["role"]
    assert block["type"] is another["type"]
    assert block["text"] is not another["text"]
    assert all(len(word) < conversations._LONG for word in conversations._WORDS)


def test_what_is_counted_for_good_is_not_looked_up_again() -> None:
    known, values, key_of = Conversations(10**6), conversation(), Asked()
    counts: dict[Key | None, Bounds] = {key_of(value): (at, at) for at, value in enumerate(values, 1)}
    counts[key_of(values[5])] = (1, 9)
    looked_up: list[int] = []

    def look_up(values: list[Json]) -> tuple[int, list[Json]]:
        def kept(keys: list[Key | None]) -> list[Bounds | None]:
            looked_up.append(len(keys))
            return [*map(counts.get, keys)]

        tokens, others = known.look_up(sent(values), key_of, kept)
        assert others == [(value, key_of(value), counts.get(key_of(value))) for value, *_ in others]
        return tokens, [value for value, *_ in others]

    assert look_up(values) == (sum(range(21)) - 6, [values[5]])
    more = [*values, message(20)]
    assert look_up(more) == (sum(range(21)) - 6, [values[5], message(20)])
    counts[key_of(values[5])] = (6, 6)
    assert look_up(more) == (sum(range(21)), [message(20)])
    assert look_up(values[:10]) == (sum(range(11)), [])
    assert look_up(more) == (sum(range(21)), [message(20)])
    assert looked_up == [20, 2, 2, 0, 1]
    other = [*values[:12], message(99), *values[13:]]
    assert look_up(other) == (sum(range(21)) - 13, [message(99)])
    assert look_up(values) == (sum(range(21)), [])


def test_from_where_it_goes_another_way_on_it_is_new() -> None:
    known, values = Conversations(10**6), conversation()
    asked(known, values)
    other = [*values[:12], message(99), *values[13:]]
    assert asked(known, sent(other)) == other[12:]
    assert asked(known, sent(values)) == values[12:]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (call({"a": 1, "b": 2}), call({"b": 2, "a": 1})),
        (call({"a": 1}), call({"a": True})),
        (call({"a": 1}), call({"a": 1.0})),
        (call({"a": [{"b": "c", "d": "e"}]}), call({"a": [{"d": "e", "b": "c"}]})),
        ({"role": "user", "content": [1]}, {"role": "user", "content": [True]}),
        ({"role": "user", "content": [0.0]}, {"role": "user", "content": [-0.0]}),
        (
            {"type": "custom_tool_call", "arguments": [{"a": "b", "c": "d"}]},
            {"type": "custom_tool_call", "arguments": [{"c": "d", "a": "b"}]},
        ),
        ({"role": "user", "content": [*range(500)]}, {"role": "user", "content": [0, True, *range(2, 500)]}),
    ],
)
def test_what_is_equal_and_counts_otherwise_is_told_apart(one: Json, other: Json) -> None:
    assert one == other
    known, values = Conversations(10**6), conversation()
    asked(known, [*values, one, message(20)])
    assert asked(known, sent([*values, other, message(20)])) == [other, message(20)]
    assert asked(known, sent([*values, one, message(20)])) == [one, message(20)]


def test_the_keys_of_messages_and_blocks_may_stand_in_any_order() -> None:
    counter, texts = TokenCounter(), conversation()
    turned = [{"content": [{"text": one["content"][0]["text"], "type": "text"}], "role": "user"} for one in texts]
    assert observe({"messages": texts}, counter=counter).tokens == observe({"messages": turned}, counter=counter).tokens
    assert observe({"messages": turned}, counter=TokenCounter()).tokens == observe({"messages": turned}, counter=counter).tokens


def test_messages_are_the_same_with_their_keys_in_another_order() -> None:
    known = Conversations(10**6)
    values = [*conversation(), call({"a": 1, "b": [True]}), message(20)]
    asked(known, values)
    turned = [*values[:3], *({"content": value["content"], "role": value["role"]} for value in values[3:])]
    assert keys_of(known, sent(turned), Asked()) == [*map(Asked(), values)]


def test_what_is_changed_afterwards_is_not_what_is_known() -> None:
    """LiteLLM changes messages in place."""
    known, values = Conversations(10**6), conversation()
    given = copy.deepcopy(values)
    asked(known, given)
    given[5]["content"][0]["text"] = "changed"
    assert asked(known, sent(values)) == []
    assert asked(known, given)[0] == given[5]


def test_short_conversations_and_those_without_a_key_are_not_kept() -> None:
    known, values = Conversations(10**6), conversation(FEWEST - 1)
    assert keys_of(known, values, Asked()) == [*map(Asked(), values)]
    assert keys_of(known, conversation(), lambda value: None) == [None] * 20
    assert known.bytes == 0


def deep(levels: int) -> Json:
    value: Json = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_what_is_nested_deep_is_none_the_worse() -> None:
    known, ask = Conversations(10**6), Asked()
    ask.values.clear()
    values = [*conversation(), {"role": "user", "content": deep(sys.getrecursionlimit())}]
    for _ in range(2):
        assert keys_of(known, values, lambda value: (len(value), 0)) == [(len(value), 0) for value in values]
    counter = TokenCounter()
    body = {"messages": [*values, message(21), {"role": "assistant", "content": "a"}, message(22)]}
    assert [observe(body, counter=counter).tokens for _ in range(3)] == [observe(body).tokens] * 3


def test_values_that_are_no_json() -> None:
    values = [*conversation(), {"role": "user", "content": object()}]
    assert keys_of(Conversations(10**6), values, lambda value: (1, 1)) == [(1, 1)] * 21


def test_memory_is_bounded_and_what_was_not_seen_for_the_longest_goes() -> None:
    one = Conversations(10**9)
    asked(one, conversation())
    known = Conversations(one.bytes * 5)
    talks = [[{"role": "user", "content": f"talk {number}"}, *conversation()] for number in range(50)]
    for talk in talks:
        asked(known, sent(talk))
        assert asked(known, sent(talks[0])) == []  # the one that goes on stays
        assert known.bytes <= one.bytes * 5
    assert asked(known, sent(talks[-1])) == []
    assert asked(known, sent(talks[1])) == talks[1]


def test_what_is_taken_in_memory_is_what_the_copies_take() -> None:
    known = Conversations(10**9)
    asked(known, conversation(100))
    hundred = known.bytes
    asked(known, conversation(200))
    assert known.bytes > 1.5 * hundred
    asked(known, [*conversation(50), message(7)])
    assert known.bytes < hundred
    texts = sum(sys.getsizeof(one["content"][0]["text"]) for one in conversation(51))
    assert texts < known.bytes


def test_memory_is_that_of_each_conversation_added_up() -> None:
    talks = [[{"role": "user", "content": f"talk {number}"}, *conversation(10 + number)] for number in range(4)]
    each = []
    for talk in talks:
        alone = Conversations(10**6)
        asked(alone, sent(talk))
        each.append(alone.bytes)
    known = Conversations(10**6)
    for talk in (*talks, *talks):
        asked(known, sent(talk))
    assert known.bytes == sum(each)


def test_what_is_compared_as_it_is_written_takes_memory_for_that_too() -> None:
    text, taken = "x" * 10_000, []
    for given in (text, {"a": text}):
        known = Conversations(10**6)
        asked(known, [*conversation(), call(given)])
        taken.append(known.bytes)
    assert taken[1] - taken[0] > len(text)


def test_a_conversation_that_comes_twice_at_once_is_kept_once() -> None:
    known, alone, values = Conversations(10**6), Conversations(10**6), conversation()

    def key_of(value: Json) -> Key | None:
        if value == values[10]:
            asked(known, sent(values))
        return Asked()(value)

    assert keys_of(known, values, key_of) == [*map(Asked(), values)]
    asked(alone, values)
    assert known.bytes == alone.bytes
    assert asked(known, sent(values)) == []


def test_without_memory_nothing_is_kept() -> None:
    counter = TokenCounter(cache_bytes=0)
    body = {"messages": [*conversation(), {"role": "assistant", "content": "a"}, message(20)]}
    assert observe(body, counter=counter).tokens == observe(body, counter=counter).tokens == observe(body).tokens


def test_many_threads() -> None:
    known = Conversations(10**6)
    talks = [[{"role": "user", "content": f"talk {number % 3}"}, *conversation(10 + number % 7)] for number in range(300)]
    with ThreadPoolExecutor(8) as pool:
        for talk, keys in zip(talks, pool.map(lambda talk: keys_of(known, sent(talk), Asked()), talks), strict=True):
            assert keys == [*map(Asked(), talk)]
    assert 0 < known.bytes <= 10**6


def test_counts_are_the_same_however_a_conversation_came_to_be() -> None:
    chance = random.Random(7)
    counter, forgetful = TokenCounter(), TokenCounter(cache_bytes=0)
    parts = [message(1), message(2), call({"a": 1, "b": True}), call({"b": 1, "a": 1.0}), {"role": "assistant", "content": "x"}]
    parts += [{"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "y"}, 3]}]}, "z", None, 4]
    kept: list[Json] = conversation(9)
    for _ in range(150):
        kept = kept[: chance.randrange(5, len(kept) + 1)] + [chance.choice(parts) for _ in range(chance.randrange(4))]
        body = json.loads(json.dumps({"messages": kept}))
        mine, fresh = observe(body, counter=counter), observe(body, counter=forgetful)
        assert (mine.tokens, mine.tokens_latest) == (fresh.tokens, fresh.tokens_latest)


def test_a_decision_looks_only_at_what_is_new() -> None:
    class Noting(TokenCounter):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[Json] = []

        def key_of(self, value: Json, how: str) -> Key | None:
            if isinstance(value, dict):
                self.seen.append(value)
            return super().key_of(value, how)

    counter = Noting()
    policy = ccproxy.loads("when tokens > 100k -> far", counter=counter)
    turn = [*conversation(), {"role": "assistant", "content": "a"}, message(20)]
    policy.decide({"messages": turn})
    counter.seen.clear()
    more = [*turn, {"role": "assistant", "content": "b"}, message(21)]
    policy.decide({"messages": sent(more)})
    assert sorted(map(str, counter.seen)) == sorted(map(str, more[21:]))

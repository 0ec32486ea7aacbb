"""Whatever a request holds, no fact raises, and every value has its fact's type."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.facts import FACTS, TokenCounter, observe
from ccproxy.language.types import Type
from tests.language.profile import examples

KEY_NAMES = """
    model stream max_tokens messages input prompt system instructions tools tool_choice role content type text name function thinking
    output_config effort reasoning_effort reasoning metadata user_id user safeguards classifier_context permission_mode speed betas
    source data image_url url file file_data input_audio tool_calls function_call arguments output summary title context item
    cache_control id budget_tokens format
"""
VALUES = """
    user assistant system developer tool text input_text image image_url document file input_file tool_use tool_result thinking message
    redacted_thinking function_call function_call_output reasoning tool_reference input_audio auto web_search_1 base64 content
    image_generation_call
"""
KEYS = st.sampled_from(KEY_NAMES.split())
WORDS = st.sampled_from(VALUES.split())
TEXTS = (
    WORDS
    | st.text(st.characters(), max_size=12)
    | st.sampled_from(["\ud800", "<|endoftext|>", "data:image/png;base64,iVBO", '{"session_id": 1}'])
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**1000, -(10**400), float("nan"), float("inf")])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(KEYS | TEXTS, children, max_size=6),
    max_leaves=40,
)
BODIES = st.dictionaries(KEYS, JSON, max_size=12) | JSON
HEADERS = st.dictionaries(
    st.sampled_from(["User-Agent", "anthropic-beta", "x-a-session-id", "X-Claude-Code-Agent-Id"]) | TEXTS, TEXTS | JSON, max_size=5
)
TYPES: dict[Type, tuple[type, ...]] = {
    Type.NUMBER: (int, Fraction),
    Type.TEXT: (str,),
    Type.BOOL: (bool,),
    Type.LIST: (tuple,),
    Type.TIME: (int,),
    Type.WEEKDAY: (int,),
}
COUNTER = TokenCounter()


def check(body: Any, **arguments: Any) -> None:
    facts = observe(body, counter=COUNTER, **arguments)
    for fact in FACTS:
        value = facts.read(fact.name)
        assert value is None or type(value) in TYPES[fact.type], fact
        if fact.bounds.whole and value is not None:
            assert type(value) is int
            assert value >= 0
        if isinstance(value, tuple):
            assert all(type(item) is str for item in value)
        facts.source_of(fact.name)
    assert facts.tokens == facts.tokens_system + facts.tokens_tools + facts.tokens_messages
    assert facts.tokens_latest <= facts.tokens_messages


@examples(200)
@given(BODIES, HEADERS, st.dictionaries(st.sampled_from(["alias", "tags", "spend", "budget"]), JSON) | JSON, JSON)
def test_no_request_raises(body: Any, headers: Any, key: Any, path: Any) -> None:
    check(body, headers=headers, key=key, path=path, at=path)


@pytest.mark.parametrize("wrap", ["list", "tool_result", "unknown"])
def test_nesting_without_end(wrap: str) -> None:
    deep: Any = "deep"
    for _ in range(20_000):
        deep = [deep] if wrap == "list" else {"type": wrap, "content": [deep]}
    check({"messages": [{"role": "user", "content": deep}, deep], "system": deep, "tools": [deep], "input": deep, "metadata": deep})
    check({"messages": [{"role": "assistant", "content": [{"type": "tool_use", "name": "x", "input": deep}]}], "prompt": deep})


def test_json_text_nested_without_end_in_the_user_id() -> None:
    check({"metadata": {"user_id": '{"a":' * 100_000}})
    check({"metadata": {"user_id": '{"session_id":' + "9" * 5000 + "}"}})


def test_numbers_too_long_to_print() -> None:
    check(
        {
            "messages": [{"role": "assistant", "content": [{"type": "tool_use", "name": "x", "input": {"n": 10**5000}}]}],
            "max_tokens": 10**5000,
        }
    )
    check({"tools": [{"name": "x", "input_schema": {"n": 10**5000}}]})


class Hostile:
    """A mapping that is none."""

    def items(self) -> Any:
        raise RuntimeError("no")

    def __bool__(self) -> bool:
        raise RuntimeError("no")


def test_hostile_arguments() -> None:
    check({}, headers=Hostile(), key=Hostile(), path=Hostile(), at=Hostile(), zone=Hostile())


def test_every_json_document_of_one_value() -> None:
    for document in ("null", "true", "0", "1.5", '"x"', "[]", "{}", "[{}]", "NaN", "1e999"):
        check(json.loads(document))

"""Each API is read at its own keys, and a request whose API nobody knows at all of them."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

from ccproxy.facts import FACTS, fact_named, observe, shapes
from ccproxy.facts.endpoint import of_body, of_path
from ccproxy.facts.schema import InPath
from ccproxy.facts.shapes import BY_KEY, SHAPES
from ccproxy.facts.shapes.chat import CHAT
from ccproxy.facts.shapes.completions import COMPLETIONS
from ccproxy.facts.shapes.embeddings import EMBEDDINGS
from ccproxy.facts.shapes.generate_content import GENERATE_CONTENT
from ccproxy.facts.shapes.messages import MESSAGES
from ccproxy.facts.shapes.responses import RESPONSES
from ccproxy.facts.shapes.shape import Shape

KEYS = {
    "messages": """messages system max_tokens stream tools tool_choice thinking output_config output_format reasoning_effort betas speed
        safeguards""",
    "chat": "messages max_completion_tokens max_tokens stream tools tool_choice thinking reasoning_effort response_format user",
    "responses": "input instructions max_output_tokens stream tools tool_choice reasoning text user prompt_cache_key",
    "completions": "prompt max_tokens stream user",
    "embeddings": "input user",
    "generate_content": """contents systemInstruction system_instruction generationConfig generation_config tools toolConfig
        tool_config""",
}
EVERYTHING: dict[str, Any] = {
    "messages": [
        {"role": "user", "content": "in messages"},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "name": "block"}],
            "tool_calls": [{"function": {"name": "call"}}],
            "output_config": {"effort": "item"},
        },
    ],
    "input": [{"role": "user", "content": "in input"}, {"type": "function_call", "name": "item"}],
    "prompt": "in prompt",
    "system": "in system",
    "instructions": "in instructions",
    "max_tokens": 1,
    "max_completion_tokens": 2,
    "max_output_tokens": 3,
    "tools": [{"name": "own", "function": {"name": "wrapped"}}],
    "tool_choice": {"type": "tool", "name": "own", "function": {"name": "wrapped"}},
    "reasoning_effort": "none",
    "reasoning": {"effort": "high"},
    "output_config": {"effort": "max", "format": {"type": "of messages"}},
    "response_format": {"type": "of chat"},
    "text": {"format": {"type": "of responses"}},
    "speed": "fast",
    "user": "u",
}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.endpoints[0][1])
def test_the_keys_of_an_api(shape: Shape) -> None:
    assert shape.keys == set(KEYS[shape.endpoints[0][1]].split())


def test_an_unknown_api_is_read_at_the_keys_of_all() -> None:
    assert BY_KEY.keys == frozenset().union(*(shape.keys for shape in SHAPES))


def test_an_unknown_api_streams_by_its_path_where_any_does() -> None:
    assert BY_KEY.streams_by_path


def test_arrays_that_stand_at_two_places_are_one() -> None:
    tool = {"type": "function", "name": "a"}
    more = {"type": "additional_tools", "tools": [{"type": "function", "name": "b"}]}
    offered = RESPONSES.tools_offered
    assert offered.located({"tools": [tool], "input": [more]})[0] == [tool, *more["tools"]]
    assert offered.located({"tools": [tool], "input": []}) == ([tool], "body `tools`")
    assert offered.located({"input": []}) == (None, "")


def test_only_objects_ask_for_a_tool_of_googles() -> None:
    tools = [{"googleSearch": {}}, {"urlContext": None}, {"codeExecution": True}, {"functionDeclarations": [{}]}]
    assert GENERATE_CONTENT.tools_types.first({"tools": tools}) == ("googleSearch",)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (
            MESSAGES,
            {
                "prompt": "in messages",
                "system": "in system",
                "max_tokens": 1,
                "tools": ("own",),
                "tools.called": ("block",),
                "tool_choice": "own",
                "thinking": False,
                "effort": "item",
                "output.format": "of messages",
                "speed": "fast",
            },
        ),
        (
            CHAT,
            {
                "prompt": "in messages",
                "max_tokens": 2,
                "tools": ("wrapped",),
                "tools.called": ("call",),
                "tool_choice": "wrapped",
                "thinking": False,
                "effort": "none",
                "output.format": "of chat",
                "user": "u",
            },
        ),
        (
            RESPONSES,
            {
                "prompt": "in input",
                "system": "in instructions",
                "max_tokens": 3,
                "tools": ("own",),
                "tools.called": ("item",),
                "tool_choice": "own",
                "thinking": True,
                "effort": "high",
                "output.format": "of responses",
                "user": "u",
            },
        ),
        (COMPLETIONS, {"prompt": "in prompt", "max_tokens": 1, "user": "u"}),
        (EMBEDDINGS, {"prompt": "in input", "user": "u"}),
    ],
    ids=["messages", "chat", "responses", "completions", "embeddings"],
)
def test_every_fact_of_an_api_is_read_by_its_shape(shape: Shape, expected: dict[str, Any]) -> None:
    facts = observe(EVERYTHING)
    facts.shape = shape
    names = ("prompt", "system", "max_tokens", "tools", "tool_choice", "thinking", "effort", "output.format", "speed", "user")
    assert {name: value for name in names if (value := facts.read(name)) is not None} == {
        name: value for name, value in expected.items() if name != "tools.called"
    }
    assert facts.tools_called == expected.get("tools.called")


def test_a_shape_that_reads_nothing_has_no_facts() -> None:
    facts = observe(EVERYTHING)
    facts.shape = Shape(endpoints=(("nothing", "nothing"),))
    found = {fact.name: facts.read(fact.name) for fact in FACTS}
    assert {name: value for name, value in found.items() if value} == {"endpoint": "nothing"}


def test_what_stands_beside_a_conversation_is_counted_too() -> None:
    alone = observe({"messages": [{"role": "user", "content": "hello world"}]})
    assert alone.tokens == 2
    assert observe({**alone.body, "input": "hello world", "prompt": "hello world"}, path="/other").tokens == 6


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.endpoints[0][1])
def test_the_ends_of_paths(shape: Shape) -> None:
    for end, endpoint in shape.endpoints:
        assert of_path(f"https://host/base/v1/{'models/m' if end.startswith(':') else ''}{end}/?beta=true") == endpoint
    assert of_path(f"/v1/{shape.endpoints[0][0]}/other") is None


def test_the_endpoints_are_those_of_the_table() -> None:
    endpoint = fact_named("endpoint")
    assert endpoint is not None
    assert isinstance(endpoint.place, InPath)
    assert {name for shape in SHAPES for _, name in shape.endpoints} == set(endpoint.texts.values)
    assert all(of_path(path) == name for name, path in endpoint.place.paths)


def test_a_body_tells_its_api() -> None:
    assert of_body({"prompt": "p"}) == ("completions", "body `prompt`")
    assert of_body({"input": "i", "prompt": "p"}) == ("responses", "body `input`")
    assert of_body({"messages": [], "n": 2}) == ("chat", "body `n`")
    assert of_body({"messages": []}) == ("messages", "no other mark in the body")


@pytest.mark.parametrize(
    "choice",
    [
        {"type": "tool", "name": "required"},
        {"type": "function", "function": {"name": "required"}},
        {"type": "function", "name": "required"},
    ],
)
def test_a_forced_tool_may_be_named_like_a_choice(choice: dict[str, Any]) -> None:
    assert observe({"tool_choice": choice}, path="/other").tool_choice == "required"


def test_every_shape_of_a_file_is_one_that_is_looked_up() -> None:
    known = [id(shape) for shape in (*SHAPES, BY_KEY)]
    for found in iter_modules(shapes.__path__):
        for name, value in vars(import_module(f"{shapes.__name__}.{found.name}")).items():
            assert not isinstance(value, Shape) or id(value) in known, f"{name} of {found.name}.py is not in SHAPES"


@pytest.mark.parametrize(
    ("shape", "body", "spare"),
    [
        (CHAT, {"max_tokens": 9}, set()),
        (CHAT, {"max_completion_tokens": 40, "max_tokens": 9}, {"max_tokens"}),
        (CHAT, {"max_completion_tokens": None, "max_tokens": 9}, set()),
        (CHAT, {"max_completion_tokens": None, "max_tokens": None}, set()),
        (MESSAGES, {"output_config": {"effort": "low"}, "reasoning_effort": "high"}, {"reasoning_effort"}),
    ],
)
def test_a_key_that_says_once_more_what_another_says_is_spare(shape: Shape, body: dict[str, object], spare: set[str]) -> None:
    assert shape.spare_keys(body) == spare

"""Fitting: what a model would refuse is changed, nothing else, and nothing that was given."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.facts.endpoint import shape_at, shape_of
from ccproxy.facts.shapes import SHAPES
from ccproxy.models.fit import EFFORTS, fit, known_effort
from ccproxy.models.label_models import Model, Models
from tests.language.bodies import bodies
from tests.language.profile import examples

UNKNOWN = Model("hosted_vllm/a", "hosted_vllm", None, {})
MESSAGES = shape_at("/v1/messages")
CHAT = shape_at("/v1/chat/completions")
RESPONSES = shape_at("/v1/responses")
GEMINI = shape_at("/v1beta/models/m:generateContent")
CAPTURES = sorted(Path(__file__).parents[1].joinpath("captures").glob("*.json"))


def model(provider: str = "anthropic", **info: Any) -> Model:
    return Model(f"{provider}/m", provider, None, info)


def talk(*answers: Any) -> dict[str, Any]:
    """A conversation with these answers."""
    turns = [({"role": "user", "content": "a"}, {"role": "assistant", "content": answer}) for answer in answers]
    return {"messages": [message for turn in turns for message in turn] + [{"role": "user", "content": "z"}]}


def thinking(signature: Any, kind: str = "thinking") -> dict[str, Any]:
    return {"type": kind, "signature" if kind == "thinking" else "data": signature, "thinking": "…"}


@pytest.mark.parametrize(
    ("shape", "body", "expected", "changes"),
    [
        (MESSAGES, {"max_tokens": 5}, {"max_tokens": 5}, ()),
        (MESSAGES, {"max_tokens": 100}, {"max_tokens": 100}, ()),
        (MESSAGES, {"max_tokens": 101}, {"max_tokens": 100}, ("max_tokens: 101 -> 100",)),
        (MESSAGES, {"max_tokens": 100.5}, {"max_tokens": 100}, ("max_tokens: 100.5 -> 100",)),
        (MESSAGES, {"max_tokens": "many"}, {"max_tokens": "many"}, ()),
        (CHAT, {"max_completion_tokens": 200}, {"max_completion_tokens": 100}, ("max_completion_tokens: 200 -> 100",)),
        (RESPONSES, {"max_output_tokens": 200}, {"max_output_tokens": 100}, ("max_output_tokens: 200 -> 100",)),
        (
            GEMINI,
            {"generationConfig": {"maxOutputTokens": 200, "a": 1}},
            {"generationConfig": {"maxOutputTokens": 100, "a": 1}},
            ("generationConfig.maxOutputTokens: 200 -> 100",),
        ),
        (
            GEMINI,
            {"generation_config": {"max_output_tokens": 200}},
            {"generation_config": {"max_output_tokens": 100}},
            ("generation_config.max_output_tokens: 200 -> 100",),
        ),
    ],
)
def test_caps(shape: Any, body: dict[str, Any], expected: dict[str, Any], changes: tuple[str, ...]) -> None:
    for kept in (False, True):
        fitted = fit(body, shape, model(max_output_tokens=100), kept=kept)
        assert (fitted.body, fitted.changes) == (expected, changes)
        assert (fitted.body is body) is (not changes)


@pytest.mark.parametrize(
    ("cap", "budget", "expected"),
    [(8_000, 31_999, 7_999), (8_000, 8_000, 7_999), (8_000, 7_999, 7_999), (1_025, 2_000, 1_024), (1_024, 2_000, None), (500, 2_000, None)],
)
def test_a_budget_stays_under_the_cap(cap: int, budget: int, expected: int | None) -> None:
    body = {"max_tokens": 64_000, "thinking": {"type": "enabled", "budget_tokens": budget}}
    fitted = fit(body, MESSAGES, model(max_output_tokens=cap)).body
    assert fitted.get("thinking") == (None if expected is None else {"type": "enabled", "budget_tokens": expected})
    assert fit(body, MESSAGES, model(max_output_tokens=cap), think=False).body["thinking"] == body["thinking"]


def test_a_budget_over_its_own_cap_is_the_client_s_affair() -> None:
    """With interleaved thinking it may be over the cap."""
    body = {"max_tokens": 9_000, "thinking": {"type": "enabled", "budget_tokens": 20_000}}
    assert fit(body, MESSAGES, model(max_output_tokens=8_000)).body["thinking"] == body["thinking"]
    assert fit(body, MESSAGES, model(max_output_tokens=16_000)).body is body


@pytest.mark.parametrize(
    ("effort", "info", "expected"),
    [
        ("max", {}, "max"),
        ("max", {"supports_max_reasoning_effort": True}, "max"),
        ("max", {"supports_max_reasoning_effort": False}, "xhigh"),
        ("max", {"supports_max_reasoning_effort": False, "supports_xhigh_reasoning_effort": False}, "high"),
        ("minimal", {"supports_minimal_reasoning_effort": False}, "none"),
        ("minimal", {"supports_minimal_reasoning_effort": False, "supports_none_reasoning_effort": False}, None),
        ("max", {"reasoning_effort_levels": ["low", "medium"]}, "medium"),
        ("low", {"reasoning_effort_levels": ["medium"]}, None),
        ("max", {"reasoning_effort_levels": []}, None),
        ("high", {"supports_reasoning": False}, None),
        ("none", {"supports_reasoning": False, "supports_none_reasoning_effort": True}, "none"),
    ],
)
def test_efforts(effort: str, info: dict[str, Any], expected: str | None) -> None:
    assert known_effort(effort, model(**info)) == expected
    of_messages, of_chat, of_responses = ("output_config", "effort"), ("reasoning_effort",), ("reasoning", "effort")
    places: tuple[tuple[Any, tuple[str, ...]], ...] = ((MESSAGES, of_messages), (CHAT, of_chat), (RESPONSES, of_responses))
    for shape, path in places:
        body: dict[str, Any] = {"x": 1, path[0]: {path[1]: effort, "other": 2} if len(path) > 1 else effort}
        fitted = fit(body, shape, model(**info))
        found: Any = fitted.body.get(path[0])
        assert (found.get(path[1]) if len(path) > 1 else found) == expected
        assert bool(fitted.changes) is (expected != effort)
        assert fit(body, shape, model(**info), kept=True).body is body
        assert fit(body, shape, model(**info), think=False).body is body


def test_an_effort_that_nobody_knows_is_left() -> None:
    body = {"reasoning_effort": "ultra"}
    assert fit(body, CHAT, model(reasoning_effort_levels=["low"])).body is body


@pytest.mark.parametrize(
    ("shape", "key", "choice", "expected"),
    [
        (MESSAGES, "tool_choice", {"type": "tool", "name": "a"}, {"type": "auto"}),
        (MESSAGES, "tool_choice", {"type": "any", "disable_parallel_tool_use": True}, {"type": "auto", "disable_parallel_tool_use": True}),
        *((shape, "tool_choice", "required", "auto") for shape in (CHAT, RESPONSES)),
        (CHAT, "tool_choice", {"type": "function", "function": {"name": "a"}}, "auto"),
        (RESPONSES, "tool_choice", {"type": "function", "name": "a"}, "auto"),
        (RESPONSES, "tool_choice", {"type": "web_search_preview"}, "auto"),
        (
            CHAT,
            "tool_choice",
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [1]}},
            {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [1]}},
        ),
        (
            RESPONSES,
            "tool_choice",
            {"type": "allowed_tools", "mode": "required", "tools": [1]},
            {"type": "allowed_tools", "mode": "auto", "tools": [1]},
        ),
        *(
            (GEMINI, key, {"functionCallingConfig": calling}, {"functionCallingConfig": {"mode": "AUTO"}})
            for key in ("toolConfig", "tool_config")
            for calling in ({"mode": "ANY"}, {"mode": "ANY", "allowedFunctionNames": ["a"]})
        ),
        *((MESSAGES, "tool_choice", {"type": kind}, None) for kind in ("auto", "none", "odd")),
        *((CHAT, "tool_choice", choice, None) for choice in ("auto", "none", "", 3, {"type": "function"})),
        (
            GEMINI,
            "tool_config",
            {"function_calling_config": {"mode": "any", "allowed_function_names": ["a"]}, "retrievalConfig": {"languageCode": "de"}},
            {"function_calling_config": {"mode": "AUTO"}, "retrievalConfig": {"languageCode": "de"}},
        ),
        *(
            (GEMINI, "toolConfig", {"functionCallingConfig": calling}, None)
            for calling in ({"mode": "VALIDATED"}, {"mode": "MODE_UNSPECIFIED"}, {"mode": "AUTO", "allowedFunctionNames": ["a"]})
        ),
    ],
)
def test_a_forced_tool_is_left_to_a_model_that_cannot_be_made_to_use_one(shape: Any, key: str, choice: Any, expected: Any) -> None:
    body = {key: choice, "x": 1}
    told = (f"{key}: a tool is not forced, but left to the model",)
    fitted = fit(body, shape, model(supports_forced_tool_use=False))
    assert (fitted.body, fitted.changes) == ((body, ()) if expected is None else ({key: expected, "x": 1}, told))
    assert fit(body, shape, model()).body is body
    assert fit(body, shape, model(supports_forced_tool_use=True)).body is body
    assert fit(body, shape, model(supports_forced_tool_use=False), kept=True).body is body


@pytest.mark.parametrize("kind", ["thinking", "redacted_thinking"])
@pytest.mark.parametrize(
    ("signature", "stays"),
    [
        *(("EqQBCkYIBBgC", True), ("c2ln1", True), ("", False), (None, False), (7, False)),
        *(("gAAAAABoAAAA", False), ("litellm_encrypted_reasoning:x", False)),
    ],
)
def test_signatures(kind: str, signature: Any, stays: bool) -> None:
    blocks = [thinking(signature, kind), {"type": "text", "text": "well"}]
    body = talk(blocks)
    fitted = fit(body, MESSAGES, model())
    assert fitted.body["messages"][1]["content"] == (blocks if stays else blocks[1:])
    assert fitted.changes == (() if stays else ("messages: 1 block of another provider's thinking left out",))
    assert fit(body, MESSAGES, model("openai")).body is body
    assert fit(body, MESSAGES, model(), kept=True).body is body


def test_an_answer_that_was_all_thinking_goes_whole() -> None:
    body = talk([thinking("")])
    assert [message["content"] for message in fit(body, MESSAGES, model()).body["messages"]] == ["a", "z"]


def test_origins_tell_who_thought() -> None:
    """Pairs of a number of messages and the vendor that answered them."""
    body = talk(*([thinking("c2ln"), {"type": "text", "text": str(turn)}] for turn in range(2)))
    fitted = fit(body, MESSAGES, model(), origins=[(1, "google"), (3, "anthropic")])
    assert [len(message["content"]) for message in fitted.body["messages"]] == [1, 1, 1, 2, 1]


@pytest.mark.parametrize("kept", [False, True])
def test_the_suffix(kept: bool) -> None:
    fitted = fit({"a": 1, "model": "anthropic/claude-sonnet-5[1m]"}, MESSAGES, UNKNOWN, kept=kept)
    assert (fitted.body, fitted.changes) == ({"a": 1, "model": "anthropic/claude-sonnet-5"}, ("model: [1m] taken off",))
    body = {"model": "odd[2m]"}
    assert fit(body, MESSAGES, UNKNOWN, kept=kept).body is body


def test_captures_fit_the_models_of_the_starter_config(tmp_path: Path) -> None:
    """No body is changed that needs no change."""
    config = tmp_path / "config.yaml"
    names = ("claude-sonnet-5", "claude-opus-5-5")
    entries = (f"- {{model_name: {name}, litellm_params: {{model: anthropic/{name}}}}}\n" for name in names)
    config.write_text("model_list:\n" + "".join(entries))
    models = Models.read(config)
    assert len(CAPTURES) > 20
    for path in CAPTURES:
        found = json.loads(path.read_text("utf-8"))
        body = found.get("body", found)
        if not isinstance(body, dict):
            continue
        shape = shape_at(found["path"]) if "path" in found else shape_of(body)[0]
        for name in names:
            fitted = fit({**body, "model": name}, shape, models.of(name)[0])
            assert fitted.changes == (), (path.name, name)


USE, RESULT = {"type": "tool_use", "id": "t", "name": "a", "input": {}}, {"type": "tool_result", "tool_use_id": "t", "content": "b"}
OWN, FOREIGN, SAID = thinking("EqQBxx"), thinking("gAAAAAB"), {"type": "text", "text": "c"}


@pytest.mark.parametrize("asked", ["enabled", "adaptive", "disabled", None])
@pytest.mark.parametrize(
    ("contents", "without"),
    [
        (["hi", [FOREIGN, USE], [RESULT]], True),
        (["hi", [SAID, USE], [RESULT, SAID]], True),
        (["hi", [USE], [RESULT], [OWN, USE], [RESULT]], True),
        (["hi", "some words", [RESULT]], True),
        (["hi", [OWN, USE], [RESULT]], False),
        (["hi", [FOREIGN, OWN, USE], [RESULT]], False),
        (["hi", [OWN, USE], [RESULT], [USE], [RESULT]], False),  # what goes on after results begins with no thinking of its own
        (["hi", [USE], [RESULT], [SAID], "go on", [OWN, USE], [RESULT]], False),
        (["hi", [FOREIGN, USE], [RESULT], [SAID], "go on"], False),
        (["hi", [USE], [SAID]], False),
        ([[RESULT]], False),
    ],
)
def test_a_budget_goes_where_an_open_use_of_tools_began_without_thinking(asked: str | None, contents: list[Any], without: bool) -> None:
    messages = [{"role": "assistant" if turn % 2 else "user", "content": content} for turn, content in enumerate(contents)]
    body = {"messages": messages, "thinking": {"type": asked}}
    fitted = fit(body, MESSAGES, model())
    gone = asked == "enabled" and without
    assert ("thinking" not in fitted.body) is gone
    assert len(fitted.changes) == (FOREIGN in [block for one in contents if isinstance(one, list) for block in one]) + gone
    assert fit(body, MESSAGES, model("openai")).body is body
    assert fit(body, MESSAGES, model(), think=False).body is body


def limited(cap: int | None, levels: list[str] | None, low: bool | None, forced: bool | None, provider: str) -> Model:
    efforts = {"reasoning_effort_levels": levels, "supports_low_reasoning_effort": low}
    return model(provider, max_output_tokens=cap, supports_forced_tool_use=forced, **efforts)


CAPPED = st.builds(
    limited,
    st.sampled_from([None, 1, 500, 1_024, 2_000]),
    st.none() | st.lists(st.sampled_from(EFFORTS)),
    st.none() | st.booleans(),
    st.none() | st.booleans(),
    st.sampled_from(["anthropic", "openai", "hosted_vllm"]),
)
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "max_tokens": st.sampled_from([0, 1, 1_500, 64_000, "x", None]),
        "max_completion_tokens": st.sampled_from([700, 64_000]),
        "thinking": st.sampled_from([{"type": "enabled", "budget_tokens": 1_200}, {"type": "adaptive"}, {}, "on", None]),
        "reasoning_effort": st.sampled_from([*EFFORTS, "odd", 3]),
        "output_config": st.sampled_from([{"effort": "max"}, {"effort": None}, [], {}]),
        "reasoning": st.sampled_from([{"effort": "xhigh"}, {}, None]),
        "tool_choice": st.sampled_from(["required", {"type": "any"}, {"type": "allowed_tools", "mode": "required"}, {"type": []}, 3]),
        "toolConfig": st.sampled_from([{"functionCallingConfig": {"mode": "ANY"}}, {"functionCallingConfig": 3}, []]),
        "messages": st.sampled_from([[{"role": "assistant", "content": [thinking("")]}], [None, 3, {"role": "assistant"}], "hi", {}]),
    },
)


@examples(100)
@given(body=ASKED | bodies(), target=CAPPED, shape=st.sampled_from(SHAPES), kept=st.booleans())
def test_fitting_never_raises_changes_nothing_given_and_is_done_once(body: Any, target: Model, shape: Any, kept: bool) -> None:
    body = body if isinstance(body, dict) else {}
    before = copy.deepcopy(body)
    fitted = fit(body, shape, target, kept=kept)
    assert body == before
    assert (fitted.body is body) is (not fitted.changes)
    again = fit(fitted.body, shape, target, kept=kept)
    assert again.body is fitted.body
    assert fit(body, shape, UNKNOWN, kept=kept).changes in ((), ("model: [1m] taken off",))

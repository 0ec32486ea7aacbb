"""Rules see what the model gets: the facts of what reaches a provider are those that were decided on, whatever else a body holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy import Request
from ccproxy.facts.facts import Facts, observe_request
from tests.language.profile import examples

from .proxy import Proxy, running_proxy
from .upstream import Upstream

FACTS = (
    "max_tokens",
    "messages",
    "turns",
    "thinking",
    "thinking.type",
    "thinking.budget",
    "effort",
    "tools",
    "tools.types",
    "tools.called",
    "tool_choice",
    "prompt",
    "system",
    "images",
    "documents",
    "output.format",
)
"""What is compared: all that a body says but the model, which the policy chooses, and what LiteLLM keeps to itself (`metadata`, `user`)."""

HI: list[Any] = [{"role": "user", "content": "hi"}]
SCHEMA = {"type": "object", "properties": {}}
FUNCTION = {"type": "function", "function": {"name": "Read", "parameters": SCHEMA}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}

APIS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "/v1/messages": (
        {"model": "default", "max_tokens": 50, "messages": HI},
        {
            "system": "be brief",
            "stream": True,
            "tools": [{"name": "Bash", "description": "d", "input_schema": SCHEMA}],
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "max_tokens": 2048,
            "messages": [*HI, {"role": "assistant", "content": "yes"}, {"role": "user", "content": "do it"}],
        },
    ),
    "/v1/chat/completions": (
        {"model": "o-default", "messages": HI},
        {
            "stream": True,
            "tools": [FUNCTION],
            "tool_choice": "required",
            "max_tokens": 30,
            "max_completion_tokens": 40,
            "response_format": FORMAT,
            "messages": [{"role": "system", "content": "be brief"}, *HI],
        },
    ),
    "/v1/responses": (
        {"model": "o-default", "input": "hi"},
        {
            "instructions": "be brief",
            "stream": True,
            "tools": [{"type": "function", "name": "Read", "parameters": SCHEMA}],
            "tool_choice": "auto",
            "max_output_tokens": 60,
            "input": [{"role": "user", "content": [{"type": "input_text", "text": "look"}]}],
        },
    ),
    "/v1/completions": ({"model": "o-default", "prompt": "hi"}, {"max_tokens": 70, "stream": True, "prompt": "say"}),
    "/v1/embeddings": ({"model": "o-default", "input": "hi"}, {"input": "embed"}),
}
"""Path -> a body, and fields of its API that it may have besides or instead."""

DECOYS: dict[str, Any] = {
    "messages": [{"role": "user", "content": "decoy"}],
    "input": "decoy",
    "prompt": "decoy",
    "contents": [{"role": "user", "parts": [{"text": "decoy"}]}],
    "system": "decoy",
    "instructions": "decoy",
    "max_tokens": 9,
    "max_completion_tokens": 8,
    "max_output_tokens": 7,
    "generationConfig": {"maxOutputTokens": 6},
}
"""Keys of other APIs."""


def bodies(path: str) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies of an API: fields of its own, decoys of others, and both hidden in `extra_body`."""
    base, own = APIS[path]
    others = {name: value for name, value in DECOYS.items() if name not in base and name not in own}
    some_own = st.sets(st.sampled_from(sorted(own))).map(lambda names: {name: own[name] for name in names})
    some_other = st.sets(st.sampled_from(sorted(others)), max_size=3).map(lambda names: {name: others[name] for name in names})
    hidden = st.one_of(st.none(), st.builds(lambda left, right: {**left, **right}, some_own, some_other))

    def build(mine: dict[str, Any], decoys: dict[str, Any], extra: dict[str, Any] | None) -> dict[str, Any]:
        return {**decoys, **base, **mine, **({} if extra is None else {"extra_body": {**extra, "model": "o-think"}})}

    return st.builds(build, some_own, some_other, hidden).map(_with_tools if path == "/v1/chat/completions" else lambda body: body)


def _with_tools(body: dict[str, Any]) -> dict[str, Any]:
    """LiteLLM drops a choice among no tools."""
    offered = "tools" in body or "tools" in body.get("extra_body", {})
    chosen = "tool_choice" in body or "tool_choice" in body.get("extra_body", {})
    return {**body, "tools": [FUNCTION]} if chosen and not offered else body


def facts_of(path: str, body: Any) -> Facts:
    return observe_request(Request(body, path=path))


@pytest.fixture(scope="module")
def running(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running_proxy(
        tmp_path_factory.mktemp("proxy"), provider, "default -> keep\n", settings={"litellm_settings": {"drop_params": False}}
    ) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


@pytest.mark.parametrize("path", APIS)
def test_the_facts_that_are_decided_on_are_those_of_what_the_model_gets(proxy: Proxy, path: str) -> None:
    arrived: list[int] = []

    @examples(40)
    @given(bodies(path))
    def check(body: dict[str, Any]) -> None:
        proxy.upstream.received.clear()
        answer = proxy.post(path, body)
        received = [request for request in proxy.upstream.received if request.path != "/v1/models"]
        if not received:
            assert answer.status_code >= 400, answer.text
            return
        arrived.append(answer.status_code)
        decided, got = facts_of(path, body), facts_of(received[0].path, received[0].body)
        different = {name: (decided.read(name), got.read(name)) for name in FACTS if decided.read(name) != got.read(name)}
        assert different == {}, f"{body}\n{received[0].body}"
        assert received[0].body["model"] == "up-default"

    check()
    assert len(arrived) > 20


@pytest.mark.parametrize(
    ("path", "fields", "gone"),
    [
        ("/v1/chat/completions", {"max_completion_tokens": 40, "max_tokens": 9000}, "max_tokens"),
        ("/v1/messages", {"output_config": {"effort": "low"}, "reasoning_effort": "high"}, "reasoning_effort"),
    ],
)
def test_a_second_key_for_one_thing_reaches_no_model(proxy: Proxy, path: str, fields: dict[str, Any], gone: str) -> None:
    answer = proxy.post(path, {**APIS[path][0], **fields})
    assert answer.status_code == 200, answer.text
    (received,) = [request for request in proxy.upstream.received if request.path != "/v1/models"]
    assert gone not in received.body
    # and nothing that LiteLLM would have made of it
    assert "thinking" not in received.body


@pytest.mark.parametrize(
    ("path", "model"), [("/v1/messages", "o-default"), ("/v1/chat/completions", "default"), ("/v1/responses", "default")]
)
def test_what_is_translated_for_another_api_says_the_same(proxy: Proxy, path: str, model: str) -> None:
    arrived: list[int] = []

    @examples(25)
    @given(bodies(path))
    def check(body: dict[str, Any]) -> None:
        proxy.upstream.received.clear()
        asked = {**body, "model": model}
        answer = proxy.post(path, asked)
        received = [request for request in proxy.upstream.received if request.path != "/v1/models"]
        if not received:
            assert answer.status_code >= 400, answer.text
            return
        arrived.append(answer.status_code)
        decided, got = facts_of(path, asked), facts_of(received[0].path, received[0].body)
        for name in ("prompt", "system"):
            assert decided.read(name) == got.read(name), f"{asked}\n{received[0].path} {received[0].body}"
        # LiteLLM has Anthropic's models write JSON by a tool of its own
        offered = tuple(name for name in got.tools or () if name != "json_tool_call")
        assert (decided.tools or ()) == offered, f"{asked}\n{received[0].path} {received[0].body}"

    check()
    assert len(arrived) > 3

"""Reading LiteLLM's `data`, and changing it: no LiteLLM needed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ccproxy.facts import FACTS
from ccproxy.facts.schema import InKey
from ccproxy.gateway.litellm_data import arrival, key_facts, read_request, remove_detours, set_fallbacks


def messages_data(**body: Any) -> dict[str, Any]:
    """`data` as `/v1/messages` has it: the client's `metadata` stays its own."""
    sent = {"model": "asked", "messages": [], **body}
    metadata = {"headers": {}, "user_api_key_alias": "ci"}
    snapshot = {**sent, "litellm_metadata": metadata}
    proxied = {"url": "http://h:1/v1/messages?beta=true", "headers": {"x-a": "1"}, "body": snapshot, "arrival_time": 12.5}
    return {**sent, "litellm_metadata": metadata, "litellm_call_id": "c", "secret_fields": {}, "proxy_server_request": proxied}


def chat_data(metadata: dict[str, Any] | None, **body: Any) -> dict[str, Any]:
    """`data` as chat has it: LiteLLM writes its own into the client's `metadata`."""
    sent = {"model": "asked", "messages": [], **body}
    asked = {**(metadata or {}), "headers": {"host": "h"}, "used_client_oauth_token": False}
    ours = {**asked, "user_api_key_alias": "ci", "requester_metadata": asked}
    proxied = {"url": "http://h:1/v1/chat/completions", "headers": {}, "body": {**sent, "metadata": ours}, "arrival_time": 1.0}
    return {**sent, "metadata": ours, "proxy_server_request": proxied}


def test_the_request_is_what_the_client_sent() -> None:
    request = read_request(messages_data(metadata={"user_id": "u"}, top_k=3), None, "anthropic_messages")
    assert request.body == {"model": "asked", "messages": [], "metadata": {"user_id": "u"}, "top_k": 3}
    assert request.headers == {"x-a": "1"}
    assert request.path == "http://h:1/v1/messages?beta=true"


def test_the_model_that_was_asked_for_not_an_alias_of_it() -> None:
    data = messages_data()
    data["model"] = "alias-target"
    assert read_request(data, None, "anthropic_messages").body["model"] == "asked"


def test_the_model_of_a_path() -> None:
    data = messages_data()
    del data["proxy_server_request"]["body"]["model"]
    assert read_request(data, None, "anthropic_messages").body["model"] == "asked"


def test_the_metadata_of_chat_is_the_client_s() -> None:
    assert read_request(chat_data({"purpose": "test"}), None, "acompletion").body["metadata"] == {"purpose": "test"}
    assert "metadata" not in read_request(chat_data(None), None, "acompletion").body


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"body": 5, "headers": 5, "url": 5}, {"headers": {1: 2, "a": None}}])
def test_nothing_raises_on_data_of_another_shape(value: Any) -> None:
    data = {"proxy_server_request": value, "metadata": value, "extra_body": value, "litellm_metadata": value, "fallbacks": value}
    read_request(data, value, "acompletion")
    remove_detours(data, "anthropic_messages")
    set_fallbacks(data, (), alone=False)
    arrival(data)
    assert "fallbacks" not in data


def test_arrival_is_that_of_the_request() -> None:
    assert arrival(messages_data()) == 12.5
    assert arrival({}) is None


def test_the_facts_of_a_key() -> None:
    key = SimpleNamespace(
        key_alias="ci", team_alias=None, team_id="t1", user_id="u", org_id="o", metadata={"tags": ["a"]}, spend=1.5, max_budget=10.0
    )
    expected = {"alias": "ci", "team": "t1", "user": "u", "org": "o", "tags": ["a"], "spend": 1.5, "budget": 10.0}
    assert key_facts(key) == expected
    assert set(expected) == {fact.place.name for fact in FACTS if isinstance(fact.place, InKey)}
    key.team_alias = "research"
    assert key_facts(key)["team"] == "research"
    assert set(key_facts(None).values()) == {None}


@pytest.mark.parametrize(
    "name", ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "specific_deployment", "deployment_id", "models"]
)
def test_detours_are_removed(name: str) -> None:
    data = messages_data(**{name: ["x"]})
    remove_detours(data, "anthropic_messages")
    assert name not in data


def test_extra_body_loses_its_model_and_nothing_else() -> None:
    extra = {"model": "x", "fallbacks": ["x"], "top_k": 3}
    data = messages_data(extra_body=extra)
    remove_detours(data, "anthropic_messages")
    assert data["extra_body"] == {"top_k": 3}
    assert extra["model"] == "x"


@pytest.mark.parametrize("name", ["router_settings_override", "litellm_credential_name", "custom_llm_provider", "azure"])
def test_settings_of_litellm_stay_those_of_the_client_go(name: str) -> None:
    data = messages_data(**{name: {"fallbacks": ["x"]}})
    remove_detours(data, "anthropic_messages")
    assert name not in data
    data = messages_data(**{name: {"fallbacks": ["x"]}})
    data[name] = {"num_retries": 2}
    remove_detours(data, "anthropic_messages")
    assert data[name] == {"num_retries": 2}


def test_fallbacks_of_the_rule() -> None:
    data = messages_data()
    set_fallbacks(data, ("a", "b"), alone=False)
    assert data["fallbacks"] == ["a", "b"]

"""The login of a Claude subscription in the arguments of LiteLLM's calls."""

from __future__ import annotations

from typing import Any

import pytest

from ccproxy.gateway.login import HEADERS, address_of, without_login
from ccproxy.models.addresses import is_anthropic_address

LOGIN = {"authorization": "Bearer sk-ant-oat01-x"}
BETA = {"custom_llm_provider": "anthropic,bedrock", "extra_headers": {"anthropic-beta": "b"}}


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("https://api.anthropic.com", True),
        ("https://api.anthropic.com:8443/v1/messages", True),
        ("https://anthropic.com/", True),
        ("http://api.anthropic.com", False),
        ("api.anthropic.com", False),
        ("https://api.anthropic.com.example", False),
        ("https://notanthropic.com", False),
        ("https://api.anthropic.com@example.org", False),
        ("https://example.org/#@api.anthropic.com", False),
        ("https://example.org\\@api.anthropic.com", False),
        ("http://127.0.0.1:4000", False),
        ("https://[bad", False),
        ("", False),
    ],
)
def test_whose_an_address_is(address: str, own: bool) -> None:
    assert is_anthropic_address(address) is own


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ({}, None),
        ({"headers": None, "extra_headers": 5, "provider_specific_header": [None, "x", {}]}, None),
        ({"headers": {"authorization": "Bearer sk-other", "x": 5}}, None),
        ({"provider_specific_header": BETA}, None),
        (
            {"provider_specific_header": {"custom_llm_provider": "anthropic", "extra_headers": LOGIN}},
            {"provider_specific_header": {"custom_llm_provider": "anthropic", "extra_headers": {}}},
        ),
        (
            {"provider_specific_header": (BETA, {"custom_llm_provider": "anthropic", "extra_headers": LOGIN})},
            {"provider_specific_header": [BETA, {"custom_llm_provider": "anthropic", "extra_headers": {}}]},
        ),
        ({"headers": {"Authorization": "bearer\tsk-ant-oat01-x "}}, {"headers": {}}),
        ({"headers": {**LOGIN, "extra_headers": {"x": "1"}}}, {"headers": {"extra_headers": {"x": "1"}}}),
        ({"headers": {**LOGIN, "x": "1"}, "extra_headers": {"X-Api-Key": "sk-ant-oat01-x"}}, {"headers": {"x": "1"}, "extra_headers": {}}),
    ],
)
def test_the_login_is_taken_out(arguments: dict[str, Any], left: dict[str, Any] | None) -> None:
    before = repr(arguments)
    assert without_login({**arguments, "model": "m"}) == (None if left is None else {**left, "model": "m"})
    assert repr(arguments) == before


def test_what_a_client_nests_is_not_followed() -> None:
    deep: Any = LOGIN
    for _ in range(10_000):
        deep = {"extra_headers": [deep]}
    assert without_login(dict.fromkeys(HEADERS, deep)) is None


def test_where_a_call_goes() -> None:
    environment = {"ANTHROPIC_BASE_URL": "https://b"}
    assert address_of({}, {}, {}) is None
    assert address_of({"api_base": None, "base_url": ""}, {}, environment) == "https://b"
    assert address_of({}, {}, {**environment, "ANTHROPIC_API_BASE": "https://a"}) == "https://a"
    assert address_of({}, {"api_base": "https://c"}, environment) == "https://c"
    assert address_of({"api_base": "https://d"}, {"api_base": "https://c"}, environment) == "https://d"

"""Every call of the installed LiteLLM is known: routed, of a kind that can be refused, or of no chat model."""

from __future__ import annotations

import inspect
import typing
from unittest.mock import Mock
from uuid import uuid4

import pytest
from litellm.proxy.common_request_processing import ProxyBaseLLMRequestProcessing
from litellm.types.utils import CallTypes

from ccproxy.facts import calls
from ccproxy.facts.calls import Handled, Kind, Passage, handled, kind_of_path
from ccproxy.facts.definitions import BY_NAME
from ccproxy.facts.endpoint import of_path
from ccproxy.gateway.call_types import KINDS, PASSED, ROUTED, kind_of_call


def test_every_call_type_is_known() -> None:
    route_type = inspect.signature(ProxyBaseLLMRequestProcessing.base_process_llm_request).parameters["route_type"]
    processed = set(typing.get_args(route_type.annotation))
    assert len(processed) > 50
    named = {call.value for call in CallTypes}
    # of each there is one to await, which is what a proxy calls
    awaited = processed | {name for name in named if not {f"a{name}", f"a_{name}"} & named and name != "aanthropic_messages"}
    assert awaited - set(ROUTED) - set(KINDS) - PASSED == set()


def test_a_call_that_nobody_knows_is_refused() -> None:
    assert kind_of_call("ahologram") is Kind.OTHER
    assert kind_of_call("amoderation") is None


def test_every_api_is_routed_by_a_path_of_its_own() -> None:
    # counting is no call that LiteLLM tells the hook of: it has a route of ours
    assert {of_path(path) for path in ROUTED.values()} == set(BY_NAME["endpoint"].texts.values) - {"count_tokens"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/messages", None),
        ("/v1/messages/count_tokens?beta=true", Kind.COUNT),
        ("http://h:4000/openai/v1/responses/input_tokens", Kind.COUNT),
        ("/v1beta/models/m:countTokens", Kind.COUNT),
        ("/openai/v1/responses", None),
        ("/openai/v1/responses/compact", None),
        ("/openai/deployments/a/b/chat/completions", None),
        ("/openai/v1/chat/completions", Kind.PASS_THROUGH),
        ("/openai/v1/realtime/client_secrets", Kind.REALTIME),
        ("/anthropic/v1/messages", Kind.PASS_THROUGH),
        ("/vllm/v1/chat/completions", Kind.PASS_THROUGH),
        ("/azure/openai/deployments/a/chat/completions", Kind.PASS_THROUGH),
        ("/cursor/chat/completions", None),
        ("/cursor/v1/agents", Kind.PASS_THROUGH),
        ("/v1/batches", Kind.BATCHES),
        ("/openai/v1/batches", Kind.PASS_THROUGH),
        ("/bedrock2/v1/batches", Kind.BATCHES),
        ("/v1/batches/b1/cancel", None),
        ("/v1beta/interactions", Kind.INTERACTIONS),
        ("/rag/query", Kind.RAG),
        ("/queue/chat/completions", Kind.OTHER),
        ("/v1/images/generations", None),
    ],
)
def test_the_kind_of_a_path(path: str, kind: Kind | None) -> None:
    assert kind_of_path(path) is kind


def test_only_the_first_request_to_a_path_is_held_against_the_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = Mock(side_effect=calls._kinds)
    monkeypatch.setattr(calls, "_kinds", patterns)
    again, long = f"/v1/{uuid4()}", f"/v1/{'long' * 100}"
    for path in (again, f"{again}?beta=true", f"http://proxy{again}", long, long):
        assert kind_of_path(path) is None
    assert patterns.call_count == 3  # whatever is long is not kept


@pytest.mark.parametrize(
    ("path", "passed", "expected"),
    [
        (None, (), Handled.ROUTED),
        ("/v1/messages?beta=true", (), Handled.ROUTED),
        ("/v1/messages/count_tokens", (), Handled.ROUTED),
        ("/v1/messages/count_tokens", (Kind.COUNT,), Handled.PASSED),
        ("/anthropic/v1/messages", (), Handled.REFUSED),
        ("/anthropic/v1/messages", (Kind.PASS_THROUGH,), Handled.PASSED),
        ("/anthropic/v1/messages", (Kind.COUNT,), Handled.REFUSED),
        ("/queue/chat/completions", (Kind.OTHER,), Handled.PASSED),
        ("/v1/moderations", (), Handled.PASSED),
        ("/engines/m/chat/completions", (), Handled.ROUTED),
    ],
)
def test_what_becomes_of_a_request(path: str | None, passed: tuple[Kind, ...], expected: Handled) -> None:
    assert handled(path, Passage(passed)) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/bria", Handled.REFUSED),
        ("/bria/v1/messages?beta=true", Handled.REFUSED),
        ("http://127.0.0.1:4000/llm/bria/", Handled.REFUSED),
        ("/brian/v1/messages", Handled.ROUTED),
        ("/v1/rerank", Handled.PASSED),
        ("/llm/v1/messages", Handled.ROUTED),
        ("/llm/anthropic/v1/messages", Handled.REFUSED),
        ("/llmanthropic/v1/messages", Handled.ROUTED),
        ("/anthropic/v1/messages", Handled.REFUSED),
        ("/llm/v1/messages/count_tokens", Handled.ROUTED),
    ],
)
def test_what_litellm_s_own_settings_make_of_it(path: str, expected: Handled) -> None:
    assert handled(path, Passage(through=("/bria/", "/v1/rerank", "/"), root="/llm/")) is expected
    if expected is Handled.REFUSED:
        assert handled(path, Passage([Kind.PASS_THROUGH], ("/bria/",), "/llm")) is Handled.PASSED

"""The hook by itself, called as LiteLLM calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import litellm
import pytest
from litellm.proxy._types import ProxyException, UserAPIKeyAuth
from litellm.types.utils import CredentialItem

import ccproxy
from ccproxy.facts.calls import Kind
from ccproxy.gateway import access, hook
from ccproxy.gateway.decider import Decider
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.hook import PolicyHook
from ccproxy.gateway.records import DecisionRecord

POLICY = """
when tokens > 60k                       -> token_count
when header("x-route") == "keep"        -> keep
when header("x-route") == "reject"      -> reject "not in this house"
when header("x-route") == "foreign"     -> "größe\\nx: y 50%"
when header("x-route") == "fallbacks"   -> think fallback default fallback web_search
default                                 -> default
"""


@pytest.fixture(scope="module")
def workers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def failures() -> Failures:
    return Failures()


@pytest.fixture
def policy_hook(workers: ThreadPoolExecutor, failures: Failures) -> PolicyHook:
    return PolicyHook(Decider(ccproxy.loads(POLICY), failures, workers))


def request(route: str = "", arrival: float = 1.0, **body: Any) -> dict[str, Any]:
    """`data` of a `/v1/messages` request."""
    sent = {"model": "asked", "messages": [{"role": "user", "content": "hi"}], **body}
    proxied = {"url": "http://h/v1/messages", "headers": {"x-route": route}, "body": dict(sent), "arrival_time": arrival}
    return {**sent, "litellm_metadata": {}, "litellm_call_id": "id-1", "proxy_server_request": proxied}


def run(the_hook: PolicyHook, *passes: dict[str, Any], key: Any = None, call_type: str = "anthropic_messages") -> dict[str, str] | None:
    """Run the hook on each `data`, one after the other in one context as LiteLLM does; the response headers after the last."""

    async def all_passes() -> dict[str, str] | None:
        for data in passes:
            await the_hook.async_pre_call_hook(key or UserAPIKeyAuth(), None, data, call_type)
        return await the_hook.async_post_call_response_headers_hook(passes[-1], None, None)

    return copy_context().run(asyncio.run, all_passes())


def test_litellm_finds_the_hooks_in_the_class_itself() -> None:
    hooks = {
        "async_pre_call_hook",
        "async_pre_call_deployment_hook",
        "async_post_call_response_headers_hook",
        "async_log_success_event",
    }
    assert hooks <= set(vars(PolicyHook))


def test_a_request_is_routed(policy_hook: PolicyHook) -> None:
    data = request()
    told = run(policy_hook, data)
    assert data["model"] == "default"
    assert set(data) == set(request())
    assert told is not None
    assert told["x-ccproxy-label"] == "default"
    assert told["x-ccproxy-rule"] == "policy.ccp:7"
    assert len(told["x-ccproxy-policy"]) == 12


class Told:
    """What is told of decisions."""

    def __init__(self) -> None:
        self.records: list[DecisionRecord] = []
        self.first = asyncio.Event()

    def __call__(self, record: DecisionRecord) -> None:
        self.records.append(record)
        self.first.set()


@pytest.fixture
def telling(workers: ThreadPoolExecutor, failures: Failures) -> tuple[PolicyHook, Told]:
    told = Told()
    return PolicyHook(Decider(ccproxy.loads(POLICY), failures, workers), told), told


def test_a_decision_is_told_once_and_before_the_answers_headers(telling: tuple[PolicyHook, Told]) -> None:
    the_hook, told = telling

    async def request_and_headers() -> None:
        await the_hook.async_pre_call_hook(UserAPIKeyAuth(), None, data, "anthropic_messages")
        assert told.records == []  # its client waits for no record
        for _ in range(2):
            await the_hook.async_post_call_response_headers_hook(data, None, None)
            assert [record.label for record in told.records] == ["default"]

    data = request()
    copy_context().run(asyncio.run, request_and_headers())


def test_a_decision_is_told_while_the_provider_takes_its_time(telling: tuple[PolicyHook, Told]) -> None:
    the_hook, told = telling

    async def one_request() -> None:
        await the_hook.async_pre_call_hook(UserAPIKeyAuth(), None, request(), "anthropic_messages")
        await told.first.wait()

    copy_context().run(asyncio.run, one_request())
    assert [(record.label, record.action) for record in told.records] == [("default", "route")]


def test_a_refusal_is_told_at_once(telling: tuple[PolicyHook, Told]) -> None:
    the_hook, told = telling
    with pytest.raises(ProxyException):
        run(the_hook, request("reject"))
    assert [record.action for record in told.records] == ["reject"]


def test_a_record_that_fails_is_counted_and_touches_no_request(workers: ThreadPoolExecutor, failures: Failures) -> None:
    def failing(record: DecisionRecord) -> None:
        raise ValueError("secret")

    the_hook = PolicyHook(Decider(ccproxy.loads(POLICY), failures, workers), failing)

    async def request_and_headers() -> dict[str, str] | None:
        await the_hook.async_pre_call_hook(UserAPIKeyAuth(), None, data, "anthropic_messages")
        return await the_hook.async_post_call_response_headers_hook(data, None, None)

    data = request()
    assert (copy_context().run(asyncio.run, request_and_headers()) or {})["x-ccproxy-label"] == "default"
    assert failures.count == 1


def test_of_a_failure_the_decision_is_told_first(workers: ThreadPoolExecutor, failures: Failures) -> None:
    told: list[str] = []
    decider = Decider(ccproxy.loads(POLICY), failures, workers)
    the_hook = PolicyHook(decider, lambda record: told.append("decision"), tell_answer=lambda record: told.append("answer"))

    async def failing() -> None:
        data = request()
        await the_hook.async_pre_call_hook(UserAPIKeyAuth(), None, data, "anthropic_messages")
        await the_hook.async_post_call_failure_hook(data, Exception(), None)

    copy_context().run(asyncio.run, failing())
    assert told == ["decision", "answer"]


def test_the_first_request_tells_that_litellm_has_started(workers: ThreadPoolExecutor, failures: Failures) -> None:
    told: list[str] = []
    the_hook = PolicyHook(Decider(ccproxy.loads(POLICY), failures, workers), started=lambda: told.append("started"))
    run(the_hook, request(), key=UserAPIKeyAuth.get_litellm_internal_health_check_user_api_key_auth())
    assert told == []
    for _ in range(2):
        run(the_hook, request())
    assert told == ["started"]


@pytest.mark.parametrize("call_type", ["amoderation", "aimage_generation", "aget_responses", "call_mcp_tool"])
def test_other_calls_are_left_alone(policy_hook: PolicyHook, call_type: str) -> None:
    data = request("reject", fallbacks=["x"])
    assert run(policy_hook, data, call_type=call_type) is None
    assert data == request("reject", fallbacks=["x"])


@pytest.mark.parametrize("call_type", ["pass_through_endpoint", "_aresponses_websocket", "_arealtime", "acreate_batch", "ahologram", ""])
def test_calls_that_go_round_are_refused(policy_hook: PolicyHook, call_type: str) -> None:
    with pytest.raises(ProxyException, match=r"other_calls: \{") as caught:
        run(policy_hook, request(), call_type=call_type)
    assert (caught.value.code, caught.value.type) == ("403", "permission_error")


def test_calls_that_go_round_are_passed_by_a_setting(workers: ThreadPoolExecutor, failures: Failures) -> None:
    the_hook = PolicyHook(Decider(ccproxy.loads(POLICY), failures, workers), passed={Kind.PASS_THROUGH})
    data = request("reject")
    assert run(the_hook, data, call_type="pass_through_endpoint") is None
    assert data == request("reject")
    with pytest.raises(ProxyException, match="batches"):
        run(the_hook, data, call_type="acreate_batch")


@pytest.mark.parametrize("call_type", ["acompact_responses", "agenerate_content", "agenerate_content_stream"])
def test_calls_of_other_apis_are_routed(policy_hook: PolicyHook, call_type: str) -> None:
    data = request()
    run(policy_hook, data, call_type=call_type)
    assert data["model"] == "default"


def test_health_checks_are_left_alone(policy_hook: PolicyHook) -> None:
    data = request("reject")
    assert run(policy_hook, data, key=UserAPIKeyAuth.get_litellm_internal_health_check_user_api_key_auth()) is None
    assert data["model"] == "asked"


def test_keep_and_its_label(policy_hook: PolicyHook) -> None:
    data = request("keep", fallbacks=["x", {"model": "y"}], models=["z"])
    told = run(policy_hook, data)
    assert told is not None
    assert (data["model"], told["x-ccproxy-label"]) == ("asked", "asked")
    assert data["fallbacks"] == ["x", "y"]
    assert "models" not in data


def test_a_rejection(policy_hook: PolicyHook) -> None:
    with pytest.raises(ProxyException) as caught:
        run(policy_hook, request("reject"))
    assert (caught.value.code, caught.value.message, caught.value.type) == ("400", "not in this house", "invalid_request_error")
    assert caught.value.headers["x-ccproxy-rule"] == "policy.ccp:4"


def test_headers_hold_any_label(policy_hook: PolicyHook) -> None:
    told = run(policy_hook, request("foreign"))
    assert told is not None
    assert told["x-ccproxy-label"] == "gr%C3%B6%C3%9Fe%0Ax: y 50%25"


def test_a_long_text_is_decided_in_a_thread(policy_hook: PolicyHook) -> None:
    data = request(messages=[{"role": "user", "content": " ".join(f"word{number}" for number in range(60_000))}])
    run(policy_hook, data)
    assert data["model"] == "token_count"


def test_the_same_request_again_keeps_the_model_that_litellm_put_in(policy_hook: PolicyHook) -> None:
    again = request("fallbacks", model="web_search", fallbacks=["mine"])
    told = run(policy_hook, request("fallbacks"), again)
    assert again["model"] == "web_search"
    assert again["fallbacks"] == ["default"]
    assert told is not None
    assert told["x-ccproxy-label"] == "web_search"
    assert told["x-ccproxy-rule"] == "policy.ccp:6"


def test_another_request_in_the_same_context_is_routed(policy_hook: PolicyHook) -> None:
    second = request("keep", arrival=2.0)
    told = run(policy_hook, request(), second)
    assert told is not None
    assert told["x-ccproxy-label"] == "asked"
    assert run(policy_hook, request(), request(arrival=3.0)) is not None


def test_a_body_that_looks_like_an_envelope_is_only_a_body(policy_hook: PolicyHook) -> None:
    spoofed = request(body={"messages": []}, headers={"x-route": "reject"}, facts={"tokens": 70_000}, at="2026-01-01T00:00")
    run(policy_hook, spoofed)
    assert spoofed["model"] == "default"


def test_a_policy_that_fails_stands_back(policy_hook: PolicyHook, failures: Failures, monkeypatch: pytest.MonkeyPatch) -> None:
    data = request()
    monkeypatch.setattr(policy_hook._decider.policy.router, "decide", lambda facts: 1 / 0)
    told = run(policy_hook, data)
    assert data["model"] == "default"
    assert told is not None
    assert "x-ccproxy-rule" not in told
    monkeypatch.setattr(policy_hook._decider.policy, "observe", fail_with(RecursionError()))
    run(policy_hook, request())
    assert failures.count == 2


def fail_with(error: Exception) -> Any:
    def fail(*arguments: object) -> None:
        raise error

    return fail


# ── Access ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_limited_key_is_refused_and_its_fallbacks_are_dropped(policy_hook: PolicyHook) -> None:
    key = UserAPIKeyAuth(key_alias="ci", models=["think", "web_search"])
    with pytest.raises(ProxyException) as caught:
        run(policy_hook, request(), key=key)
    assert caught.value.code == "403"
    assert caught.value.message == 'the key "ci" may not use "default", where policy.ccp:7 sends this request'
    data = request("fallbacks")
    run(policy_hook, data, key=key)
    assert data["fallbacks"] == ["web_search"]


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        (UserAPIKeyAuth(), True),
        (UserAPIKeyAuth(key_alias="free", user_id="u"), True),
        (UserAPIKeyAuth(models=["default"]), False),
        (UserAPIKeyAuth(team_id="t"), False),
        (UserAPIKeyAuth(access_group_ids=["g"]), False),
        (object(), False),
    ],
)
def test_without_litellm_s_check_limited_keys_are_refused(
    policy_hook: PolicyHook, monkeypatch: pytest.MonkeyPatch, key: Any, allowed: bool
) -> None:
    monkeypatch.setattr(access, "CHECK_IS_THERE", False)
    assert asyncio.run(access.refusal(key, "default")) == (None if allowed else "may not use")
    monkeypatch.setattr(access, "CHECK_IS_THERE", True)
    monkeypatch.setattr(access, "can_key_call_resolved_model", fail_with(TypeError()))
    assert asyncio.run(access.refusal(key, "default")) == (None if allowed else "may not use")


def test_the_budget_of_a_user_for_one_model() -> None:
    # by a real proxy it would take LiteLLM's database: from there it reads the user's
    key = UserAPIKeyAuth(user_id="u", user_model_max_budget={"think": {"max_budget": 0, "budget_duration": "1d"}})
    assert asyncio.run(access.refusal(key, "think")) == "has used up its budget for"
    assert asyncio.run(access.refusal(key, "default")) is None


def test_the_handler_is_made_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "policy.ccp").write_text("default -> think\n")
    monkeypatch.setenv("CCPROXY_CONFIG_DIR", str(tmp_path))
    handler = hook.handler
    assert type(handler) is PolicyHook
    assert hook.handler is handler
    with pytest.raises(AttributeError):
        _ = hook.nothing_of_the_kind


def test_the_login_of_a_subscription_goes_to_anthropic_alone(policy_hook: PolicyHook, monkeypatch: pytest.MonkeyPatch) -> None:
    login = {"custom_llm_provider": "anthropic", "extra_headers": {"authorization": "Bearer sk-ant-oat01-x"}}
    values: dict[str, Any] = {"api_base": "https://api.example"}
    entry = CredentialItem(credential_name="example", credential_values=values, credential_info={})
    monkeypatch.setattr(litellm, "credential_list", [entry])
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.delenv("ANTHROPIC_API_BASE", raising=False)

    def kept_back(**arguments: Any) -> bool:
        call = {"model": "anthropic/m", "provider_specific_header": login, **arguments}
        left = asyncio.run(policy_hook.async_pre_call_deployment_hook(call, None))
        assert left is None or left == {**call, "provider_specific_header": {**login, "extra_headers": {}}}
        return left is not None

    assert not kept_back()
    assert not kept_back(api_base="https://api.anthropic.com")
    assert kept_back(api_base="http://127.0.0.1:1")
    assert kept_back(litellm_credential_name="example")
    assert not kept_back(litellm_credential_name="none")
    assert asyncio.run(policy_hook.async_pre_call_deployment_hook({"api_base": "https://api.example"}, None)) is None
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://api.example")
    assert kept_back()

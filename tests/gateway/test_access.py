"""A key reaches only the labels that LiteLLM lets it name, whatever the policy says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from .policies import ROUTES
from .proxy import Proxy, running_proxy
from .upstream import Upstream

CHAT: list[Any] = [{"role": "user", "content": "hi"}]

KEYS: dict[str, dict[str, Any]] = {
    "sk-any": {"key_alias": "any"},
    "sk-default": {"key_alias": "small", "models": ["default", "o-default"]},
    "sk-two": {"key_alias": "two", "models": ["default", "think"]},
    "sk-alias": {"key_alias": "other", "team_id": "t2", "team_models": ["default"], "team_model_aliases": {"mine": "think"}},
    "sk-nameless": {"models": ["default"]},
    "sk-team": {"key_alias": "member", "team_id": "t1", "team_alias": "research", "team_models": ["default", "background"]},
    "sk-slow": {"key_alias": "slow", "metadata": {"model_rpm_limit": {"default": 1, "think": 1}}},
    "sk-slow-small": {"key_alias": "slow-small", "models": ["default"], "metadata": {"model_rpm_limit": {"default": 1}}},
    "sk-spent": {"key_alias": "spent", "model_max_budget": {"think": {"max_budget": 0, "budget_duration": "1d"}}},
    "sk-spent-team": {
        "team_id": "t2",
        "team_models": [],
        "team_model_max_budget": {"think": {"max_budget": 0, "budget_duration": "1d"}},
    },
    "sk-spent-end-user": {"end_user_id": "e2", "end_user_model_max_budget": {"think": {"max_budget": 0, "budget_duration": "1d"}}},
    "sk-no-health-check": {"key_alias": "litellm-internal-health-check"},
    "sk-tagged": {"key_alias": "tagged", "team_alias": "blue", "metadata": {"tags": ["beta"]}, "spend": 3.0, "max_budget": 4.0},
}
"""Bearer -> what LiteLLM's authentication says about it."""

AUTHENTICATION = """
from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth

KEYS = {keys}


async def authenticate(request, api_key):
    if api_key == "{master}":
        return UserAPIKeyAuth(api_key=api_key, user_role=LitellmUserRoles.PROXY_ADMIN)
    if api_key not in KEYS:
        raise ProxyException("who?", "auth_error", None, 401)
    return UserAPIKeyAuth(api_key=api_key, **KEYS[api_key])
"""

POLICY = (
    """
when key.team == "blue" and "beta" in key.tags and key.budget_used == 75 and not has tags -> web_search
when header("x-route") == "background-or-think" -> background fallback think
"""
    + ROUTES
)


@pytest.fixture(scope="module")
def running(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    settings = {
        "general_settings": {"custom_auth": "authentication.authenticate", "custom_auth_run_common_checks": True},
        "litellm_settings": {"enable_post_custom_auth_checks": True, "fallbacks": [{"default": ["background"]}, {"think": ["background"]}]},
    }
    files = {"authentication.py": AUTHENTICATION.replace("{keys}", repr(KEYS)).replace("{master}", "unused")}
    with running_proxy(tmp_path_factory.mktemp("proxy"), provider, POLICY, files=files, settings=settings) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


def to(label: str) -> dict[str, str]:
    return {"x-route": label}


def test_a_key_without_limits_goes_everywhere(proxy: Proxy) -> None:
    for label in ("think", "background", "default"):
        assert proxy.message(headers=to(label), key="sk-any").headers["x-ccproxy-label"] == label


def test_a_limited_key_reaches_its_label(proxy: Proxy) -> None:
    assert proxy.message(key="sk-default").status_code == 200
    assert proxy.upstream.models() == ["up-default"]


def test_a_limited_key_gets_403_from_messages(proxy: Proxy) -> None:
    client = proxy.anthropic("sk-default")
    with pytest.raises(anthropic.PermissionDeniedError) as caught:
        client.messages.create(model="default", max_tokens=5, messages=CHAT, extra_headers=to("think"))
    body: Any = caught.value.body
    assert body["type"] == "error"
    assert body["error"]["type"] == "permission_error"
    assert '"small" may not use "think"' in body["error"]["message"]
    assert caught.value.response.headers["x-ccproxy-rule"] == "policy.ccp:5"
    assert proxy.upstream.models() == []


def test_a_limited_key_gets_403_from_openai(proxy: Proxy) -> None:
    client = proxy.openai("sk-default")
    for call in (
        lambda: client.chat.completions.create(model="default", messages=CHAT, extra_headers=to("think")),
        lambda: client.responses.create(model="default", input="hi", extra_headers=to("think")),
        lambda: client.completions.create(model="o-default", prompt="hi", extra_headers=to("o-think")),
        lambda: client.embeddings.create(model="o-default", input="hi", extra_headers=to("o-think")),
    ):
        with pytest.raises(openai.PermissionDeniedError) as caught:
            call()
        assert '"small" may not use' in json.dumps(caught.value.body).replace('\\"', '"')
    assert proxy.upstream.models() == []


def test_a_key_without_an_alias(proxy: Proxy) -> None:
    assert 'this key may not use \\"think\\"' in proxy.message(headers=to("think"), key="sk-nameless").text


def test_the_models_of_a_team_limit_its_keys(proxy: Proxy) -> None:
    assert proxy.message(headers=to("background"), key="sk-team").status_code == 200
    answer = proxy.message(headers=to("think"), key="sk-team")
    assert answer.status_code == 403
    assert proxy.upstream.models() == ["up-background"]


def test_keep_is_left_to_litellm(proxy: Proxy) -> None:
    assert proxy.message(headers=to("keep"), key="sk-default").status_code == 200
    assert proxy.message(headers=to("keep"), key="sk-default", model="think").status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/engines/o-think/chat/completions", "/openai/deployments/o-think/chat/completions", "/v1/chat/completions?model=o-think"],
)
def test_keep_goes_by_the_model_that_is_served(proxy: Proxy, path: str) -> None:
    answer = proxy.post(path, {"model": "default", "messages": CHAT}, to("keep"), key="sk-default")
    assert answer.status_code == 403
    assert '\\"small\\" may not use \\"o-think\\"' in answer.text
    assert proxy.upstream.models() == []


@pytest.mark.parametrize("more", [{}, {"fastest_response": True}])
def test_several_models_at_once_are_not_kept(proxy: Proxy, more: dict[str, bool]) -> None:
    answer = proxy.post("/v1/chat/completions", {"model": "o-default,o-think", "messages": CHAT, **more}, to("keep"), key="sk-any")
    assert answer.status_code == 403
    assert 'may not ask for several models at once, as with \\"o-default,o-think\\"' in answer.text
    assert proxy.upstream.models() == []


def test_an_alias_of_a_team_is_kept(proxy: Proxy) -> None:
    answer = proxy.message(headers=to("keep"), key="sk-alias", model="mine")
    assert answer.status_code == 200
    assert proxy.upstream.models() == ["up-think"]
    # but its target, by its own name, is not the team's
    assert proxy.post("/engines/think/chat/completions", {"model": "mine", "messages": CHAT}, to("keep"), key="sk-alias").status_code == 403
    assert proxy.upstream.models() == ["up-think"]


def test_fallbacks_that_the_key_may_not_use_are_dropped(proxy: Proxy) -> None:
    proxy.upstream.failures["up-think"] = 500
    answer = proxy.message(headers=to("fallback"), key="sk-two")
    assert answer.headers["x-litellm-model-group"] == "default"
    assert proxy.upstream.models() == ["up-think", "up-default"]


def test_key_facts_are_read(proxy: Proxy) -> None:
    assert proxy.message(key="sk-tagged").headers["x-ccproxy-label"] == "web_search"


@pytest.mark.parametrize(
    ("own", "label"), [({}, "web_search"), ({"metadata": {"team": "x"}}, "web_search"), ({"metadata": {"tags": ["own"]}}, "default")]
)
def test_tags_of_a_key_are_none_of_the_request(proxy: Proxy, own: dict[str, Any], label: str) -> None:
    create = proxy.openai("sk-tagged").chat.completions.with_raw_response.create
    assert create(model="default", messages=CHAT, extra_body=own).headers["x-ccproxy-label"] == label


def test_a_rate_limit_of_litellm_is_not_routed_back_into(proxy: Proxy) -> None:
    first = proxy.message(key="sk-slow")
    second = proxy.message(key="sk-slow", fallbacks=["think"])
    assert [first.headers["x-ccproxy-label"], second.headers["x-ccproxy-label"]] == ["default", "background"]
    assert first.headers["x-ccproxy-rule"] == second.headers["x-ccproxy-rule"]
    assert proxy.upstream.models() == ["up-default", "up-background"]


def test_a_fallback_of_litellm_has_to_be_allowed_too(proxy: Proxy) -> None:
    assert proxy.message(key="sk-slow-small").status_code == 200
    answer = proxy.message(key="sk-slow-small")
    assert answer.status_code == 403
    assert '\\"slow-small\\" may not use \\"background\\"' in answer.text
    assert proxy.upstream.models() == ["up-default"]


@pytest.mark.parametrize("key", ["sk-spent", "sk-spent-team", "sk-spent-end-user"])
def test_a_budget_for_one_model_that_is_used_up(proxy: Proxy, key: str) -> None:
    answer = proxy.message(headers=to("think"), key=key)
    assert answer.status_code == 403
    assert 'has used up its budget for \\"think\\"' in answer.text
    assert proxy.message(headers=to("background"), key=key).status_code == 200
    assert proxy.upstream.models() == ["up-background"]


def test_a_fallback_whose_budget_is_used_up_is_dropped(proxy: Proxy) -> None:
    proxy.upstream.failures["up-background"] = 500
    assert proxy.message(headers=to("background-or-think"), key="sk-spent").status_code == 500
    assert "up-think" not in proxy.upstream.models()


def test_a_key_that_is_called_as_the_health_check_is(proxy: Proxy) -> None:
    answer = proxy.message(headers=to("think"), key="sk-no-health-check")
    assert answer.headers["x-ccproxy-label"] == "think"
    assert proxy.upstream.models() == ["up-think"]


def test_litellm_s_own_fallbacks_lead_on_where_the_settings_let_them(proxy: Proxy) -> None:
    proxy.upstream.failures["up-think"] = 500
    assert proxy.message(headers=to("think"), key="sk-any").status_code == 200
    assert proxy.upstream.models() == ["up-think", "up-background"]

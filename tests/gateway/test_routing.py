"""The policy routes real clients through a real LiteLLM."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import anthropic
import openai
import pytest

from .policies import ROUTES
from .proxy import Proxy, running_proxy
from .upstream import Upstream

CHAT: list[Any] = [{"role": "user", "content": "hi"}]
SECRET: list[Any] = [{"role": "user", "content": "secret"}]
SECRET_PARTS = [{"role": "user", "parts": [{"text": "secret"}]}]


@pytest.fixture(scope="module")
def running(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running_proxy(tmp_path_factory.mktemp("proxy"), provider, ROUTES, measured=True) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


def to(label: str, **more: str) -> dict[str, str]:
    """The header by which the policy of this module routes."""
    return {"x-route": label, **more}


# ── Each API, through its own client, whole and streamed ─────────────────────────────────────────────────────────────────


def test_messages(proxy: Proxy) -> None:
    message = proxy.anthropic().messages.create(model="default", max_tokens=5, messages=CHAT, extra_headers=to("think"))
    assert message.content[0].text == "hello from up-think"  # type: ignore[union-attr]
    assert proxy.upstream.models() == ["up-think"]


def test_messages_streamed(proxy: Proxy) -> None:
    client = proxy.anthropic()
    with client.messages.stream(model="default", max_tokens=5, messages=CHAT, extra_headers=to("think")) as stream:
        assert stream.get_final_text() == "hello from up-think"
        assert stream.response.headers["x-ccproxy-label"] == "think"
    assert proxy.upstream.received[0].body["stream"] is True


@pytest.mark.parametrize("label", ["think", "o-think"])
def test_chat(proxy: Proxy, label: str) -> None:
    answer = proxy.openai().chat.completions.create(model="default", messages=CHAT, extra_headers=to(label))
    assert answer.choices[0].message.content == "hello from up-think"
    assert proxy.upstream.models() == ["up-think"]


@pytest.mark.parametrize("label", ["think", "o-think"])
def test_chat_streamed(proxy: Proxy, label: str) -> None:
    raw = proxy.openai().chat.completions.with_raw_response.create(model="default", messages=CHAT, stream=True, extra_headers=to(label))
    assert raw.headers["x-ccproxy-label"] == label
    assert "".join(chunk.choices[0].delta.content or "" for chunk in raw.parse() if chunk.choices) == "hello from up-think"


def test_responses(proxy: Proxy) -> None:
    answer = proxy.openai().responses.create(model="default", input="hi", extra_headers=to("o-think"))
    assert answer.output_text == "hello from up-think"
    assert proxy.upstream.received[0].path.endswith("/responses")


def test_responses_streamed(proxy: Proxy) -> None:
    raw = proxy.openai().responses.with_raw_response.create(model="default", input="hi", stream=True, extra_headers=to("o-think"))
    assert raw.headers["x-ccproxy-label"] == "o-think"
    assert [event.delta for event in raw.parse() if event.type == "response.output_text.delta"] == ["hello from up-think"]


def test_completions(proxy: Proxy) -> None:
    answer = proxy.openai().completions.create(model="default", prompt="hi", extra_headers=to("o-think"))
    assert answer.choices[0].text == "hello from up-think"
    assert proxy.upstream.models() == ["up-think"]


def test_embeddings(proxy: Proxy) -> None:
    client = proxy.openai()
    answer = client.embeddings.create(model="default", input="hi", encoding_format="float", extra_headers=to("o-think"))
    assert answer.data[0].embedding == [0.25, 0.5]
    assert proxy.upstream.models() == ["up-think"]


# ── What a rule can say ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_default(proxy: Proxy) -> None:
    assert proxy.message(model="background").status_code == 200
    assert proxy.upstream.models() == ["up-default"]


def test_keep_leaves_the_model(proxy: Proxy) -> None:
    answer = proxy.message(headers=to("keep"), model="background")
    assert proxy.upstream.models() == ["up-background"]
    assert answer.headers["x-ccproxy-label"] == "background"


def test_the_answer_tells_label_rule_and_policy(proxy: Proxy) -> None:
    answer = proxy.message(headers=to("background"))
    line = 1 + ROUTES.splitlines().index(next(line for line in ROUTES.splitlines() if "because" in line))
    assert answer.headers["x-ccproxy-label"] == "background"
    assert answer.headers["x-ccproxy-rule"] == f"policy.ccp:{line}"
    assert len(answer.headers["x-ccproxy-policy"]) == 12


def test_reject_in_the_shape_of_messages(proxy: Proxy) -> None:
    client = proxy.anthropic()
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(model="default", max_tokens=5, messages=CHAT, extra_headers=to("reject"))
    body: Any = caught.value.body
    assert body["type"] == "error"
    assert body["error"]["type"] == "invalid_request_error"
    assert body["error"]["message"] == "not in this house"
    assert caught.value.response.headers["x-ccproxy-rule"].startswith("policy.ccp:")
    assert "x-ccproxy-label" not in caught.value.response.headers
    assert proxy.upstream.models() == []


def test_reject_in_the_shape_of_openai(proxy: Proxy) -> None:
    client = proxy.openai()
    for call in (
        lambda: client.chat.completions.create(model="default", messages=CHAT, extra_headers=to("reject")),
        lambda: client.responses.create(model="default", input="hi", extra_headers=to("reject")),
        lambda: client.completions.create(model="default", prompt="hi", extra_headers=to("reject")),
        lambda: client.embeddings.create(model="default", input="hi", extra_headers=to("reject")),
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            call()
        body: Any = caught.value.body
        assert body["message"] == "not in this house"
        assert body["type"] == "invalid_request_error"
        assert caught.value.response.headers["x-ccproxy-rule"].startswith("policy.ccp:")
    assert proxy.upstream.models() == []


@pytest.mark.parametrize("stream", [False, True])
def test_fallbacks_are_tried_in_order(proxy: Proxy, stream: bool) -> None:
    proxy.upstream.failures["up-think"] = 529
    answer = proxy.message(headers=to("fallback"), stream=stream)
    assert answer.status_code == 200
    assert "hello from up-background" in answer.text
    assert proxy.upstream.models() == ["up-think", "up-background"]
    assert answer.headers["x-ccproxy-label"] == "think"


def test_the_last_fallback(proxy: Proxy) -> None:
    proxy.upstream.failures.update({"up-think": 500, "up-background": 500})
    assert "hello from up-default" in proxy.message(headers=to("fallback")).text


def test_fallback_when_the_connection_breaks(proxy: Proxy) -> None:
    proxy.upstream.resets.add("up-think")
    assert "hello from up-background" in proxy.message(headers=to("fallback")).text


def test_fallbacks_of_chat_and_responses(proxy: Proxy) -> None:
    proxy.upstream.failures["up-think"] = 500
    client = proxy.openai()
    chat = client.chat.completions.create(model="default", messages=CHAT, extra_headers=to("fallback"))
    assert chat.choices[0].message.content == "hello from up-background"
    assert client.responses.create(model="default", input="hi", extra_headers=to("o-fallback")).output_text == "hello from up-background"


def test_a_split_keeps_a_session_where_it_is(proxy: Proxy) -> None:
    seen: dict[str, set[str]] = {}
    for turn in range(2):
        for session in map(str, range(12)):
            answer = proxy.message(headers=to("split", **{"x-claude-code-session-id": session}), messages=[*CHAT] * (2 * turn + 1))
            seen.setdefault(session, set()).add(answer.headers["x-ccproxy-label"])
    assert all(len(labels) == 1 for labels in seen.values())
    assert set.union(*seen.values()) == {"think", "background"}


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/engines/o-background/chat/completions", "o-background"),
        ("/openai/deployments/o-background/chat/completions?api-version=1", "o-background"),
        ("/openai/deployments/o%2Dbackground/chat/completions", "o-background"),
        ("/engines/o-background/completions", "o-background"),
        ("/engines/o-background/embeddings", "o-background"),
        ("/v1/chat/completions?model=o-background", "o-background"),
        ("/v1/chat/completions?model=o-background&model=o-default", "o-default"),
        ("/v1/completions?model=o-background", "o-background"),
        ("/v1/embeddings?model=o-background", "o-background"),
        ("/v1/chat/completions?model=", "o-think"),
        ("/v1/messages?model=o-background", "o-think"),
        ("/v1/responses?model=o-background", "o-think"),
        ("/cursor/chat/completions?model=o-background", "o-think"),
    ],
)
def test_the_fact_model_is_the_model_that_is_served(proxy: Proxy, path: str, model: str) -> None:
    texts = {"messages": CHAT, "max_tokens": 5} if "messages" in path or "chat" in path else {"prompt": "hi"}
    if "embeddings" in path or "responses" in path:
        texts = {"input": "hi"}
    kept = proxy.post(path, {"model": "o-think", **texts}, to("keep-unless"))
    assert kept.status_code == 200, kept.text
    assert proxy.upstream.models() == [f"up-{model.removeprefix('o-')}"]
    ruled = proxy.post(path, {"model": "o-think", **texts}, to("keep-unless", **{"x-unless": model}))
    assert ruled.status_code == 400
    assert "not that one" in ruled.text


def test_of_a_repeated_header_the_last_counts(proxy: Proxy) -> None:
    # LiteLLM hands on no more: a front proxy that sets a header must drop the client's
    headers = [("authorization", f"Bearer {proxy.master_key}"), ("x-route", "think"), ("x-route", "background")]
    body = {"model": "default", "max_tokens": 5, "messages": CHAT}
    answer = proxy.client.post(f"{proxy.url}/v1/messages", headers=headers, json=body)
    assert answer.headers["x-ccproxy-label"] == "background"


def test_a_host_header_names_no_other_path(proxy: Proxy) -> None:
    headers = {"host": "h/v1/chat/completions?model=o-default&x=", "x-unless": "o-background"}
    body = {"model": "o-default", "messages": CHAT}
    assert proxy.post("/engines/o-background/chat/completions", body, to("keep-unless", **headers)).status_code == 400
    assert proxy.upstream.models() == []


def test_an_upstream_error_reaches_the_client_as_it_is(proxy: Proxy) -> None:
    proxy.upstream.failures["up-default"] = 429
    answer = proxy.message()
    assert answer.status_code == 429
    assert proxy.upstream.models() == ["up-default"]


def test_a_call_of_another_kind_is_not_routed(proxy: Proxy) -> None:
    assert "x-ccproxy-label" not in proxy.post("/v1/moderations", {"input": "hi", "model": "o-default"}, to("o-think")).headers
    assert all(model != "up-think" for model in proxy.upstream.models())


def test_requests_at_once_are_told_apart(proxy: Proxy) -> None:
    wanted = ["think", "background", "default", "keep"] * 6
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda label: proxy.message(headers=to(label), model="web_search"), wanted))
    expected = [label if label != "keep" else "web_search" for label in wanted]
    assert [answer.headers["x-ccproxy-label"] for answer in answers] == expected
    assert ["up-" + label in answer.text for label, answer in zip(expected, answers, strict=True)] == [True] * len(wanted)


def test_pipelined_requests_are_told_apart(proxy: Proxy) -> None:
    address = urlsplit(proxy.url)
    body = json.dumps({"model": "default", "max_tokens": 5, "messages": CHAT})
    sent = "".join(
        f"POST /v1/messages HTTP/1.1\r\nhost: {address.netloc}\r\nauthorization: Bearer {proxy.master_key}\r\nx-route: {label}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}"
        for label in ("think", "background", "default")
    )
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=30) as connection:
        connection.sendall(sent.encode())
        received = ""
        while received.count("end_turn") < 3:
            received += connection.recv(65536).decode()
    assert re.findall(r"x-ccproxy-label: (\S+)", received) == ["think", "background", "default"]
    assert re.findall(r"hello from (\S+?)\"", received) == ["up-think", "up-background", "up-default"]


# ── Ways round the policy ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "detour",
    [
        {"fallbacks": ["background"]},
        {"fallbacks": [{"default": ["background"]}]},
        {"context_window_fallbacks": [{"default": ["background"]}]},
        {"content_policy_fallbacks": [{"default": ["background"]}]},
        {"router_settings_override": {"fallbacks": [{"default": ["background"]}]}},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
def test_the_fallbacks_of_a_client_are_ignored(proxy: Proxy, path: str, detour: dict[str, Any]) -> None:
    proxy.upstream.failures["up-default"] = 500
    answer = proxy.post(path, {"model": "default", "max_tokens": 5, "messages": CHAT, **detour})
    assert answer.status_code == 500
    assert proxy.upstream.models() == ["up-default"]


@pytest.mark.parametrize(
    "detour",
    [
        {"extra_body": {"model": "up-background"}},
        {"deployment_id": "up-background"},
        {"specific_deployment": True},
        {"models": ["up-background"]},
        {"custom_llm_provider": "azure"},
        {"azure": True},
    ],
    ids=str,
)
def test_a_client_cannot_name_another_model(proxy: Proxy, detour: dict[str, Any]) -> None:
    for path, body in (
        ("/v1/messages", {"max_tokens": 5, "messages": CHAT}),
        ("/v1/chat/completions", {"messages": CHAT}),
        ("/v1/responses", {"input": "hi"}),
        ("/v1/completions", {"prompt": "hi"}),
        ("/v1/embeddings", {"input": "hi"}),
    ):
        answer = proxy.post(path, {"model": "o-default", **body, **detour}, to("o-think"))
        assert answer.status_code == 200, answer.text
    assert set(proxy.upstream.models()) == {"up-think"}
    assert all("models" not in request.body for request in proxy.upstream.received)


def test_a_rest_of_extra_body_goes_on(proxy: Proxy) -> None:
    proxy.post("/v1/responses", {"model": "o-default", "input": "hi", "extra_body": {"model": "x", "top_k": 3}}, to("o-think"))
    assert proxy.upstream.received[0].body["top_k"] == 3


@pytest.mark.parametrize("label", ["o-default", "default"])
@pytest.mark.parametrize(
    ("path", "said", "hidden"),
    [
        ("/v1/messages", {"max_tokens": 5, "messages": CHAT}, {"messages": SECRET}),
        ("/v1/messages", {"max_tokens": 5, "messages": CHAT}, {"system": "secret"}),
        ("/v1/messages", {"max_tokens": 5, "messages": CHAT}, {"input": "secret"}),
        ("/v1/chat/completions", {"messages": CHAT}, {"messages": SECRET}),
        ("/v1/chat/completions", {"messages": CHAT}, {"system": "secret"}),
        ("/v1/responses", {"input": "hi"}, {"input": "secret"}),
        ("/v1/responses", {"input": "hi"}, {"instructions": "secret"}),
        ("/v1/responses", {"input": "hi"}, {"messages": SECRET}),
        ("/v1/responses", {"input": "hi"}, {"prompt": "secret"}),
        ("/v1/completions", {"prompt": "hi"}, {"prompt": "secret"}),
        ("/v1/embeddings", {"input": "hi"}, {"input": "secret"}),
        ("/v1/responses/compact", {"input": "hi"}, {"input": "secret"}),
        ("/v1beta/models/{label}:generateContent", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}, {"contents": SECRET_PARTS}),
    ],
)
def test_the_model_gets_no_text_that_rules_do_not_see(proxy: Proxy, label: str, path: str, said: Any, hidden: Any) -> None:
    proxy.post(path.format(label=label), {"model": label, **said, "extra_body": hidden}, to("keep-public"))
    assert all("secret" not in json.dumps(request.body) for request in proxy.upstream.received)
    # what is hidden from nobody goes on
    proxy.upstream.clear()
    answer = proxy.post(path.format(label=label), {"model": label, **said, "extra_body": {}}, to("keep-public"))
    assert answer.status_code == 200 or "embeddings" in path or "compact" in path or label == "default"
    assert len(proxy.upstream.received) == 1 or label == "default"


def test_what_extra_body_says_is_what_the_model_gets(proxy: Proxy) -> None:
    extra = {"max_tokens": 7, "reasoning_effort": "high", "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]}
    body = {"model": "o-default", "messages": CHAT, "max_tokens": 5, "extra_body": {**extra, "user": "u", "metadata": {"team": "x"}}}
    answer = proxy.post("/v1/chat/completions", body, to("keep-extra"))
    assert answer.status_code == 400
    assert "seen" in answer.text
    answer = proxy.post("/v1/chat/completions", body, to("keep"))
    assert answer.status_code == 200, answer.text
    got = proxy.upstream.received[0].body
    assert {name: got[name] for name in extra} == extra
    assert got["metadata"] == {"team": "x"}


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
def test_spoofed_metadata_changes_nothing(proxy: Proxy, path: str) -> None:
    spoofed = {
        "requester_metadata": {"user_id": "x"},
        "headers": {"x-route": "think"},
        "model_group": "think",
        "user_api_key_alias": "boss",
        "deployment": "up-think",
        "fallbacks": ["think"],
    }
    body = {"model": "default", "max_tokens": 5, "messages": CHAT, "litellm_metadata": spoofed}
    body["proxy_server_request"] = {"headers": {"x-route": "think"}, "arrival_time": 1, "body": {}}
    answer = proxy.post(path, body)
    assert answer.status_code == 200
    assert answer.headers["x-ccproxy-label"] == "default"
    assert proxy.upstream.models() == ["up-default"]


def test_nothing_new_goes_upstream(proxy: Proxy) -> None:
    proxy.post("/v1/chat/completions", {"model": "default", "messages": CHAT, "metadata": {"a": "b"}}, to("o-fallback"))
    sent = proxy.upstream.received[0].body
    assert set(sent) <= {"model", "messages", "metadata", "max_retries", "extra_body"}
    assert sent["model"] == "up-think"

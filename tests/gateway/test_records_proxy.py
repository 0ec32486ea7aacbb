"""What a real proxy records of requests and their answers, and what `status` tells of a proxy that LiteLLM started itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ccproxy.service.status import Status, read_status

from .policies import ROUTES
from .proxy import Proxy, proxy_config, running_proxy, wait_for
from .upstream import Upstream

PRICE = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01, "cache_read_input_token_cost": 0.0001}
APIS: dict[str, dict[str, Any]] = {
    "/v1/messages": {"model": "default", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]},
    "/v1/chat/completions": {"model": "default", "messages": [{"role": "user", "content": "hi"}]},
    "/v1/responses": {"model": "default", "input": "hi"},
}
POLICY = 'when key.alias == "ci" or tokens > 100k -> think\nwhen header("x-route") == "priced" -> priced\n' + ROUTES


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proxy")


@pytest.fixture(scope="module")
def running(provider: Upstream, folder: Path) -> Iterator[Proxy]:
    priced = {"model": "anthropic/up-priced", "api_base": provider.url, "api_key": "k", **PRICE}
    model_list = [*proxy_config(provider, "")["model_list"], {"model_name": "priced", "litellm_params": priced}]
    with running_proxy(folder, provider, POLICY, model_list=model_list) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxy, upstream: Upstream) -> Proxy:
    return running


def lines(folder: Path) -> list[dict[str, Any]]:
    """All lines so far, none of them torn."""
    path = folder / "decisions.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def recorded(proxy: Proxy, folder: Path, path: str, headers: dict[str, str], **fields: Any) -> tuple[httpx.Response, dict[str, Any], Any]:
    """The response to a request, its decision, and the line of its answer."""
    before = {line.get("id") for line in lines(folder)}
    response = proxy.post(path, APIS[path] | fields, headers)
    found: dict[str, Any] = {}

    def is_there() -> bool:
        for line in lines(folder):
            if line.get("id", None) not in before and "id" in line:
                found["decision"] = line
            if "decision" in found and line.get("answer") == found["decision"]["id"]:
                found["answer"] = line
        return "decision" in found and ("answer" in found or found["decision"]["action"] in ("reject", "forbid"))

    wait_for(is_there)
    return response, found["decision"], found.get("answer")


def told_of_all(folder: Path) -> Status:
    """The status once it tells of every decision on record: a worker writes both now and then, each at its own time."""
    wait_for(lambda: read_status(folder, {}).requests == sum("id" in line for line in lines(folder)))
    return read_status(folder, {})


@pytest.mark.parametrize("path", APIS)
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer(proxy: Proxy, folder: Path, path: str, stream: bool) -> None:
    response, decision, answer = recorded(proxy, folder, path, {"x-route": "background"}, stream=stream)
    assert response.status_code == 200
    assert "x-ccproxy-served" not in response.headers
    assert (decision["action"], decision["label"], decision["model"]) == ("route", "background", "default")
    assert list(answer) == ["answer", "time", "status", "served", "tokens", "dollars", "ms"]
    assert (answer["status"], answer["served"]) == (200, "background")
    assert answer["tokens"] == {"input": 3, "cache_write_5m": 0, "cache_write_1h": 0, "cache_read": 0, "output": 4}
    assert answer["time"] >= decision["time"]
    assert answer["ms"] >= decision["ms"]


@pytest.mark.parametrize("path", APIS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_fallback(proxy: Proxy, folder: Path, path: str, stream: bool) -> None:
    proxy.upstream.failures["up-think"] = 500
    response, decision, answer = recorded(proxy, folder, path, {"x-route": "fallback"}, stream=stream)
    assert (response.headers["x-ccproxy-label"], response.headers["x-ccproxy-served"]) == ("think", "background")
    assert (decision["label"], answer["status"], answer["served"]) == ("think", 200, "background")


@pytest.mark.parametrize("path", APIS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_failure(proxy: Proxy, folder: Path, path: str, stream: bool) -> None:
    proxy.upstream.failures["up-background"] = 429
    response, _, answer = recorded(proxy, folder, path, {"x-route": "background"}, stream=stream)
    assert response.status_code == 429
    assert (answer["status"], answer["served"], answer["tokens"], answer["dollars"]) == (429, None, {}, None)


@pytest.mark.parametrize("path", APIS)
def test_a_stream_that_breaks_off(proxy: Proxy, folder: Path, path: str) -> None:
    proxy.upstream.cuts.add("up-background")
    _, _, answer = recorded(proxy, folder, path, {"x-route": "background"}, stream=True)
    assert (answer["status"], answer["served"]) == (500, None)


@pytest.mark.parametrize("path", APIS)
def test_a_stream_that_falls_back_midway(proxy: Proxy, folder: Path, path: str) -> None:
    proxy.upstream.cuts.add("up-think")
    response, _, answer = recorded(proxy, folder, path, {"x-route": "fallback"}, stream=True)
    assert response.headers["x-ccproxy-label"] == "think"
    assert (answer["status"], answer["served"]) == (200, "background")


@pytest.mark.parametrize("path", APIS)
def test_a_rejection(proxy: Proxy, folder: Path, path: str) -> None:
    response, decision, answer = recorded(proxy, folder, path, {"x-route": "reject"})
    assert response.status_code == 400
    assert (decision["action"], decision["label"], decision["rule"]) == ("reject", None, "policy.ccp:8")
    assert answer is None


def test_the_same_request_id_of_two_requests(proxy: Proxy, folder: Path) -> None:
    """A client may choose LiteLLM's id; the id of the records is ours."""
    ids = [recorded(proxy, folder, "/v1/messages", {"x-litellm-call-id": "chosen"})[2]["answer"] for _ in range(2)]
    assert len(set(ids)) == 2


def test_conversations(proxy: Proxy, folder: Path) -> None:
    one, again, other, none = (
        recorded(proxy, folder, "/v1/messages", headers)[1]["conversation"]
        for headers in ({"x-claude-code-session-id": "s"}, {"x-claude-code-session-id": "s"}, {"x-claude-code-session-id": "t"}, {})
    )
    assert len(one) == 16
    assert one == again != other
    assert none is None


def test_the_bound_that_decided(proxy: Proxy, folder: Path) -> None:
    _, decision, _ = recorded(proxy, folder, "/v1/messages", {}, messages=[{"role": "user", "content": "not counted before"}])
    assert 0 < decision["facts"]["tokens"]["at_most"] < 1000


def test_a_client_s_own_fallbacks_where_the_model_is_kept(proxy: Proxy, folder: Path) -> None:
    proxy.upstream.failures["up-think"] = 500
    headers = {"x-route": "keep-unless", "x-unless": "web_search"}
    fallbacks: list[Any] = ["web_search", "background"]
    response, decision, answer = recorded(proxy, folder, "/v1/messages", headers, model="think", fallbacks=fallbacks)
    assert response.status_code == 200
    assert proxy.upstream.models() == ["up-think", "up-background"]
    assert (decision["action"], decision["removed"]) == ("keep", {"fallbacks": ["web_search"]})
    assert (answer["served"], response.headers["x-ccproxy-served"]) == ("background", "background")


@pytest.mark.parametrize(
    "fallbacks", [[{"model": "background", "api_key": "canary"}], [{"think": ["background"]}], [{"*": ["background"]}]]
)
def test_each_form_of_them(proxy: Proxy, folder: Path, fallbacks: list[Any]) -> None:
    proxy.upstream.failures["up-think"] = 500
    _, decision, answer = recorded(proxy, folder, "/v1/chat/completions", {"x-route": "keep"}, model="think", fallbacks=fallbacks)
    assert proxy.upstream.models() == ["up-think", "up-background"]
    assert all("canary" not in str(request) for request in proxy.upstream.received)
    assert answer["served"] == "background"
    assert "removed" not in decision


def test_what_a_client_may_not_use_is_told(proxy: Proxy, folder: Path) -> None:
    _, decision, _ = recorded(proxy, folder, "/v1/chat/completions", {"x-route": "think"}, fallbacks=["web_search"], azure=True)
    assert decision["removed"] == {"fallbacks": ["web_search"], "azure": []}


def test_status_tells_of_a_proxy_without_a_pid_file(proxy: Proxy, folder: Path) -> None:
    before = told_of_all(folder)
    assert proxy.message(headers={"x-route": "think"}).status_code == 200
    wait_for(lambda: read_status(folder, {}).requests > before.requests)
    status = told_of_all(folder)
    assert status.requests == before.requests + 1
    assert (status.running, status.plain, status.healthy, status.workers) == (True, True, True, 1)
    assert proxy.url.endswith(f":{status.port}")
    assert status.labels["think"] == before.labels.get("think", 0) + 1
    assert (status.policy["file"], len(status.policy["sha256"] or "")) == (str(folder / "policy.ccp"), 64)


def test_dollars(proxy: Proxy, folder: Path) -> None:
    """LiteLLM's price, by what the config says of the deployment; what was read from a cache is no input."""
    proxy.upstream.usage.update(cache_read_input_tokens=10)
    before = read_status(folder, {}).dollars
    _, decision, answer = recorded(proxy, folder, "/v1/messages", {"x-route": "priced"})
    assert (decision["label"], decision["rule"]) == ("priced", "policy.ccp:2")
    assert answer["tokens"] == {"input": 3, "cache_write_5m": 0, "cache_write_1h": 0, "cache_read": 10, "output": 4}
    assert answer["dollars"] == pytest.approx(3 * 0.001 + 10 * 0.0001 + 4 * 0.01)
    wait_for(lambda: read_status(folder, {}).dollars != before)
    assert read_status(folder, {}).dollars == {"labels": {"priced": answer["dollars"]}, "rules": {"policy.ccp:2": answer["dollars"]}}

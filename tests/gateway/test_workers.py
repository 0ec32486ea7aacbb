"""Two workers under load, and what they leave in files: records, counts, and nothing that is nobody's business."""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from .proxy import Proxy, running_proxy, wait_for
from .upstream import Upstream

REQUESTS = 2_000
CONCURRENCY = 16

POLICY = """
predicate leaky = "house.leaky"()
when header("x-route") == "think"                          -> think
when header("x-route") == "keep"                           -> keep
when header("x-route") == "reject"                         -> reject "not in this house"
when header("x-route") == "leaky" and leaky                -> think
when header("x-route") == "text" and prompt matches /lorem/    -> think
default                                                    -> default
"""
HOUSE = """
def leaky(request):
    raise ValueError(str(request))
"""
ROUTES = {"think": ("think", 3), "keep": ("keep", 4), "reject": (None, 5), "": ("default", 8)}
"""Header -> the label counted and the line of the rule."""
AUTHENTICATION = """
from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth


async def authenticate(request, api_key):
    if api_key.startswith("sk-small"):
        return UserAPIKeyAuth(api_key=api_key, key_alias="small", models=["default"])
    return UserAPIKeyAuth(api_key=api_key, user_role=LitellmUserRoles.PROXY_ADMIN)
"""


@dataclass(frozen=True)
class Served:
    """A proxy with two workers, and its folder."""

    proxy: Proxy
    folder: Path

    def ask(self, client: httpx.Client, route: str, content: str = "hi", **headers: str) -> httpx.Response:
        body = {"model": "default", "max_tokens": 5, "messages": [{"role": "user", "content": content}]}
        sent = {"authorization": f"Bearer {self.proxy.master_key}", "x-route": route, **headers}
        return client.post(self.proxy.url + "/v1/messages", json=body, headers=sent)

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for path in self.folder.glob("decisions*.jsonl") for line in path.read_text().splitlines()]

    def status(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in (self.folder / "status").glob("*.json")]

    def sample(self, name: str, metrics: str) -> float:
        """The sum of a metric over its labels."""
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", metrics, re.MULTILINE))


@pytest.fixture(scope="module")
def served(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("proxy")
    settings = {"general_settings": {"custom_auth": "authentication.authenticate", "custom_auth_run_common_checks": True}}
    files = {"house.py": HOUSE, "authentication.py": AUTHENTICATION, "ccproxy.yaml": "debug: true\n"}
    (folder / "metrics").mkdir()
    with running_proxy(
        folder,
        provider,
        POLICY,
        callbacks=("ccproxy.gateway.hook.handler", "prometheus"),
        files=files,
        settings=settings,
        # importing LiteLLM on a busy machine takes a worker longer than the 5 seconds that uvicorn gives it
        arguments=("--num_workers", "2", "--timeout_worker_healthcheck", "120"),
        environment={"PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics")},
    ) as proxy:
        served = Served(proxy, folder)
        wait_for(lambda: len(served.status()) == 2)
        yield served


def test_every_request_is_answered_recorded_and_counted(served: Served) -> None:
    routes = [tuple(ROUTES)[number % len(ROUTES)] for number in range(REQUESTS)]
    with httpx.Client(trust_env=False, timeout=60, limits=httpx.Limits(max_connections=CONCURRENCY)) as client:
        with ThreadPoolExecutor(CONCURRENCY) as clients:
            answers = list(clients.map(lambda route: served.ask(client, route).status_code, routes))
        wait_for(lambda: sum(status["requests"] for status in served.status()) == REQUESTS)
        metrics = client.get(served.proxy.url + "/metrics", follow_redirects=True, headers=bearer(served)).text
    assert answers == [400 if route == "reject" else 200 for route in routes]
    records = served.records()
    assert len(records) == REQUESTS
    assert {frozenset(record) for record in records} == {frozenset({"time", "policy", "rule", "action", "label", "model", "facts", "ms"})}
    rules = Counter(f"policy.ccp:{ROUTES[route][1]}" for route in routes)
    labels = Counter(label for route in routes if (label := ROUTES[route][0]) is not None)
    assert Counter(record["rule"] for record in records) == rules
    assert Counter("keep" if record["action"] == "keep" else record["label"] for record in records if record["label"]) == labels
    workers = served.status()
    assert all(worker["requests"] > 0 for worker in workers)
    assert sum((Counter(worker["rules"]) for worker in workers), Counter()) == rules
    assert sum((Counter(worker["labels"]) for worker in workers), Counter()) == labels
    assert sum(worker["failures"] for worker in workers) == 0
    assert served.sample("ccproxy_requests_total", metrics) == REQUESTS
    assert served.sample("ccproxy_decisions_total", metrics) == REQUESTS
    assert served.sample("ccproxy_decision_seconds_count", metrics) == REQUESTS
    for rule, count in rules.items():
        assert (
            sum(float(value) for value in re.findall(rf'^ccproxy_decisions_total{{.*rule="{rule}".*}} (\S+)$', metrics, re.MULTILINE))
            == count
        )
    # LiteLLM's own are there as before
    assert "litellm_proxy_total_requests_metric" in metrics
    assert len(re.findall(r'"default" -> "think" by policy\.ccp:3 \(', served.proxy.log_text())) == rules["policy.ccp:3"]


def bearer(served: Served) -> dict[str, str]:
    return {"authorization": f"Bearer {served.proxy.master_key}"}


def test_nothing_of_a_client_is_written_anywhere(served: Served) -> None:
    canary = "canary" + secrets.token_hex(8)
    before = len(served.records())
    told: list[str] = []
    with httpx.Client(trust_env=False, timeout=60) as client:
        for route in (*ROUTES, "leaky", "text"):
            told.append(str(served.ask(client, route, f"lorem {canary}", **{"x-secret": canary, "x-api-key": canary}).headers))
        forbidden = served.ask(client, "think", canary, authorization=f"Bearer sk-small-{canary}")
        assert forbidden.status_code == 403
        told += [forbidden.text, str(forbidden.headers)]
        body = {
            "model": "default",
            "max_tokens": 5,
            "system": canary,
            "messages": [{"role": "user", "content": [{"type": "text", "text": canary}]}],
            "tools": [{"name": canary, "description": canary, "input_schema": {"type": "object"}}],
            "metadata": {"user_id": canary},
            "litellm_metadata": {"note": canary},
            "api_key": canary,
        }
        client.post(served.proxy.url + "/v1/messages", json=body, headers=bearer(served))
        wait_for(lambda: len(served.records()) == before + len(ROUTES) + 4)
        wait_for(lambda: sum(status["requests"] for status in served.status()) == len(served.records()))
        told.append(client.get(served.proxy.url + "/metrics", follow_redirects=True, headers=bearer(served)).text)
    assert sum(worker["failures"] for worker in served.status()) >= 1
    assert "ValueError at house.py:3" in served.proxy.log_text()
    assert [record["action"] for record in served.records()].count("forbid") == 1
    own = {"config.yaml", "authentication.py", "policy.ccp"}
    written = [path for path in served.folder.rglob("*") if path.is_file() and path.name not in own]
    assert len([path for path in written if path.suffix in (".jsonl", ".json", ".db", ".log")]) >= 5
    for path in written:
        assert canary.encode() not in path.read_bytes(), path
        assert served.proxy.master_key.encode() not in path.read_bytes(), path
    assert canary not in "".join(told)


def test_both_workers_take_up_a_change(served: Served) -> None:
    new = served.folder / "new"
    new.write_text(POLICY + "# changed\n")
    new.replace(served.folder / "policy.ccp")
    wait_for(lambda: all(worker["reload"]["at"] for worker in served.status()))
    workers = served.status()
    assert len({worker["policy"]["sha256"] for worker in workers}) == 1
    assert {worker["reload"]["error"] for worker in workers} == {None}
    with httpx.Client(trust_env=False, timeout=60) as client:
        assert served.ask(client, "").headers["x-ccproxy-policy"] == workers[0]["policy"]["sha256"][:12]

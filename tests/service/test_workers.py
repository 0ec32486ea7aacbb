"""Two workers under load, what they leave in files (records, counts, and nothing that is nobody's business), and their violent end."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ccproxy.service.pid_file import read_pid_file
from ccproxy.service.status import read_status

from ..gateway.upstream import Upstream
from .home import Home, command, home_at, processes_of, wait_until

REQUESTS = 2_000
CONCURRENCY = 16

POLICY = """
predicate leaky = "house.leaky"()
when header("x-route") == "think"                          -> think
when header("x-route") == "keep"                           -> keep
when header("x-route") == "reject"                         -> reject "not in this house"
when header("x-route") == "leaky" and leaky                -> think
when header("x-route") == "text" and prompt matches /lorem/    -> think
when header("x-route") == "stay"                           -> stay
default                                                    -> default
"""
HOUSE = """
def leaky(request):
    raise ValueError(str(request))
"""
ROUTES = {"think": ("think", 3), "keep": ("keep", 4), "reject": (None, 5), "": ("default", 9)}
"""Header -> the label counted and the line of the rule."""
AUTHENTICATION = """
from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth


async def authenticate(request, api_key):
    if api_key.startswith("sk-small"):
        return UserAPIKeyAuth(api_key=api_key, key_alias="small", models=["default"])
    return UserAPIKeyAuth(api_key=api_key, user_role=LitellmUserRoles.PROXY_ADMIN)
"""


@pytest.fixture(scope="module")
def home(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose proxy has two workers; the processor is for their requests, and not for coverage."""
    with home_at(tmp_path_factory.mktemp("home"), measured=False) as home:
        home.install(provider, workers=2, debug=True)
        config = home.config()
        config["general_settings"] |= {"custom_auth": "authentication.authenticate", "custom_auth_run_common_checks": True}
        config["router_settings"] = {"num_retries": 0, "disable_cooldowns": True}
        home.config(config)
        for name, text in (("policy.ccp", POLICY), ("house.py", HOUSE), ("authentication.py", AUTHENTICATION)):
            (home.folder / name).write_text(text)
        told = home.run("start", "--detach", environment={"ANTHROPIC_API_KEY": "k"})
        assert told.returncode == 0, told.stdout + told.stderr
        assert wait_until(lambda: len(workers(home)) == 2, 60)
        yield home


def workers(home: Home) -> list[dict[str, Any]]:
    """What each worker tells `status`."""
    return [json.loads(path.read_text()) for path in (home.folder / "status").glob("*.json")]


def lines(home: Home, kind: str) -> list[dict[str, Any]]:
    """The lines of the decision log that have this key, none of them torn."""
    found = [json.loads(line) for path in home.folder.glob("decisions*.jsonl") for line in path.read_text().splitlines()]
    return [line for line in found if kind in line]


def records(home: Home) -> list[dict[str, Any]]:
    return lines(home, "id")


def all_counted(home: Home, requests: int) -> bool:
    return wait_until(lambda: sum(worker["requests"] for worker in workers(home)) == requests, 30)


def ask(home: Home, client: httpx.Client, route: str, content: str = "hi", **headers: str) -> httpx.Response:
    body = {"model": "default", "max_tokens": 5, "messages": [{"role": "user", "content": content}]}
    return client.post(home.url + "/v1/messages", json=body, headers=bearer(home) | {"x-route": route, **headers})


def bearer(home: Home) -> dict[str, str]:
    return {"authorization": f"Bearer {home.key}"}


def metrics_of(home: Home) -> str:
    return httpx.get(home.url + "/metrics", follow_redirects=True, headers=bearer(home), trust_env=False, timeout=60).text


def sample(name: str, metrics: str) -> float:
    """The sum of a metric over its labels."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", metrics, re.MULTILINE))


def answers_to(home: Home, routes: Sequence[str]) -> list[int]:
    """The status of the answer to a request for each route, on one connection, with the lightest of clients."""
    address = urlsplit(home.url)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=60)
    body = json.dumps({"model": "default", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]})
    headers = bearer(home) | {"content-type": "application/json"}
    told = []
    for route in routes:
        connection.request("POST", "/v1/messages", body, headers | {"x-route": route})
        answer = connection.getresponse()
        answer.read()
        told.append(answer.status)
    connection.close()
    return told


def test_every_request_is_answered_recorded_and_counted(home: Home) -> None:
    routes = list(islice(cycle(ROUTES), REQUESTS))
    shares = [routes[number::CONCURRENCY] for number in range(CONCURRENCY)]
    with ThreadPoolExecutor(CONCURRENCY) as clients:
        answers = list(clients.map(lambda share: answers_to(home, share), shares))
    assert all_counted(home, REQUESTS)
    metrics = metrics_of(home)
    assert answers == [[400 if route == "reject" else 200 for route in share] for share in shares]
    found = records(home)
    assert len(found) == REQUESTS
    # what stands behind the labels is asked by stay
    keys = {"id", "time", "policy", "models", "rule", "action", "label", "model", "conversation", "facts", "ms"}
    assert {frozenset(record) for record in found} == {frozenset(keys)}
    went = {record["id"] for record in found if record["action"] != "reject"}
    assert wait_until(lambda: len(lines(home, "answer")) == len(went))
    assert {record["answer"] for record in lines(home, "answer")} == went
    rules = Counter(f"policy.ccp:{ROUTES[route][1]}" for route in routes)
    labels = Counter(label for route in routes if (label := ROUTES[route][0]) is not None)
    assert Counter(record["rule"] for record in found) == rules
    assert Counter("keep" if record["action"] == "keep" else record["label"] for record in found if record["label"]) == labels
    assert all(worker["requests"] > 0 for worker in workers(home))
    code, status = home.status()
    assert (code, status["healthy"], status["workers"]) == (0, True, 2)
    assert (status["requests"], status["rules"], status["labels"], status["failures"]) == (REQUESTS, rules, labels, 0)
    assert sample("ccproxy_requests_total", metrics) == REQUESTS
    assert sample("ccproxy_decisions_total", metrics) == REQUESTS
    assert sample("ccproxy_decision_seconds_count", metrics) == REQUESTS
    for rule, count in rules.items():
        counted = re.findall(rf'^ccproxy_decisions_total{{.*rule="{rule}".*}} (\S+)$', metrics, re.MULTILINE)
        assert sum(map(float, counted)) == count
    # LiteLLM's own are there as before
    assert "litellm_proxy_total_requests_metric" in metrics
    log = (home.folder / "proxy.log").read_text("utf-8", "replace")
    assert len(re.findall(r'"default" -> "think" by policy\.ccp:3 \(', log)) == rules["policy.ccp:3"]


def test_nothing_of_a_client_is_written_anywhere(home: Home) -> None:
    canary = "canary" + secrets.token_hex(8)
    before = len(records(home))
    told: list[str] = []
    with httpx.Client(trust_env=False, timeout=60) as client:
        for route in (*ROUTES, "leaky", "text"):
            told.append(str(ask(home, client, route, f"lorem {canary}", **{"x-secret": canary, "x-api-key": canary}).headers))
        forbidden = ask(home, client, "think", canary, authorization=f"Bearer sk-small-{canary}")
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
            "fallbacks": [{"model": "default", "api_key": canary, "messages": [canary]}],
        }
        client.post(home.url + "/v1/messages", json=body, headers=bearer(home) | {"x-claude-code-session-id": canary})
    assert wait_until(lambda: len(records(home)) == before + len(ROUTES) + 4)
    assert all_counted(home, len(records(home)))
    told += [metrics_of(home), home.run("status").stdout, home.run("status", "--json").stdout]
    log = home.run("logs", "-n", "100000").stdout
    assert sum(worker["failures"] for worker in workers(home)) >= 1
    assert "ValueError at house.py:3" in log
    assert [record["action"] for record in records(home)].count("forbid") == 1
    own = {"config.yaml", "authentication.py", "policy.ccp"}
    written = [path for path in home.path.rglob("*") if path.is_file() and path.name not in own]
    assert len([path for path in written if path.suffix in (".jsonl", ".json", ".db", ".log")]) >= 5
    for path in written:
        assert canary.encode() not in path.read_bytes(), path
        assert home.key.encode() not in path.read_bytes(), path
    assert canary not in "".join([*told, log])


def test_both_workers_know_where_a_conversation_is(home: Home) -> None:
    """A request that follows an answer knows it, whichever worker it comes to; each has a connection of its own."""
    session = {"x-claude-code-session-id": "shared"}
    before = {worker["pid"]: worker["requests"] for worker in workers(home)}

    def asked(route: str, label: str) -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            # what a request changes is written behind it
            assert wait_until(lambda: ask(home, client, route, **session).headers["x-ccproxy-label"] == label)

    for turn in range(30):
        asked("think" if turn % 2 else "", "think" if turn % 2 else "default")
        asked("stay", "think" if turn % 2 else "default")
    asked("think", "think")
    assert wait_until(lambda: all(worker["requests"] > before[worker["pid"]] for worker in workers(home)))
    _, status = home.status()
    assert (status["memory"]["kind"], status["memory"]["trouble"]) == ("sqlite", False)
    assert status["memory"]["conversations"] >= 1


def test_both_workers_take_up_a_change(home: Home) -> None:
    new = home.folder / "new"
    new.write_text(POLICY + "# changed\n")
    new.replace(home.folder / "policy.ccp")
    assert wait_until(lambda: all(worker["reload"]["at"] for worker in workers(home)))
    told = workers(home)
    assert len({worker["policy"]["sha256"] for worker in told}) == 1
    assert {worker["reload"]["error"] for worker in told} == {None}
    with httpx.Client(trust_env=False, timeout=60) as client:
        assert ask(home, client, "").headers["x-ccproxy-policy"] == told[0]["policy"]["sha256"][:12]


def test_a_killed_proxy_and_one_in_the_foreground(home: Home) -> None:
    running = read_pid_file(home.folder)
    assert running is not None
    assert running.workers == 2
    os.kill(running.pid, signal.SIGKILL)
    assert wait_until(lambda: not running.alive)
    code, status = home.status()
    assert (code, status["running"], status["healthy"]) == (2, False, False)
    assert f"the last one (pid {running.pid}) ended without being stopped" in home.run("status").stdout

    # its workers hold the port still: the next start ends them
    assert len(processes_of(home.folder)) >= 2
    assert list((home.folder / "metrics").glob("*.db")) != []
    home.settings(port=running.port)
    environment = home.environment({"ANTHROPIC_API_KEY": "k"})
    with subprocess.Popen([*command(), "start"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as front:
        assert wait_until(lambda: read_status(home.folder, {}).healthy or front.poll() is not None, 120)
        assert front.poll() is None, front.communicate()
        assert read_pid_file(home.folder) not in (None, running)
        with httpx.Client(trust_env=False, timeout=30) as client:
            assert ask(home, client, "think").headers["x-ccproxy-label"] == "think"
            # what was remembered outlived it; a busy machine may not read it in time, and then nothing is written
            shared = {"x-claude-code-session-id": "shared"}
            assert wait_until(lambda: ask(home, client, "stay", **shared).headers["x-ccproxy-label"] == "think")
        front.send_signal(signal.SIGHUP)
        output, _ = front.communicate(timeout=30)
    assert front.returncode == 0
    assert "that outlived the proxy" in output
    assert "Application startup complete" in output
    assert output.endswith("stopped\n")
    assert processes_of(home.folder) == []
    assert not (home.folder / "proxy.pid").exists()

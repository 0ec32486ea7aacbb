"""What a real proxy remembers of conversations: where they were sent, how long ago, what they have cost, what is cached of them."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccproxy.models.label_models import Models
from ccproxy.policy import loads
from ccproxy.replay.bill import Bill
from ccproxy.replay.decision_log import DecisionLogReader
from ccproxy.replay.recollections import MEMORY_FACTS
from ccproxy.replay.recorded import RecordedRequest, Skipped
from ccproxy.replay.replayed import PolicyTotal
from ccproxy.service.status import read_status

from .policies import ROUTES
from .proxy import Proxy, proxy_config, running_proxy, wait_for
from .upstream import Upstream

LOOP = """
when max_tokens == 77 and quota(web_search) > 95 -> web_search
when max_tokens == 77 and agent.class == "auxiliary" -> default
when max_tokens == 77 and session.spend > 0.03 and not (session.label == "default") -> default
when max_tokens == 77 and cache.tokens > 150 and session.idle < 5 -> stay
when max_tokens == 77 and session.requests == 2 -> background fallback priced
when max_tokens == 77 -> priced
"""
"""Rules by what is recorded alone."""
POLICY = (
    LOOP
    + """
when header("x-stay") == "yes" -> stay fallback background
when header("x-ask") == "spent" and session.spend > 0.01 -> web_search
when header("x-ask") == "warm" and cache.tokens > 100 -> web_search
when header("x-ask") == "third" and session.requests == 2 -> web_search
when header("x-ask") == "soon" and session.idle < 5 -> web_search
when header("x-ask") == "thinking" and session.label == "think" -> web_search
when header("x-ask") in ["spent", "warm", "third", "soon", "thinking"] -> token_count
when header("x-priced") == "yes" -> priced
when header("x-ask") == "quota" and quota(think) > 95 -> web_search
when header("x-ask") == "quota" and quota(think) >= 50 -> token_count
when header("x-ask") == "quota" and has quota(think) -> background
when header("x-ask") == "quota" -> default
when header("x-ask") == "full" and quota(background) == 100 -> web_search
when header("x-ask") == "o-quota" and quota(o-think) == 75 -> web_search
when header("x-ask") == "health" and not healthy(token_count) -> web_search
"""
    + ROUTES
)
PRICE = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01, "cache_creation_input_token_cost": 0.001}


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


@pytest.fixture
def session(request: pytest.FixtureRequest) -> str:
    """A session of its own for each test."""
    return f"canary-{request.node.name}"


def answers(folder: Path) -> int:
    path = folder / "decisions.jsonl"
    return sum('"answer"' in line for line in path.read_text().splitlines()) if path.exists() else 0


def say(proxy: Proxy, folder: Path, session: str, **headers: str) -> str:
    """One request of a session; the label that it went to, once its answer has been taken in."""
    before = answers(folder)
    named = {"x-claude-code-session-id": session, **{name.replace("_", "-"): value for name, value in headers.items()}}
    response = proxy.message(headers=named)
    wait_for(lambda: answers(folder) > before)
    return str(response.headers.get("x-ccproxy-label", response.status_code))


def rows(folder: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "memory.sqlite") as database:
        return database.execute("SELECT key, row, number FROM kept").fetchall()


def test_a_conversation_stays(proxy: Proxy, folder: Path, session: str) -> None:
    assert say(proxy, folder, session, x_stay="yes") == "default"  # a new one has nowhere to stay
    assert say(proxy, folder, session, x_route="think") == "think"
    assert say(proxy, folder, session, x_stay="yes") == "think"
    assert say(proxy, folder, session, x_stay="yes") == "think"
    assert say(proxy, folder, session + "-other", x_stay="yes") == "default"


def test_the_label_that_served_is_the_one(proxy: Proxy, folder: Path, session: str) -> None:
    proxy.upstream.failures["up-think"] = 500
    assert say(proxy, folder, session, x_route="fallback") == "think"
    assert say(proxy, folder, session, x_stay="yes") == "background"


def test_a_final_error_puts_back_what_was(proxy: Proxy, folder: Path, session: str) -> None:
    assert say(proxy, folder, session, x_route="background") == "background"
    proxy.upstream.failures["up-think"] = 500
    say(proxy, folder, session, x_route="think")
    assert say(proxy, folder, session, x_stay="yes") == "background"


def test_auxiliary_requests_move_nothing(proxy: Proxy, folder: Path, session: str) -> None:
    assert say(proxy, folder, session, x_route="think") == "think"
    assert say(proxy, folder, session, x_route="background", x_claude_code_request_class="auxiliary") == "background"
    assert say(proxy, folder, session, x_stay="yes") == "think"
    assert say(proxy, folder, session, x_stay="yes", x_claude_code_request_class="auxiliary") == "think"


def test_agents_have_conversations_of_their_own(proxy: Proxy, folder: Path, session: str) -> None:
    assert say(proxy, folder, session, x_route="think") == "think"
    agent = {"x_claude_code_agent_id": "a1", "x_claude_code_request_class": "subagent"}
    assert say(proxy, folder, session, x_stay="yes", **agent) == "default"
    assert say(proxy, folder, session, x_route="background", **agent) == "background"
    assert say(proxy, folder, session, x_stay="yes", **agent) == "background"
    assert say(proxy, folder, session, x_stay="yes") == "think"
    assert say(proxy, folder, session, x_stay="yes", x_claude_code_request_class="subagent") == "default"


def test_requests_are_counted(proxy: Proxy, folder: Path, session: str) -> None:
    assert say(proxy, folder, session, x_ask="third") == "token_count"
    assert say(proxy, folder, session, x_ask="third") == "token_count"
    assert say(proxy, folder, session, x_ask="third") == "web_search"


def test_the_pause(proxy: Proxy, folder: Path, session: str) -> None:
    assert say(proxy, folder, session, x_ask="soon") == "token_count"
    wait_for(lambda: say(proxy, folder, session, x_ask="soon") == "web_search")  # a reading that takes over 50 ms is given up


def test_dollars_of_the_whole_session(proxy: Proxy, folder: Path, session: str) -> None:
    """Those of agents and of auxiliary requests too."""
    assert say(proxy, folder, session, x_ask="spent") == "token_count"
    assert say(proxy, folder, session, x_priced="yes", x_claude_code_request_class="auxiliary") == "priced"
    wait_for(lambda: say(proxy, folder, session, x_ask="spent") == "web_search")
    assert say(proxy, folder, session, x_ask="spent", x_claude_code_request_class="subagent") == "web_search"


def test_what_is_cached(proxy: Proxy, folder: Path, session: str) -> None:
    proxy.upstream.usage.update(cache_creation_input_tokens=200)
    assert say(proxy, folder, session, x_ask="warm") == "token_count"
    wait_for(lambda: say(proxy, folder, session, x_ask="warm") == "web_search")


def test_nothing_of_a_request_is_kept(proxy: Proxy, folder: Path, session: str) -> None:
    body = [{"role": "user", "content": "SECRET of mine"}]
    before = answers(folder)
    proxy.message(headers={"x-claude-code-session-id": session, "x-route": "think"}, messages=body)
    wait_for(lambda: answers(folder) > before)
    wait_for(lambda: any(row[1] and json.loads(row[1]).get("label") == "think" for row in rows(folder)))
    kept = b"".join(path.read_bytes() for path in folder.glob("memory.sqlite*"))
    for canary in (b"SECRET", b"canary", proxy.master_key.encode()):
        assert canary not in kept
    assert (folder / "memory.sqlite").stat().st_mode & 0o777 == 0o600


def test_status_tells_of_the_store(proxy: Proxy, folder: Path, session: str) -> None:
    say(proxy, folder, session, x_route="think")
    wait_for(lambda: (read_status(folder, {}).memory or {}).get("conversations", 0) >= 1)
    assert (read_status(folder, {}).memory or {})["kind"] == "sqlite"


def test_records_have_what_was_remembered(proxy: Proxy, folder: Path, session: str) -> None:
    say(proxy, folder, session, x_route="think")
    say(proxy, folder, session, x_ask="thinking")
    decisions = [json.loads(line) for line in (folder / "decisions.jsonl").read_text().splitlines() if '"id"' in line]
    assert decisions[-1]["facts"]["session.label"] == "think"


def in_an_hour() -> str:
    return str(int(time.time()) + 3600)


@pytest.mark.parametrize("stream", [False, True])
def test_the_provider_s_limits(proxy: Proxy, folder: Path, session: str, stream: bool) -> None:
    for used, label in (("0.2", "background"), ("0.5", "token_count"), ("0.951", "web_search")):
        proxy.upstream.headers["up-think"] = {
            "anthropic-ratelimit-unified-5h-utilization": used,
            "anthropic-ratelimit-unified-5h-reset": in_an_hour(),
        }
        before = answers(folder)
        assert proxy.message(headers={"x-route": "think"}, stream=stream).status_code == 200
        wait_for(lambda before=before: answers(folder) > before)  # type: ignore[misc]
        assert say(proxy, folder, session, x_ask="quota") == label


def test_openai_s_limits(proxy: Proxy, folder: Path, session: str) -> None:
    told = {"x-ratelimit-limit-tokens": "1000", "x-ratelimit-remaining-tokens": "250", "x-ratelimit-reset-tokens": "6m0s"}
    proxy.upstream.headers["up-think"] = told
    before = answers(folder)
    response = proxy.post("/v1/chat/completions", {"model": "x", "messages": [{"role": "user", "content": "hi"}]}, {"x-route": "o-think"})
    assert response.status_code == 200
    wait_for(lambda: answers(folder) > before)
    assert say(proxy, folder, session, x_ask="o-quota") == "web_search"


def test_a_429_uses_up_the_limits_until_it_may_be_tried_again(proxy: Proxy, folder: Path, session: str) -> None:
    proxy.upstream.failures["up-background"] = 429
    proxy.upstream.headers["up-background"] = {"retry-after": "2"}
    assert say(proxy, folder, session, x_route="background") == "429"
    assert say(proxy, folder, session, x_ask="full") == "web_search"
    wait_for(lambda: say(proxy, folder, session, x_ask="full") == "default", 10)


def test_a_label_is_unhealthy_while_its_last_attempt_failed(proxy: Proxy, folder: Path, session: str) -> None:
    assert say(proxy, folder, session, x_ask="health") == "default"
    proxy.upstream.failures["up-token_count"] = 500
    assert say(proxy, folder, session, x_ask="third") == "500"
    wait_for(lambda: say(proxy, folder, session, x_ask="health") == "web_search", 10)
    proxy.upstream.failures.clear()
    assert say(proxy, folder, session + "-2", x_ask="third") == "token_count"
    wait_for(lambda: say(proxy, folder, session, x_ask="health") == "default", 10)


def recorded_loop(folder: Path) -> list[RecordedRequest]:
    """The requests so far that were decided by `LOOP`, as a replay reads them."""
    skipped = Skipped()
    with (folder / "decisions.jsonl").open("rb") as file:
        found = list(DecisionLogReader(skipped).read(file, "decisions.jsonl"))
    assert skipped.lines == skipped.records == 0
    return [request for request in found if request.known.get("max_tokens") == 77]


def test_the_records_of_a_run_replay_to_its_own_labels(proxy: Proxy, folder: Path, session: str) -> None:
    """By what they say was remembered; and by what a replay itself remembers, from the first request of each conversation on."""
    proxy.upstream.usage.update(cache_creation_input_tokens=100)
    agent = {"x-claude-code-agent-id": "a1", "x-claude-code-request-class": "subagent"}
    kinds: list[dict[str, str]] = [{}, {}, {}, agent, {"x-claude-code-request-class": "auxiliary"}, {}, {}, agent, agent]
    labels = []
    for turn, kind in enumerate(kinds):
        if turn == 2:  # the label that served is another
            proxy.upstream.failures["up-background"] = 500
        if turn == 5:
            proxy.upstream.usage.update(cache_creation_input_tokens=60, cache_read_input_tokens=100)
        before = answers(folder)
        response = proxy.message(headers={"x-claude-code-session-id": session, **kind}, max_tokens=77)
        labels.append(response.headers["x-ccproxy-label"])
        wait_for(lambda before=before: answers(folder) > before)  # type: ignore[misc]
    requests = recorded_loop(folder)
    assert [request.label for request in requests] == labels
    assert len(set(labels)) == 3
    assert [request.aside for request in requests] == [turn == 4 for turn in range(len(kinds))]
    assert all("quota(web_search)" in request.known for request in requests)
    policy, bill = loads(LOOP), Bill(Models.read(folder / "config.yaml"))
    first = {request.conversation: request.place for request in reversed(requests)}
    for kept in (MEMORY_FACTS, {"session.spend"}):
        total = PolicyTotal(policy, bill)
        for request in requests:
            known = {
                name: value
                for name, value in request.known.items()
                if name in kept or name not in MEMORY_FACTS or first[request.conversation] == request.place
            }
            replayed = total.add(replace(request, known=known), request.dollars)
            assert (replayed.label, total.undecided_by) == (request.label, {}), (request, kept)

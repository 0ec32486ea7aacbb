"""`ccproxy demo`: the whole path for real, without a key, a network, or anything written outside a temporary folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ccproxy.facts import observe
from ccproxy.service import litellm_process
from ccproxy.service.demo import run_demo
from ccproxy.service.demo_requests import SESSION, DemoRequest, demo_requests


def test_every_request_is_routed_by_the_starter_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    lines: list[str] = []
    assert run_demo(lines.append) == 0
    rows = [line for line in lines if line.startswith(tuple(request.name for request in demo_requests()))]
    assert len(rows) == len(demo_requests()) >= 12
    assert all("claude-code.ccp:" in row for row in rows)
    assert len({row[35:49].strip() for row in rows}) >= 4
    assert list(home.iterdir()) == []
    assert list(temporary.iterdir()) == []


def test_a_proxy_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        litellm_process, "litellm_command", lambda *arguments: [sys.executable, "-c", "print('out of order'); raise SystemExit(4)"]
    )
    policy = tmp_path / "policy.ccp"
    policy.write_text("default -> default\n")
    lines: list[str] = []
    assert run_demo(lines.append, policy=policy) == 2
    assert "status 4" in lines[-1]
    assert "out of order" in lines[-1]


@pytest.mark.parametrize("request_", demo_requests(), ids=lambda request: request.name)
def test_the_requests_have_the_marks_of_claude_code(request_: DemoRequest) -> None:
    facts = observe(request_.body, headers=request_.headers, path=request_.path)
    assert facts.endpoint == "messages"
    assert facts.session == SESSION
    expected = MARKS[request_.name]
    assert {name: facts.read(name) for name in expected} == expected


MARKS: dict[str, dict[str, object]] = {
    "a first turn": {"agent.class": "main", "effort": "medium", "turns": 1, "thinking": True},
    "a tool loop": {"agent.class": "main", "tools.called": ("Read",)},
    "a hard task (effort xhigh)": {"agent.class": "main", "effort": "xhigh"},
    "plan mode": {"agent.class": "main", "mode": "plan"},
    "a long context": {"agent.class": "main", "turns": 1},
    "a compaction": {"agent.class": "compaction", "compaction": "auto"},
    "a subagent": {"agent.class": "subagent", "agent.type": "Explore"},
    "a workflow's agent": {"agent.class": "workflow", "agent.type": "workflow-subagent"},
    "a web search": {"agent.class": "auxiliary", "tools.types": ("web_search_20250305",)},
    "a session title": {"agent.class": "auxiliary", "output.format": "json_schema", "tools": ()},
    "the safety classifier": {"agent.class": "auxiliary", "thinking.type": "disabled", "max_tokens": 64, "tools": None, "stream": None},
    "a model probe": {"agent.class": "auxiliary", "max_tokens": 1, "tools": None, "thinking": None},
    "Claude Code 1.x, its haiku model": {"agent.class": "auxiliary", "model": "claude-3-5-haiku-20241022"},
}


def test_the_long_context_is_long() -> None:
    long = next(request for request in demo_requests() if request.name == "a long context")
    assert observe(long.body).tokens > 250_000

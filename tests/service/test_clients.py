"""Clients as they are, pointed at a real proxy by `ccproxy run`: none goes past it, and each kind of request has its own label."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ..gateway.upstream import Json, Received, Upstream
from .claude_code import QUIET as CLAUDE_QUIET
from .claude_code import claude_code
from .client_programs import CODEX, PROGRAMS, QUIET, TASK, Program, kind_of, model, program
from .home import LABELS, Home, home_at

POLICY = """
# Codex' own kinds of tools only OpenAI's API takes
when endpoint == "responses" and agent.class == "compaction" -> openai_token_count
when endpoint == "responses" and agent.class == "subagent"  -> openai_background
when endpoint == "responses" and count(tools.called) > 0    -> openai_think
when endpoint == "responses" and count(tools) > 0           -> openai_web_search
when endpoint == "responses"                                -> openai_default
when agent.class == "compaction" -> token_count
when agent.class == "subagent"  -> background
when count(tools.called) > 0    -> think
when count(tools) > 0           -> web_search
default                         -> default
"""


@pytest.fixture(scope="module")
def started(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home_at(tmp_path_factory.mktemp("home"), measured=False) as home:
        home.install(provider)
        config = home.config()
        for label in LABELS:
            params = {"model": f"openai/up-{label}", "api_base": f"{provider.url}/v1", "api_key": "sk-openai-of-the-proxy"}
            config["model_list"].append({"model_name": f"openai_{label}", "litellm_params": params})
        home.config(config)
        (home.folder / "policy.ccp").write_text(POLICY)
        told = home.run("start", "--detach", environment={"ANTHROPIC_API_KEY": "sk-ant-of-the-proxy"})
        assert told.returncode == 0, told.stdout + told.stderr
        login = home.path / ".gemini" / "settings.json"
        login.parent.mkdir()
        login.write_text(json.dumps({"security": {"auth": {"selectedType": "gemini-api-key"}}}))
        yield home


@pytest.mark.parametrize("client", PROGRAMS, ids=lambda client: client.name + client.variant)
def test_a_client_goes_to_the_proxy(client: Program, started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    path = program(client, cache.mkdir("clients"))
    project = started.path / (client.name + client.variant)
    project.mkdir()
    note = project / "note.txt"
    note.write_text("Some words.\n")
    provider.clear()
    provider.says = model(client, note)
    environment = QUIET | {"PYTHONPATH": str(path.parent.parent)} if client.python else QUIET
    told = started.run("run", str(path), *client.words, environment=environment, folder=project.name, seconds=120)
    received = list(provider.received)
    provider.clear()
    assert told.returncode == 0, told.stdout + told.stderr
    assert "warning: " not in told.stderr.replace("warning: Model metadata", "")
    models: dict[str, set[str]] = {}
    for request in received:
        models.setdefault(kind_of(request), set()).add(request.model)
    if not client.calls:
        assert models == {"plain": {"up-default"}}
        return
    # a chore is what a client asks beside its task, a title say
    for kind in ("chore", "plain"):
        models.pop(kind, None)
    # of the others nothing honest says that a request is a subagent's
    subagent = "up-background" if client.name in ("codex", "opencode") else "up-web_search"
    if client.name == "qwen":
        # it asks once more after an answer that called no tool
        models["tool use"].discard("up-web_search")
    assert models == {"main turn": {"up-web_search"}, "tool use": {"up-think"}, "subagent": {subagent}}
    assert all("sk-" not in value or "of-the-proxy" in value for request in received for value in request.headers.values())


def test_codex_compacts_at_a_label_of_its_own(started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    path = program(PROGRAMS[0], cache.mkdir("clients"))
    (started.path / "codex-compaction").mkdir()
    provider.clear()

    def says(request: Received) -> list[Json]:
        """One call, after which the conversation is longer than the limit."""
        if len(provider.received) > 1:
            return [{"type": "text", "text": "Done."}]
        return [{"type": "tool_use", "id": "toolu_0", "name": "exec_command", "input": {"cmd": "echo hi"}}]

    provider.says = says
    words = (*CODEX, "--model", "gpt-5.2-codex", "-c", "model_auto_compact_token_limit=1", TASK)
    told = started.run("run", str(path), *words, environment=QUIET, folder="codex-compaction")
    received = list(provider.received)
    provider.clear()
    assert told.returncode == 0, told.stdout + told.stderr
    assert labels_by_compaction(received, "CONTEXT CHECKPOINT COMPACTION") == {True: {"up-token_count"}, False: {"up-web_search"}}


def test_claude_code_compacts_at_a_label_of_its_own(started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    path = claude_code(cache.mkdir("claude-code"))
    (started.path / "claude-compaction").mkdir()
    provider.clear()
    for words in (TASK,), ("--continue", "/compact"):
        told = started.run("run", str(path), "-p", *words, environment=CLAUDE_QUIET, folder="claude-compaction")
        assert told.returncode == 0, told.stdout + told.stderr
    received = list(provider.received)
    provider.clear()
    assert labels_by_compaction(received, "CRITICAL: Respond with TEXT ONLY") == {True: {"up-token_count"}, False: {"up-web_search"}}


def labels_by_compaction(received: list[Received], order: str) -> dict[bool, set[str]]:
    """The models asked for, by whether the last message gives the order to compact; requests without tools, chores, apart."""
    models: dict[bool, set[str]] = {}
    for request in received:
        last = str((request.body.get("input") or request.body["messages"])[-1])
        if order in last or request.body.get("tools"):
            models.setdefault(order in last, set()).add(request.model)
    return models

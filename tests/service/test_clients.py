"""Clients as they are, pointed at a real proxy by `ccproxy run`: none goes past it, and each kind of request has its own label."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from ..gateway.upstream import Json, Received, Upstream
from .claude_code import QUIET as CLAUDE_QUIET
from .claude_code import claude_code
from .claude_code import kind_of as claude_kind_of
from .claude_code import model as claude_model
from .client_programs import CODEX, NAMED, PROGRAMS, QUIET, SDK, TASK, Program, installed_in, kind_of, model, program
from .home import LABELS, Home, home_at

POLICY = """
# Codex' own kinds of tools only OpenAI's API takes
when endpoint == "responses" and agent.class == "compaction" -> openai_token_count
when endpoint == "responses" and agent.class == "subagent"  -> openai_background
when endpoint == "responses" and count(tools.called) > 0    -> openai_think
when endpoint == "responses" and count(tools) > 0           -> openai_web_search
when endpoint == "responses"                                -> openai_default
# these say nothing of what a request is for: their orders to sum up, and their tools, tell it
when system starts with "*Briefly* summarize this partial conversation" -> token_count
when prompt starts with "Summarize this session for continuation." -> token_count
when prompt ends with "<state_snapshot> XML."                      -> token_count
when count(tools) == 0 and prompt contains "<state_snapshot>"      -> token_count
when "complete_task" in tools                                      -> background
when client starts with "QwenCode/" and count(tools) > 0 and "list_agents" not in tools -> background
when "spawn_agent" in tools and none tools matches "team_*"        -> background
# opencode's titles are auxiliary, too
when agent.class == "auxiliary" and prompt contains "Here is the conversation so far" -> token_count
when agent.class == "compaction" -> token_count
when agent.class == "subagent"  -> background
when count(tools.called) > 0    -> think
when count(tools) > 0           -> web_search
default                         -> default
"""
OPENCODE_ORDER = "Here is the conversation so far"
DAEMON = "--cline-hub-daemon"
AIDER_ORDER = "summarize this partial conversation"
CLAUDE_ORDER = "CRITICAL: Respond with TEXT ONLY"
CLINE_ORDER = "Summarize this session for continuation."
ON_THE_SDK = """
import asyncio
import sys

from claude_agent_sdk import ClaudeAgentOptions, query


async def asks(prompt: str, again: bool) -> None:
    options = ClaudeAgentOptions(allowed_tools=["Read", "Agent"], continue_conversation=again)
    async for _ in query(prompt=prompt, options=options):
        pass


asyncio.run(asks(sys.argv[1], len(sys.argv) > 2))
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
        settings = {
            ".gemini": {"security": {"auth": {"selectedType": "gemini-api-key"}}},
            # it would ask for what to remember, beside its task, where that ended early enough
            ".qwen": {"memory": {"enableManagedAutoMemory": False}},
        }
        for folder, given in settings.items():
            (home.path / folder).mkdir()
            (home.path / folder / "settings.json").write_text(json.dumps(given))
        yield home
        end_daemons(home)


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
    if client.login:
        logged_in = started.run("run", "sh", "-c", client.login.replace("COMMAND", str(path)), environment=environment)
        assert logged_in.returncode == 0, logged_in.stdout + logged_in.stderr
    told = started.run("run", str(path), *client.words, environment=environment, folder=project.name, seconds=120)
    received = list(provider.received)
    provider.clear()
    assert told.returncode == 0, told.stdout + told.stderr
    warned = [line for line in told.stderr.splitlines() if line.startswith("ccproxy: warning: ")]
    # that one's stored login is not looked into
    assert [line for line in warned if not (client.login and "its own stored login" in line)] == []
    models: dict[str, set[str]] = {}
    for request in received:
        models.setdefault(kind_of(request), set()).add(request.model)
    if not client.calls:
        assert models == {"plain": {"up-default"}}
        return
    # a chore is what a client asks beside its task, a title say
    for kind in ("chore", "plain"):
        models.pop(kind, None)
    if client.name == "qwen":
        # it asks once more after an answer that called no tool
        models["tool use"].discard("up-web_search")
    expected = {"main turn": {"up-web_search"}, "tool use": {"up-think"}, "subagent": {"up-background"}}
    if client.name == "llm":
        del expected["subagent"]
    assert models == expected
    assert all("sk-" not in value or "of-the-proxy" in value for request in received for value in request.headers.values())


def test_codex_compacts_at_a_label_of_its_own(started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    path = program(NAMED["codex"], cache.mkdir("clients"))
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
    assert labels_by_compaction(received, CLAUDE_ORDER) == {True: {"up-token_count"}, False: {"up-web_search"}}


def test_a_program_on_the_sdk_goes_to_the_proxy(started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    project = started.path / "sdk"
    project.mkdir()
    note = project / "note.txt"
    note.write_text("Some words.\n")
    (project / "program.py").write_text(ON_THE_SDK)
    environment = CLAUDE_QUIET | {"PYTHONPATH": str(installed_in(SDK, cache.mkdir("clients")))}
    provider.clear()
    provider.says = claude_model(note)
    for words in (TASK,), ("/compact", "again"):
        told = started.run("run", sys.executable, "program.py", *words, environment=environment, folder=project.name)
        assert told.returncode == 0, told.stdout + told.stderr
    received = list(provider.received)
    provider.clear()
    models: dict[str, set[str]] = {}
    for request in received:
        kind = "compaction" if CLAUDE_ORDER in str(request.body["messages"][-1]) else claude_kind_of(request)
        models.setdefault(kind, set()).add(request.model)
    models.pop("chore", None)
    assert models == {
        "main turn": {"up-web_search"},
        "tool use": {"up-think"},
        "subagent": {"up-background"},
        "compaction": {"up-token_count"},
    }


def test_opencode_compacts_at_a_label_of_its_own(started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    path = program(NAMED["opencode"], cache.mkdir("clients"))
    project = started.path / "opencode-compaction"
    project.mkdir()
    limit = {"context": 100_000, "output": 8_000}
    models = {"claude-sonnet-4-5": {"limit": limit}}
    (project / "opencode.json").write_text(json.dumps({"provider": {"anthropic": {"models": models}}}))
    provider.clear()
    provider.usage["input_tokens"] = 190_000

    def says(request: Received) -> list[Json]:
        """One call, after which the conversation is longer than the limit until it has been compacted."""
        if OPENCODE_ORDER in str(request.body["messages"]):
            provider.usage.clear()
        if not request.body.get("tools") or not provider.usage:
            return [{"type": "text", "text": "Done."}]
        return [{"type": "tool_use", "id": "toolu_0", "name": "read", "input": {"filePath": str(project / "opencode.json")}}]

    provider.says = says
    words = ("run", "--model", "anthropic/claude-sonnet-4-5", TASK)
    told = started.run("run", str(path), *words, environment=QUIET, folder=project.name)
    received = list(provider.received)
    provider.clear()
    assert told.returncode == 0, told.stdout + told.stderr
    assert labels_by_compaction(received, OPENCODE_ORDER) == {True: {"up-token_count"}, False: {"up-web_search"}}
    # its title is asked for without tools, too
    assert {request.model for request in received if not request.body.get("tools")} == {"up-token_count", "up-default"}


def test_gemini_compacts_at_a_label_of_its_own(started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    path = program(NAMED["gemini"], cache.mkdir("clients"))
    settings = started.path / "gemini-compaction" / ".gemini" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"model": {"compressionThreshold": 0.000001}}))
    provider.clear()
    for words in ("--prompt", TASK), ("--resume", "latest", "--prompt", "Go on."):
        command = ("run", str(path), "--model", "gemini-2.5-pro", "--yolo", *words)
        told = started.run(*command, environment=QUIET, folder="gemini-compaction")
        assert told.returncode == 0, told.stdout + told.stderr
    received = list(provider.received)
    provider.clear()
    assert labels_by_compaction(received, "<state_snapshot>") == {True: {"up-token_count"}, False: {"up-web_search"}}


def test_qwen_compacts_at_a_label_of_its_own(started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    path = program(NAMED["qwen"], cache.mkdir("clients"))
    settings = started.path / "qwen-compaction" / ".qwen" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"context": {"autoCompactThreshold": 0.001}}))
    provider.clear()
    provider.usage["input_tokens"] = 50_000
    for words in ("--prompt", TASK), ("--continue", "--prompt", "Go on."):
        told = started.run("run", str(path), "--yolo", *words, environment=QUIET, folder="qwen-compaction")
        assert told.returncode == 0, told.stdout + told.stderr
    received = list(provider.received)
    provider.clear()
    assert labels_by_compaction(received, "<state_snapshot>") == {True: {"up-token_count"}, False: {"up-web_search"}}
    # it asks as a turn of the conversation first, for the sake of the cache, and by a request of its own if that won't do
    assert {bool(request.body.get("tools")) for request in received if request.model == "up-token_count"} == {True, False}


def test_cline_compacts_at_a_label_of_its_own(started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    client = NAMED["cline"]
    path = program(client, cache.mkdir("clients"))
    project = started.path / "cline-compaction"
    project.mkdir()
    logged_in = started.run("run", "sh", "-c", client.login.replace("COMMAND", str(path)), environment=QUIET)
    assert logged_in.returncode == 0, logged_in.stdout + logged_in.stderr
    notes = [project / f"note{number}.txt" for number in range(12)]
    for note in notes:
        # a line that is longer is cut
        note.write_text(("Some words. " * 16 + "\n") * 200)
    provider.clear()
    # it takes a provider's count for up to four times its own
    provider.usage["input_tokens"] = 190_000

    def says(request: Received) -> list[Json]:
        """A call for the next of the notes, until the conversation is longer than the limit and has been compacted."""
        if any(CLINE_ORDER in str(past.body) for past in provider.received):
            return [{"type": "text", "text": "Done."}]
        number = str(request.body["messages"]).count("tool_use_id")
        call = {"name": "read_files", "input": {"files": [{"path": str(notes[number])}]}}
        return [{"type": "tool_use", "id": f"toolu_{number}", **call}]

    provider.says = says
    told = started.run("run", str(path), TASK, environment=QUIET, folder=project.name)
    received = list(provider.received)
    provider.clear()
    assert told.returncode == 0, told.stdout + told.stderr
    assert labels_by_compaction(received, CLINE_ORDER) == {True: {"up-token_count"}, False: {"up-web_search", "up-think"}}


def test_aider_compacts_at_a_label_of_its_own(started: Home, provider: Upstream, cache: pytest.Cache) -> None:
    client = NAMED["aider"]
    path = program(client, cache.mkdir("clients"))
    (started.path / "aider-compaction").mkdir()
    environment = QUIET | {"PYTHONPATH": str(path.parent.parent)}
    provider.clear()
    for more in (), ("--restore-chat-history", "--max-chat-history-tokens", "1"):
        told = started.run("run", str(path), *client.words, *more, environment=environment, folder="aider-compaction")
        assert told.returncode == 0, told.stdout + told.stderr
    received = list(provider.received)
    provider.clear()
    models = [(AIDER_ORDER in str(request.body.get("system")), request.model) for request in received]
    assert models == [(False, "up-default"), (True, "up-token_count"), (False, "up-default")]


def labels_by_compaction(received: list[Received], order: str) -> dict[bool, set[str]]:
    """The models asked for, by whether the last message gives the order to compact; requests without tools, chores, apart."""
    models: dict[bool, set[str]] = {}
    for request in received:
        last = str((request.body.get("input") or request.body["messages"])[-1])
        if order in last or request.body.get("tools"):
            models.setdefault(order in last, set()).add(request.model)
    return models


def end_daemons(home: Home) -> None:
    """End what Cline leaves running of a home: it starts a daemon, and no command of a session ends that."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if DAEMON in process.cmdline() and process.environ().get("HOME") == str(home.path):
                process.kill()
                process.wait(10)

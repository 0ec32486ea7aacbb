"""Clients from npm and PyPI, pinned, and a conversation for them that needs no model."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..gateway.upstream import Json, Received

INSTALL_SECONDS = 180
QUIET = {
    # whatever they would still ask of the internet finds a closed door; `run` has them go to the proxy without this one
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
    "GEMINI_TELEMETRY_ENABLED": "false",
    "GEMINI_CLI_TRUST_WORKSPACE": "true",
    "CI": "1",
}
TASK, SUBTASK = "Read note.txt and have it looked at.", "Look at it and say so."


Call = Callable[[str, str], Json]
"""A tool's call, of the path of the note and what the client has sent so far."""


@dataclass(frozen=True)
class Program:
    """A client: its command, the package (of npm, or of PyPI where `python`) and version, the words of one headless run, and its calls.

    `login` are the words of a shell that are to be run once before, `COMMAND` in them for the client.
    """

    name: str
    package: str
    version: str
    words: tuple[str, ...]
    calls: tuple[Call, ...] = ()
    python: bool = False
    variant: str = ""
    login: str = ""


def _tool(name: str, namespace: str | None = None, **arguments: object) -> Json:
    return {"name": name, "input": arguments} | ({"namespace": namespace} if namespace else {})


def _reads(tool: str, argument: str) -> Call:
    return lambda note, said: _tool(tool, **{argument: note})


def _always(call: Json) -> Call:
    return lambda note, said: call


def _agent_id(said: str) -> str:
    found = re.search(r"agent_id[^0-9a-f]+([0-9a-f-]{36})", said)
    return found[1] if found else "none"


CODEX = ("exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox")

PROGRAMS = (
    Program(
        "codex",
        "@openai/codex",
        "0.171.0",
        (*CODEX, "--model", "gpt-5.2-codex", TASK),
        (
            lambda note, said: _tool("exec_command", cmd=f"cat {note}"),
            _always(_tool("spawn_agent", "multi_agent_v1", message=SUBTASK)),
            lambda note, said: _tool("wait_agent", "multi_agent_v1", targets=[_agent_id(said)], timeout_ms=20_000),
        ),
    ),
    Program(
        "codex",
        "@openai/codex",
        "0.171.0",
        (*CODEX, TASK),
        (
            lambda note, said: {"name": "exec", "input": f'text((await tools.exec_command({{cmd: "cat {note}"}})).output)'},
            _always(_tool("spawn_agent", "collaboration", task_name="look", message=SUBTASK, fork_turns="none")),
            _always(_tool("wait_agent", "collaboration", timeout_ms=20_000)),
        ),
        variant="-default-model",
    ),
    Program(
        "opencode",
        "opencode-ai",
        "1.18.33",
        ("run", "--model", "anthropic/claude-sonnet-4-5", TASK),
        (_reads("read", "filePath"), _always(_tool("task", description="look", prompt=SUBTASK, subagent_type="general"))),
    ),
    Program(
        "gemini",
        "@google/gemini-cli",
        "0.61.0",
        ("--model", "gemini-2.5-pro", "--yolo", "--prompt", TASK),
        (_reads("read_file", "file_path"), _always(_tool("invoke_agent", agent_name="generalist", prompt=SUBTASK))),
    ),
    Program(
        "qwen",
        "@qwen-code/qwen-code",
        "0.24.4",
        ("--yolo", "--prompt", TASK),
        (_reads("read_file", "file_path"), _always(_tool("agent", description="look", prompt=SUBTASK, subagent_type="general-purpose"))),
    ),
    Program(
        "cline",
        "cline",
        "3.0.65",
        (TASK,),
        (
            lambda note, said: _tool("read_files", files=[{"path": note}]),
            _always(_tool("spawn_agent", systemPrompt="You look at notes.", task=SUBTASK)),
        ),
        login='COMMAND auth openai -k "$OPENAI_API_KEY" -m default -b "$OPENAI_BASE_URL"',
    ),
    Program(
        "aider",
        "aider-chat",
        "0.86.2",
        (
            "--model",
            "openai/gpt-5.2",
            "--no-git",
            "--yes-always",
            "--no-check-update",
            "--no-show-model-warnings",
            "--no-analytics",
            "--message",
            TASK,
        ),
        python=True,
    ),
    Program(
        "llm",
        "llm",
        "0.36",
        ("--model", "gpt-4o-mini", "--no-log", "--tool", "llm_time", TASK),
        (_always(_tool("llm_time")),),
        python=True,
    ),
)


SDK = Program("sdk", "claude-agent-sdk", "0.2.189", (), python=True)
"""Python that brings a Claude Code of its own."""

NAMED = {client.name + client.variant: client for client in PROGRAMS}


def program(client: Program, cache: Path) -> Path:
    """The client's command, installed once into the cache of the tests. Skips the test where its index can't be had."""
    found = installed_in(client, cache) / ("bin" if client.python else "node_modules/.bin") / client.name
    if not found.exists():
        pytest.skip(f"{client.package} {client.version} has no {client.name} for this machine")
    return found


def installed_in(client: Program, cache: Path) -> Path:
    """The folder of the client's package, installed as `program` does."""
    installed = cache / f"{client.name}-{client.version}"
    if not installed.is_dir():
        tool = "uv" if client.python else "npm"
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {client.name} is installed with it")
        # into a folder of its own first: an install that was cut off must not count
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            folder = Path(temporary) / "new"
            folder.mkdir()
            _install(client, folder)
            # another run of the tests may have been first
            with suppress(OSError):
                folder.rename(installed)
    return installed


def _install(client: Program, folder: Path) -> None:
    if client.python:
        # a virtual environment can't be moved, but packages in a folder can
        command = [
            "uv",
            "pip",
            "install",
            "--quiet",
            "--python",
            sys.executable,
            "--target",
            str(folder),
            f"{client.package}=={client.version}",
        ]
    else:
        (folder / "package.json").write_text("{}")
        options = ["--loglevel=error", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0"]
        command = ["npm", "install", *options, f"{client.package}@{client.version}"]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{command[0]} did not install {client.name} within {INSTALL_SECONDS} seconds")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"{command[0]} can't install {client.name} here: {error.stderr.strip()[-300:]}")


def _blocks(request: Received) -> list[Json]:
    """What the client has sent so far: the items of the Responses API, the blocks of Anthropic's messages."""
    found: list[Json] = []
    for message in request.body.get("messages") or request.body.get("input") or []:
        content = message.get("content")
        found += [message, *(content if isinstance(content, list) else [{"type": "text", "text": content}])]
    return found


def _answered(request: Received) -> int:
    """How many of the main agent's calls have been answered."""
    return sum(str(block.get("type")).endswith(("tool_result", "call_output")) for block in _blocks(request))


def kind_of(request: Received) -> str:
    """What a request of the conversation is, by what it says and not by what the client calls it."""
    blocks = _blocks(request)
    said = str([block for block in blocks if block.get("type") != "tool_use"])
    if SUBTASK in said and TASK not in said:
        return "subagent"
    if TASK not in said:
        return "chore"
    if _answered(request):
        return "tool use"
    return "main turn" if request.body.get("tools") or any(block.get("type") == "additional_tools" for block in blocks) else "plain"


def model(client: Program, note: Path) -> Callable[[Received], list[Json]]:
    """A model that does as `TASK` says with the tools of a client: makes its calls, one a request, then ends its turn."""

    def says(request: Received) -> list[Json]:
        number = _answered(request)
        if kind_of(request) in ("main turn", "tool use") and number < len(client.calls):
            call = client.calls[number](str(note), str(_blocks(request)))
            return [{"type": "tool_use", "id": f"toolu_{number}", **call}]
        return [{"type": "text", "text": "Done."}]

    return says

"""Claude Code itself: from npm, and a conversation for it that needs no model."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ..gateway.upstream import Json, Received

VERSION = "2.1.330"
"""The one that the facts of Claude Code were measured on."""
INSTALL_SECONDS = 180
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    # whatever it would still ask of the internet finds a closed door; `run` has it go to the proxy without this one
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
}
MAIN_TASK, SUBAGENT_TASK = "Read note.txt and have it looked at.", "Look at it and say so."


def claude_code(cache: Path) -> Path:
    """The program, installed once into the cache of the tests: it has 360 MB. Skips the test where npm is missing or can't install it."""
    installed = cache / f"claude-code-{VERSION}"
    if not installed.is_dir():
        if shutil.which("npm") is None:
            pytest.skip("npm is not installed: Claude Code comes from there")
        _install(cache, installed)
    found = sorted(installed.glob("node_modules/@anthropic-ai/claude-code-*/claude"))
    if not found:
        pytest.skip(f"npm has no Claude Code {VERSION} for this machine")
    return found[0]


def _install(cache: Path, installed: Path) -> None:
    # into a folder of its own first: an install that was cut off must not count
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        folder = Path(temporary) / "new"
        folder.mkdir()
        (folder / "package.json").write_text("{}")
        options = ["--loglevel=error", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts", "--fetch-retries=0"]
        command = ["npm", "install", *options, f"@anthropic-ai/claude-code@{VERSION}"]
        try:
            subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm did not install Claude Code within {INSTALL_SECONDS} seconds")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"npm can't install Claude Code here: {error.stderr.strip()[-200:]}")
        # another run of the tests may have been first
        with suppress(OSError):
            folder.rename(installed)


def kind_of(request: Received) -> str:
    """What a request of the conversation is, by what it says and not by what the client calls it."""
    messages = request.body["messages"]
    if not request.body.get("tools"):
        return "chore"
    said = str(messages)
    if SUBAGENT_TASK in said and MAIN_TASK not in said:
        return "subagent"
    answered = next(message for message in reversed(messages) if message["role"] == "user")["content"]
    return "tool use" if any(isinstance(block, dict) and block["type"] == "tool_result" for block in answered) else "main turn"


def model(note: Path) -> Callable[[Received], list[Json]]:
    """A model that does as `MAIN_TASK` says: the main agent reads the note, then sends out a subagent, then ends its turn."""
    subagent = {"description": "look", "prompt": SUBAGENT_TASK, "subagent_type": "general-purpose"}
    calls: list[Json] = [
        {"type": "tool_use", "id": "toolu_read", "name": "Read", "input": {"file_path": str(note)}},
        {"type": "tool_use", "id": "toolu_agent", "name": "Agent", "input": subagent},
    ]

    def says(request: Received) -> list[Json]:
        said = str(request.body["messages"])
        left = [call for call in calls if call["id"] not in said] if kind_of(request) in ("main turn", "tool use") else []
        return left[:1] or [{"type": "text", "text": "Done."}]

    return says

"""A session of the real client that moves between models of three vendors at every turn runs to its end if fitted, and else breaks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.service.claude_code import QUIET, claude_code

from .proxy import Proxy, running_proxy
from .strict import SIGNATURES, Limits, strict
from .upstream import Json, Received, Upstream

TURNS = 6
TASK = "Read note.txt again and again."
POLICY = """
when count(tools) == 0 -> a
when messages in [2, 8, 14] -> a
when messages in [4, 10, 16] -> b
when messages in [6, 12, 18] -> c
default -> b
"""
LIMITS = {
    "up-a": Limits("anthropic", cap=64_000),
    "up-b": Limits("openai", cap=9_000, efforts=("low", "medium", "high"), thinking=()),
    "up-c": Limits("others", cap=4_000, efforts=("low", "medium", "high"), thinking=()),
}
FEW_EFFORTS = {"supports_reasoning": True, "supports_xhigh_reasoning_effort": False, "supports_max_reasoning_effort": False}
INFO: dict[str, Json] = {
    "a": {"max_output_tokens": 64_000, "supports_reasoning": True},
    "b": {"max_output_tokens": 9_000, **FEW_EFFORTS},
    "c": {"max_output_tokens": 4_000, **FEW_EFFORTS},
}


def says(note: Path, request: Received) -> list[Json]:
    """Thinking, signed by the vendor that answers, and another reading of the note, until all turns are taken."""
    said = str(request.body.get("messages") or request.body.get("input"))
    if TASK not in said or not request.body.get("tools"):
        return [{"type": "text", "text": "A title"}]
    signature = SIGNATURES.get(LIMITS[request.model].vendor)
    thought: list[Json] = [{"type": "thinking", "thinking": "Hm.", "signature": f"{signature}xyz"}] if signature else []
    done = sum(f"toolu_{turn}" in said for turn in range(TURNS))
    if done == TURNS:
        return [*thought, {"type": "text", "text": "All turns are done."}]
    return [*thought, {"type": "tool_use", "id": f"toolu_{done}", "name": "Read", "input": {"file_path": str(note)}}]


def session(proxy: Proxy, program: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Claude Code at its task, without anybody watching."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        **QUIET,
        "ANTHROPIC_BASE_URL": proxy.url,
        "ANTHROPIC_AUTH_TOKEN": proxy.master_key,
        "NO_PROXY": "127.0.0.1",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "CLAUDE_CODE_EFFORT_LEVEL": "max",
    }
    return subprocess.run(
        [str(program), "-p", TASK, "--model", "a", "--allowedTools", "Read"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("fitted", [True, False])
def test_a_session_over_three_vendors(
    fitted: bool, provider: Upstream, upstream: Upstream, tmp_path: Path, cache: pytest.Cache, request: pytest.FixtureRequest
) -> None:
    program = claude_code(cache.mkdir("claude-code"))
    work = tmp_path / "work"
    work.mkdir()
    note = work / "note.txt"
    note.write_text("Some words.\n")
    models = {"a": "anthropic/up-a", "b": "openai/up-b", "c": "hosted_vllm/up-c"}
    model_list = [
        {
            "model_name": label,
            "litellm_params": {"model": model, "api_key": "k", "api_base": provider.url + ("" if label == "a" else "/v1")},
            "model_info": INFO[label],
        }
        for label, model in models.items()
    ]
    files = {} if fitted else {"ccproxy.yaml": "fit: false\n"}
    with running_proxy(tmp_path / "proxy", provider, POLICY, model_list=model_list, files=files) as proxy:
        upstream.says = lambda request: says(note, request)
        upstream.refuses = strict(LIMITS)
        told = session(proxy, program, work)
    main = [one.model for one in upstream.received if one.body.get("tools")]
    if fitted:
        assert told.returncode == 0, told.stdout + told.stderr
        assert "All turns are done." in told.stdout
        assert main == ["up-a", "up-b", "up-c", "up-a", "up-b", "up-c", "up-a"]
    else:
        assert "All turns are done." not in told.stdout
        assert set(main) == {"up-a", "up-b"}  # it asks again and again, and is refused each time

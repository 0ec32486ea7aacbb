"""Time and memory of a replay: transcripts made by a generator, read, decided and priced.

`python -m tests.benchmarks.replay --requests 200000 --megabytes 2000`: writes them into a temporary folder, which is deleted at the end.
`--decisions 200000` does the same with decision records and those of their answers.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil

TURNS = 100
"""Requests of a session."""
POLICY = """\
when agent.class == "subagent" -> background
when tokens > 150k -> token_count
when effort in ["xhigh", "max"] -> think
default -> default
"""
CONFIG = """\
model_list:
  - {model_name: default, litellm_params: {model: anthropic/claude-opus-5-5}}
  - {model_name: think, litellm_params: {model: anthropic/claude-opus-5-5}}
  - {model_name: token_count, litellm_params: {model: anthropic/claude-opus-5-5}}
  - {model_name: background, litellm_params: {model: anthropic/claude-haiku-4-5}}
"""


def digest(message: dict[str, Any]) -> str:
    """The name of a message's blob."""
    return sha256(json.dumps(message, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def write_session(path: Path, number: int, filler: int) -> None:
    """A session whose tool results have so many characters a turn."""
    session = f"session-{number}"
    tools = [{"name": name, "description": "does things " * 20, "input_schema": {"type": "object"}} for name in ("Bash", "Read", "Edit")]
    shape = {"system": [{"type": "text", "text": "be helpful " * 300}], "tools": tools}
    lines: list[dict[str, Any]] = [{"type": "api-request-shape", "sessionId": session, "shapeHash": "shape", "shape": shape}]
    said: dict[str, Any] | None = None
    for turn in range(TURNS):
        time_of = f"2026-11-{1 + number % 28:02}T{turn // 60:02}:{turn % 60:02}:00Z"
        result = (f"line {number} {turn} of what a tool said, with some words in it; " * (filler // 50 + 1))[:filler]
        message = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"t{turn - 1}", "content": result}]}
        lines.append({"type": "user", "uuid": f"u{turn}", "parentUuid": f"a{turn - 1}", "sessionId": session, "message": message})
        lines.append(
            {
                **{"type": "api-request", "sessionId": session, "id": f"{number}.{turn}", "timestamp": time_of, "version": "2.1.330"},
                **{"shapeHash": "shape", "base": f"{number}.{turn - 1}", "keep": max(0, 2 * turn - 1)},
                "params": {"model": "claude-opus-5-5", "max_tokens": 32000, "output_config": {"effort": "medium"}},
                "tail": [digest(one) for one in (said, message) if one is not None],
            }
        )
        blocks = [{"type": "tool_use", "id": f"t{turn}", "name": "Bash", "input": {"command": f"ls {turn}"}}]
        said = {"role": "assistant", "content": blocks}
        usage = {
            **{"input_tokens": 3, "cache_read_input_tokens": filler // 4 * turn, "output_tokens": 80},
            **{"cache_creation_input_tokens": filler // 4, "service_tier": "standard"},
        }
        answer = {"id": f"m{number}.{turn}", "role": "assistant", "model": "claude-opus-5-5", "content": blocks, "usage": usage}
        where = {"uuid": f"a{turn}", "parentUuid": f"u{turn}", "sessionId": session, "timestamp": time_of, "requestRef": f"{number}.{turn}"}
        lines.append({"type": "assistant", **where, "requestId": f"r{turn}", "entrypoint": "cli", "message": answer})
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n")


def most_memory(process: subprocess.Popen[bytes]) -> int:
    """The most bytes that a process and those that it started had at once, looked at five times a second until it ends well."""
    most = 0
    while process.poll() is None:
        own = psutil.Process(process.pid)
        held = 0
        for one in (own, *own.children(recursive=True)):
            with suppress(psutil.Error):
                held += one.memory_info().rss
        most = max(most, held)
        time.sleep(0.2)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return most


def write_decisions(path: Path, number: int) -> None:
    """So many decision records of a proxy, each with that of its answer."""
    with path.open("w", encoding="utf-8") as file:
        for place in range(number):
            at = (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=10 * place)).isoformat().replace("+00:00", "Z")
            facts = {
                **{"tokens": 1_000 + place * 7_919 % 300_000, "effort": "high", "agent.class": "main", "endpoint": "messages", "turns": 3},
                **{"session": f"s{place // 80}", "client": "claude-cli/2.1.330 (external, cli)"},
            }
            decision = {
                **{"id": f"id{place}", "time": at, "request": f"r{place}", "policy": "0123456789ab", "rule": "policy.ccp:4"},
                **{"action": "route", "label": "default", "model": "claude-opus-5-5", "conversation": f"c{place // 40}", "facts": facts},
            }
            tokens = {"input": 10, "cache_write_5m": 400, "cache_write_1h": 0, "cache_read": place % 40 * 400, "output": 70}
            answer = {
                **{"answer": f"id{place}", "time": at, "status": 200, "served": "default", "tokens": tokens, "dollars": 0.0251},
                **{"seconds": 2.5, "label": "default", "rule": "policy.ccp:4"},
            }
            file.write(f"{json.dumps(decision)}\n{json.dumps(answer)}\n")


def measure(folder: Path, source: Path) -> str:
    """Replays a source by the policy of a folder; what that took."""
    size = sum(path.stat().st_size for path in (source.iterdir() if source.is_dir() else [source]))
    before, started = _processor(), time.monotonic()
    most = most_memory(subprocess.Popen([sys.executable, "-m", "ccproxy", "replay", str(source), "-p", str(folder / "policy.ccp")]))
    seconds, processor = time.monotonic() - started, _processor() - before
    return f"{size / 1e6:,.0f} MB: {seconds:.1f} s, {processor:.1f} s of the processor, {most / 1e6:,.0f} MB at most in all processes"


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Write, replay, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--decisions", type=int, help="so many decision records with their answers, in place of transcripts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sessions").mkdir()
        (folder / "config.yaml").write_text(CONFIG)
        (folder / "policy.ccp").write_text(POLICY)
        if options.decisions:
            write_decisions(folder / "decisions.jsonl", options.decisions)
            print(f"{2 * options.decisions:,} records, {measure(folder, folder / 'decisions.jsonl')}")
            return
        filler = max(100, options.megabytes * 1_000_000 // options.requests - 1_800)
        for number in range(options.requests // TURNS):
            write_session(folder / "sessions" / f"{number}.jsonl", number, filler)
        print(f"{options.requests:,} requests, {measure(folder, folder / 'sessions')}")


if __name__ == "__main__":
    main()

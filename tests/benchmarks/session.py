"""A synthetic session of Claude Code: the system prompt and tools of a capture, and turns that each add what the client would."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

CAPTURE = Path(__file__).parents[1] / "captures" / "01-main-first-turn.json"
TURNS = 60
RESULT_LINES = 186
"""Lines of the output of each tool, such that 60 turns come to about 180,000 tokens."""

_WORDS = (
    "retry",
    "request",
    "header",
    "policy",
    "token",
    "route",
    "model",
    "cache",
    "worker",
    "budget",
    "label",
    "session",
    "client",
    "parse",
)


def bodies(turns: int = TURNS, result_lines: int = RESULT_LINES) -> list[dict[str, Any]]:
    """The body of each turn's request, each with everything of the one before."""
    captured = json.loads(CAPTURE.read_text("utf-8"))["body"]
    source = random.Random(60)
    messages: list[dict[str, Any]] = [{"role": "user", "content": [{"type": "text", "text": f"Please fix the tests.\n{code(source, 20)}"}]}]
    found = []
    for turn in range(turns):
        found.append({**captured, "messages": [*messages[:-1], _with_cache_control(messages[-1])]})
        call = f"toolu_{turn:04}"
        command = f"sed -n {turn * 10},{turn * 10 + 200}p src/{source.choice(_WORDS)}_{turn}.py"
        asked = {"type": "text", "text": f"I will look at where {source.choice(_WORDS)} {turn} is used. {prose(source, 40)}"}
        use = {"type": "tool_use", "id": call, "name": "Bash", "input": {"command": command, "description": prose(source, 8)}}
        result = {"type": "tool_result", "tool_use_id": call, "content": code(source, result_lines)}
        reminder = {"type": "text", "text": f"<system-reminder>Turn {turn}. {prose(source, 25)}</system-reminder>"}
        messages += [{"role": "assistant", "content": [asked, use]}, {"role": "user", "content": [result, reminder]}]
    return found


def _with_cache_control(message: dict[str, Any]) -> dict[str, Any]:
    """As the client marks the last block of a request, and of no earlier one."""
    *before, last = message["content"]
    return {**message, "content": [*before, {**last, "cache_control": {"type": "ephemeral"}}]}


def prose(source: random.Random, words: int) -> str:
    """A sentence of so many words."""
    return " ".join(source.choices(_WORDS, k=words)).capitalize() + "."


def code(source: random.Random, lines: int) -> str:
    """So many lines of what passes for Python, as a tool shows a file: with line numbers."""
    shapes = ("def {0}_{1}({2}: int) -> str:", "    if {0}.{1} > {3} and not self._{2}:", '        raise ValueError(f"{0} {1}: {{{2}!r}}")')
    return "\n".join(
        f"{number + 1:>6}\t{source.choice(shapes).format(*source.choices(_WORDS, k=3), number * 7)}" for number in range(lines)
    )

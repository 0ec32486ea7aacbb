"""Policies of the kind that people route with, as large as you like."""

from __future__ import annotations

from random import Random

_FAMILIES = ("haiku", "sonnet", "opus", "gpt-4", "gpt-5", "gemini", "llama", "mistral", "qwen", "deepseek")
_TEAMS = tuple(f"team-{number}" for number in range(40))
_CLASSES = ("main", "subagent", "workflow", "compaction", "auxiliary")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_WORDS = ("deploy", "invoice", "translate", "summarize", "refactor", "migrate", "secret", "review", "benchmark", "explain")
_LABELS = ("default", "background", "think", "token_count", "web_search", "cheap", "local", "canary")


def routing_policy(rules: int, seed: int = 1) -> str:
    """A policy with so many rules, `default` last."""
    random = Random(seed)
    lines = [f"when {_condition(random, number)} -> {random.choice(_LABELS)}" for number in range(rules - 1)]
    return "\n".join([*lines, "default -> default", ""])


def _condition(random: Random, number: int) -> str:
    """One part that few requests have, and up to two that many have."""
    parts = [random.choice(_SELECTIVE), *random.sample(_BROAD, random.choice((0, 1, 1, 2)))]
    return " and ".join(part(random, number) for part in parts)


def _model(random: Random, number: int) -> str:
    family = random.choice(_FAMILIES)
    return random.choice(
        (
            f'model == "claude-{family}-{random.randint(1, 60)}"',
            f'model in ["{family}-{random.randint(1, 60)}", "{family}-{random.randint(1, 60)}-latest"]',
            f'model matches "claude-{family}-{random.randint(1, 60)}-*"',
            f'model starts with "{family}-{random.randint(1, 60)}-"',
        )
    )


def _tokens(random: Random, number: int) -> str:
    low = random.randint(1, 180)
    return random.choice((f"tokens > {low}k", f"tokens < {low}k", f"{low}k < tokens <= {low + random.randint(5, 60)}k"))


def _header(random: Random, number: int) -> str:
    return f'header("x-route") == "r{number}"'


def _agent(random: Random, number: int) -> str:
    return f'agent.class == "{random.choice(_CLASSES)}"'


def _effort(random: Random, number: int) -> str:
    one, two = random.sample(_EFFORTS, 2)
    return random.choice((f'effort in ["{one}", "{two}"]', f'effort == "{one}"'))


def _team(random: Random, number: int) -> str:
    return f'key.team == "{random.choice(_TEAMS)}"'


def _time(random: Random, number: int) -> str:
    return f"time in {random.randint(0, 23):02}:00..{random.randint(0, 23):02}:30"


def _weekday(random: Random, number: int) -> str:
    return random.choice(("weekday in sat..sun", "weekday in mon..fri", "weekday == fri"))


def _tools(random: Random, number: int) -> str:
    return f'any tools == "mcp__{random.randint(1, 300)}"'


def _prompt(random: Random, number: int) -> str:
    word = f"{random.choice(_WORDS)} {random.randint(1, 40)}"
    return random.choice((f'prompt contains "{word}"', f"prompt matches /\\b{word}\\b/i"))


def _stream(random: Random, number: int) -> str:
    return random.choice(("stream", "not stream", "images > 0"))


def _alias(random: Random, number: int) -> str:
    return f'key.alias == "alias-{random.randint(1, 200)}"'


_SELECTIVE = (_model, _header, _header, _team, _alias, _tools, _prompt)
_BROAD = (_tokens, _agent, _effort, _time, _weekday, _stream)

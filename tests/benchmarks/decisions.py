"""What a decision costs beside Python written by hand: `uv run python -m tests.benchmarks.decisions`.

Policies of cheap facts with 10, 100, 1,000 and 5,000 rules. Beside the compiled policy: a function of `if`s over the same facts, as one
would write it by hand, and the classic design, a list of rule objects that are tried one by one. All give the same answers.

`facts in hand` times the decision alone. `end to end` times from body and headers: `policy.decide(body, headers=…)` against a function
that looks the same fields up in the body and headers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ccproxy
from ccproxy.facts import Facts, observe
from tests.benchmarks.measure import medians, table

Request = tuple[dict[str, Any], dict[str, str]]
SIZES = (10, 100, 1_000, 5_000)


def policy_text(rules: int) -> str:
    """A routing policy of `rules` rules and a default."""
    return "\n".join([*(_rule(number) for number in range(rules)), "default -> default"])


def _rule(number: int) -> str:
    match number % 5:
        case 0:
            return f'when agent.class == "class{number}" -> label{number}'
        case 1:
            return f'when model == "model{number}" and stream -> label{number}'
        case 2:
            return f'when effort in ["level{number}", "grade{number}"] -> label{number}'
        case 3:
            return f"when max_tokens in {number * 10}..{number * 10 + 5} -> label{number}"
        case _:
            return f'when key.team == "team{number}" or speed == "speed{number}" -> label{number}'


def requests(rules: int) -> list[Request]:
    """Requests that end at the first, a middle and the last rules, and at default."""
    wanted = sorted({*range(0, rules, max(1, rules // 10)), rules - 1})
    return [_request(number) for number in wanted] + [({"model": "m", "max_tokens": 7, "messages": []}, {})]


def _request(number: int) -> Request:
    body: dict[str, Any] = {"model": "m", "stream": True, "max_tokens": 7, "messages": [], "output_config": {"effort": "medium"}}
    headers: dict[str, str] = {}
    match number % 5:
        case 0:
            headers["x-claude-code-request-class"] = f"class{number}"
        case 1:
            body["model"] = f"model{number}"
        case 2:
            body["output_config"] = {"effort": f"level{number}"}
        case 3:
            body["max_tokens"] = number * 10 + 1
        case _:
            body["speed"] = f"speed{number}"
    return body, headers


# ── Written by hand ──────────────────────────────────────────────────────────────────────────────────────────────────


def by_hand(rules: int, *, from_request: bool) -> Callable[..., str]:
    """The same policy as Python that somebody would write: its text is long, so it is made here, and compiled."""
    lines = ["def decide(body, headers):" if from_request else "def decide(facts):"]
    if from_request:
        lines += [
            "    agent_class = headers.get('x-claude-code-request-class')",
            "    model = body.get('model')",
            "    stream = body.get('stream')",
            "    effort = (body.get('output_config') or {}).get('effort')",
            "    max_tokens = body.get('max_tokens')",
            "    team = None",
            "    speed = body.get('speed')",
        ]
    else:
        names = {"agent_class": "agent_class", "team": "key_team"}
        for name in ("agent_class", "model", "stream", "effort", "max_tokens", "team", "speed"):
            lines.append(f"    {name} = facts.{names.get(name, name)}")
    for number in range(rules):
        condition = (
            f'agent_class == "class{number}"',
            f'model == "model{number}" and stream',
            f'effort in ("level{number}", "grade{number}")',
            f"max_tokens is not None and {number * 10} <= max_tokens < {number * 10 + 5}",
            f'team == "team{number}" or speed == "speed{number}"',
        )[number % 5]
        lines.append(f"    {'el' if number and rules <= 100 else ''}if {condition}:\n        return 'label{number}'")
    lines.append("    return 'default'")
    scope: dict[str, Any] = {}
    exec("\n".join(lines), scope)
    decide: Callable[..., str] = scope["decide"]
    return decide


@dataclass(frozen=True)
class RuleObject:
    """One rule of the classic design."""

    label: str
    kind: int
    number: int

    def evaluate(self, facts: Facts) -> bool:
        number = self.number
        match self.kind:
            case 0:
                return facts.agent_class == f"class{number}"
            case 1:
                return facts.model == f"model{number}" and bool(facts.stream)
            case 2:
                return facts.effort in (f"level{number}", f"grade{number}")
            case 3:
                return facts.max_tokens is not None and number * 10 <= facts.max_tokens < number * 10 + 5
            case _:
                return facts.key_team == f"team{number}" or facts.speed == f"speed{number}"


def one_by_one(rules: list[RuleObject], facts: Facts) -> str:
    """Try rule objects in order."""
    for rule in rules:
        if rule.evaluate(facts):
            return rule.label
    return "default"


# ── The runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Row:
    """Seconds a decision."""

    what: str
    rules: int
    seconds: dict[str, float]


def in_hand(rules: int, rounds: int) -> Row:
    """The decision alone, every fact computed before."""
    policy = ccproxy.loads(policy_text(rules))
    written, objects = by_hand(rules, from_request=False), [RuleObject(f"label{n}", n % 5, n) for n in range(rules)]
    facts = [observe(body, headers=headers) for body, headers in requests(rules)]
    decide = policy.router.decide
    for one in facts:
        assert decide(one).label == written(one) == one_by_one(objects, one)
    candidates: dict[str, Callable[[], object]] = {
        "by hand": lambda: [written(one) for one in facts],
        "compiled": lambda: [decide(one) for one in facts],
        "rule objects": lambda: [one_by_one(objects, one) for one in facts],
    }
    return _row("facts in hand", rules, candidates, len(facts), rounds)


def end_to_end(rules: int, rounds: int) -> Row:
    """From body and headers."""
    policy = ccproxy.loads(policy_text(rules))
    written = by_hand(rules, from_request=True)
    sent = requests(rules)
    for body, headers in sent:
        assert policy.decide(body, headers=headers).label == written(body, headers)
    candidates: dict[str, Callable[[], object]] = {
        "by hand": lambda: [written(body, headers) for body, headers in sent],
        "compiled": lambda: [policy.decide(body, headers=headers) for body, headers in sent],
    }
    return _row("end to end", rules, candidates, len(sent), rounds)


def _row(what: str, rules: int, candidates: dict[str, Callable[[], object]], requests_: int, rounds: int) -> Row:
    repeats = max(1, 2_000 // (rules + 10))
    return Row(what, rules, {name: seconds / requests_ for name, seconds in medians(candidates, repeats, rounds).items()})


def run(sizes: tuple[int, ...] = SIZES, rounds: int = 31) -> list[Row]:
    """All rows."""
    return [row for size in sizes for row in (in_hand(size, rounds), end_to_end(size, rounds))]


def report(rows: list[Row]) -> str:
    """The table: µs a decision, and ratios to the function written by hand."""
    base = {row.what: row.seconds["compiled"] for row in reversed(rows)}
    lines = []
    for row in rows:
        ratios = {name: seconds / row.seconds["by hand"] for name, seconds in row.seconds.items()}
        lines.append(
            [
                row.what,
                f"{row.rules:,}",
                *(f"{row.seconds[name] * 1e6:.2f} µs" for name in ("by hand", "compiled")),
                f"{ratios['compiled']:.2f}x",
                f"{ratios['rule objects']:.1f}x" if "rule objects" in ratios else "-",
                f"{row.seconds['compiled'] / base[row.what]:.1f}x",
            ]
        )
    header = ["what", "rules", "by hand", "compiled", "compiled / by hand", "rule objects / by hand", "compiled / its 10 rules"]
    return table(header, lines)


if __name__ == "__main__":
    print(report(run()))

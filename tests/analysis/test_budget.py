"""Whatever a policy is, its analysis ends by its budget of steps, and says once what was not decided."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ccproxy.analysis.cases import cases
from ccproxy.analysis.difference import difference
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import TOTAL, Fuel
from ccproxy.analysis.nearest import nearest
from ccproxy.diagnostics import Code
from ccproxy.facts import observe
from tests.analysis.routing import routing_policy
from tests.analysis.samples import checked_policy, scaled
from tests.benchmarks.routing_rules import Kind, conditions, written

_STEPS = 300_000
_OVERDRAFT = 1_000_000
"""What one thing that is counted after it was done may take."""

END = "default -> d\n"
LARGE: dict[str, Callable[[], str]] = {
    "distinct models": lambda: "".join(f'when model == "m{n}" -> l{n % 7}\n' for n in range(1_500)) + END,
    "six facts": lambda: (
        "".join(
            f"when tokens > {n * 7919 % 1000} and messages < {n * 104729 % 500} and turns > {n * 31 % 300} and images < {n * 17 % 300} "
            f"and max_tokens > {n * 13 % 900} and documents < {n * 11 % 100} -> l{n % 5}\n"
            for n in range(800)
        )
        + END
    ),
    "exclusive-ors": lambda: (
        "let x0 = stream\n"
        + "".join(f'let x{n} = (x{n - 1} and not has header("h{n}")) or (not x{n - 1} and has header("h{n}"))\n' for n in range(1, 401))
        + f"when x400 -> a\n{END}"
    ),
    "shared lets": lambda: (
        "let a0 = tokens > 1\n"
        + "".join(f"let a{n} = not a{n - 1} or tokens > {n}\n" for n in range(1, 1_000))
        + "".join(f"when a{n} -> l{n % 3}\n" for n in range(1_000))
        + END
    ),
    "patterns": lambda: "".join(f"when prompt matches /w{n}[a-z]*x{n}/ -> l{n % 7}\n" for n in range(600)) + END,
    "globs": lambda: "".join(f'when model matches "*a{n}*b{n}*" -> l{n % 7}\n' for n in range(600)) + END,
    "sums": lambda: "".join(f"when tokens + {n} * max_tokens > {n} -> l{n % 7}\n" for n in range(800)) + END,
    "sums in sums": lambda: (
        "let s0 = tokens\n"
        + "".join(f"let s{n} = " + "\n+ ".join(f'(s{n - 1} * body("b{n}.{m}"))' for m in range(40)) + "\n" for n in range(1, 7))
        + f"when s6 > 1 -> a\n{END}"
    ),
    "times": lambda: "".join(f"when time in {n % 24:02}:{n % 60:02}..{n * 7 % 24:02}:00 -> l{n % 7}\n" for n in range(1_000)) + END,
    "bodies": lambda: "".join(f'when body("a{n}") == "x" or body("b{n}") == 5 -> l{n % 7}\n' for n in range(600)) + END,
    "lists": lambda: "".join(f'when any tools matches "*t{n}*" and none tools == "u{n}" -> l{n % 7}\n' for n in range(500)) + END,
    "alike": lambda: "".join(f'when model == "m{n % 10}" -> l\n' for n in range(1_500)) + END,
    "asserts": lambda: (
        "".join(f'when model == "m{n}" -> l{n % 7}\n' for n in range(300))
        + END
        + "".join(f'assert when model == "m{n}" or user == "u{n}" -> never l{n % 5}\n' for n in range(300))
    ),
    "long lets": lambda: (
        "let a0 = stream\n"
        + "".join(f'let a{n} = (a{n - 1} or header("x{n}") == "1") and not (a{n - 1} and model == "m{n}")\n' for n in range(1, 400))
        + f"when a399 -> a\n{END}"
    ),
    "elements": lambda: (
        "".join(
            f"when any tools in [{', '.join(f'{chr(34)}t{(n * 7 + m * 13) % 900}{chr(34)}' for m in range(80))}] "
            f'and none tools in ["u{n}", "v{n}"] -> l{n % 5}\n'
            for n in range(120)
        )
        + END
    ),
    "long texts": lambda: (
        "".join(f'when prompt contains "{"ab" * (200 + n)}" and not prompt contains "{"ba" * (199 + n)}" -> a{n % 3}\n' for n in range(40))
        + END
    ),
    "one condition": lambda: "when " + " or\n".join(f'model == "m{n}" and user == "u{n}"' for n in range(1_500)) + f" -> a\n{END}",
}


@pytest.mark.parametrize("name", LARGE)
def test_the_rest_is_told_once(name: str) -> None:
    fuel = Fuel(_STEPS)
    found = analyse(checked_policy(LARGE[name]()), fuel)
    assert -_OVERDRAFT < fuel.left < 0
    rest = [item for item in found if "300,000 steps were not enough" in item.message]
    assert [item.code for item in rest] == [Code.UNDECIDED]
    assert rest[0].help == "--budget STEPS gives the analysis more"


def test_memory_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    teams = "\n  or ".join(f'header("x-team") == "t{n}"' for n in range(400))
    policy = checked_policy(
        f"when {teams} -> a\n" + "".join(f'when header("x-team") == "u{n}" and tokens > {n} -> b\n' for n in range(200)) + END
    )
    assert analyse(policy, Fuel()) == []
    monkeypatch.setattr("ccproxy.analysis.fuel.MOST_KEPT", 20_000)
    [found] = analyse(policy, fuel := Fuel())
    assert found.code is Code.UNDECIDED
    assert found.message.endswith("(0 MB of memory were not enough)")
    assert found.help is None  # more steps would not do
    assert fuel.exhausted


@pytest.mark.parametrize("name", ["distinct models", "sums in sums", "alike"])
def test_other_questions_end_too(name: str) -> None:
    policy = checked_policy(LARGE[name]())
    assert difference(policy, policy, Fuel(_STEPS)).verdict in ("undecided", "same")
    cases(policy, Fuel(_STEPS))
    nearest(policy, observe({"model": "m5", "messages": []}))


def test_four_thousand_models_are_decided() -> None:
    fuel = Fuel()
    text = "".join(f'when model == "m{n}" -> l{n % 7}\n' for n in range(4_000)) + END
    assert analyse(checked_policy(text), fuel) == []
    assert fuel.left > TOTAL * 0.9


@pytest.mark.parametrize(("kind", "steps"), [("one fact", 1_000), ("mixed facts", 3_500)])
def test_rules_of_many_facts_are_decided(kind: Kind, steps: int) -> None:
    rules = scaled(500, 5_000)
    fuel = Fuel()
    text = "".join(f"when {written(condition, 'ccp')} -> l{number}\n" for number, condition in enumerate(conditions(kind, rules)))
    found = {item.code for item in analyse(checked_policy(text + END), fuel)}
    assert Code.UNDECIDED not in found
    assert fuel.total - fuel.left < steps * rules


def test_many_beginnings_are_found_by_the_text() -> None:
    fuel = Fuel()
    rules = scaled(800, 5_000)
    text = "".join(f'when model starts with "v{n}/" or model == "x{n}" -> l{n}\n' for n in range(rules))
    assert analyse(checked_policy(text + END), fuel) == []
    assert fuel.total - fuel.left < rules * 1_200


def test_a_thousand_routing_rules_are_decided() -> None:
    fuel = Fuel()
    found = {item.code for item in analyse(checked_policy(routing_policy(1_000)), fuel)}
    assert Code.UNREACHABLE_RULE in found
    assert Code.UNDECIDED not in found
    assert fuel.left > TOTAL / 2

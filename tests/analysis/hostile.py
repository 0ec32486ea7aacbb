"""Policies made to be too much for an analysis."""

from __future__ import annotations

from collections.abc import Callable
from random import Random


def infixes(count: int = 20) -> str:
    """Rules over independent infixes of one text, each in each combination with others."""
    random = Random(7)
    words = [f"w{number:02}q" for number in range(count)]
    rules = []
    for number in range(count):
        chosen = random.sample(words, 6)
        parts = [f'{random.choice(("", "not "))}prompt contains "{word}"' for word in chosen]
        rules.append(f"when {' and '.join(parts)} -> label_{number}")
    return "\n".join([*rules, "default -> default", ""])


def overlapping_infixes(count: int = 20) -> str:
    """Infixes that overlap each other in every way, all wanted at once, and as many not wanted."""
    random = Random(3)
    words = sorted({"".join(random.choice("ab") for _ in range(random.randint(4, 9))) for _ in range(2 * count)})
    wanted = " and ".join(f'prompt contains "{word}"' for word in words[::2])
    refused = " and ".join(f'not prompt contains "{word}"' for word in words[1::2])
    return f"when {wanted} and {refused} -> a\nwhen {wanted} -> b\nwhen {refused} -> c\ndefault -> default\n"


def three_sat(variables: int = 90, seed: int = 5) -> str:
    """Each rule takes what breaks one clause; the default is reached just where all clauses hold."""
    random = Random(seed)
    rules = []
    for _ in range(int(variables * 4.26)):
        chosen = random.sample(range(variables), 3)
        parts = [f'{random.choice(("", "not "))}has header("v{variable}")' for variable in chosen]
        rules.append(f"when {' and '.join(parts)} -> clause")
    return "\n".join([*rules, "default -> satisfied", ""])


def one_condition_sat(variables: int = 90, seed: int = 6) -> str:
    """All clauses in one condition."""
    random = Random(seed)
    clauses = []
    for _ in range(int(variables * 4.26)):
        chosen = random.sample(range(variables), 3)
        parts = [f'{random.choice(("", "not "))}has header("v{variable}")' for variable in chosen]
        clauses.append(f"({' or '.join(parts)})")
    condition = " and\n  ".join(clauses)
    return f"when {condition} -> satisfied\ndefault -> default\n"


def alternations(rules: int = 12) -> str:
    """Patterns of hundreds of alternatives on one text."""
    random = Random(11)
    lines = []
    for number in range(rules):
        words = "|".join("".join(random.choice("abcdef") for _ in range(4)) for _ in range(190))
        lines.append(f"when prompt matches /{words}/ -> label_{number}")
    texts = ", ".join(f'"{random.randint(0, 10**9)}"' for _ in range(300))
    listed = " or\n  ".join(f'system contains "{random.randint(0, 10**6)}"' for _ in range(500))
    lines += [f"when model in [{texts}] -> listed", f"when {listed} -> told"]
    return "\n".join([*lines, "default -> default", ""])


def repetitions() -> str:
    """Patterns whose deterministic automata are exponential in their length."""
    lines = [f"when prompt matches /a.{{{size}}}b/s and prompt matches /b.{{{size + 3}}}a/s -> a" for size in (12, 40, 200)]
    lines += ["when prompt matches /(x+x+)+y/ and not (prompt matches /x.{300}y/) and prompt matches /[xy]{200}$/ -> b"]
    return "\n".join([*lines, "default -> default", ""])


def tangled_sums() -> str:
    """Sums of counts that are related in many ways."""
    random = Random(13)
    facts = ["tokens", "tokens.system", "tokens.tools", "tokens.messages", "tokens.latest", "messages", "turns", "images"]
    rules = []
    for number in range(24):
        chosen = random.sample(facts, 4)
        left = " + ".join(f"{random.randint(2, 9)} * {fact}" for fact in chosen[:2])
        right = " - ".join(f"{random.randint(2, 9)} * {fact}" for fact in chosen[2:])
        rules.append(f"when {left} > {right} + {random.randint(1, 900)} -> label_{number}")
    return "\n".join([*rules, "default -> default", ""])


def many_elements() -> str:
    """Questions about the elements of one list that get in each other's way."""
    random = Random(17)
    rules = []
    for number in range(30):
        parts = [
            f'{random.choice(("any", "all", "none"))} tools {random.choice(("contains", "starts with", "=="))} "{random.choice("abcdef")}"'
            for _ in range(7)
        ]
        rules.append(f"when {' and '.join(parts)} and count(tools) < {random.randint(1, 4)} -> label_{number}")
    return "\n".join([*rules, "default -> default", ""])


HOSTILE: dict[str, Callable[[], str]] = {
    "infixes": infixes,
    "overlapping infixes": overlapping_infixes,
    "3-SAT as rules": three_sat,
    "3-SAT in one condition": one_condition_sat,
    "alternations": alternations,
    "repetitions": repetitions,
    "tangled sums": tangled_sums,
    "many elements": many_elements,
}

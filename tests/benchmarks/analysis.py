"""What an analysis costs: `uv run python -m tests.benchmarks.analysis`.

Processor time, the median of a few runs, for policies of routing kind and for those made to be too much; garbage is looked for as
seldom as in a command. The targets are 0.3 s for
100 rules, 2 s for 1,000 and 10 s for 5,000, on a machine with nothing else to do.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from statistics import median
from time import process_time

from ccproxy.analysis.cases import cases
from ccproxy.analysis.difference import difference
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Fuel
from ccproxy.checks import CheckedPolicy
from ccproxy.cli.group import SELDOM
from tests.analysis.hostile import HOSTILE
from tests.analysis.routing import routing_policy
from tests.analysis.samples import checked_policy
from tests.benchmarks.routing_rules import Kind, conditions, written

_RUNS = 3


def _seconds(fuel: Callable[[], object]) -> float:
    times = []
    for _ in range(_RUNS):
        start = process_time()
        fuel()
        times.append(process_time() - start)
    return median(times)


def _found(checked: CheckedPolicy, fuel: Fuel) -> str:
    counts = Counter(item.code.slug for item in analyse(checked, fuel))
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


def _once(name: str, text: str) -> None:
    """Print the row of one run."""
    checked = checked_policy(text)
    start = process_time()
    fuel = Fuel()
    found = _found(checked, fuel)
    print(f"{name:44} {process_time() - start:8.3f} {fuel.total - fuel.left:10,}  {found}")


def main() -> None:
    """Print the table."""
    gc.set_threshold(SELDOM)
    print(f"{'policy':44} {'seconds':>8} {'steps':>10}  found")
    for size, target in ((10, None), (100, 0.3), (1_000, 2.0), (5_000, 10.0)):
        for seed in (1, 2):
            checked = checked_policy(routing_policy(size, seed))
            seconds = _seconds(lambda checked=checked: analyse(checked))  # type: ignore[misc]
            fuel = Fuel()
            found = _found(checked, fuel)
            name = f"routing, {size:,} rules, seed {seed}{f' (target {target})' if target else ''}"
            print(f"{name:44} {seconds:8.3f} {fuel.total - fuel.left:10,}  {found}")
    kinds: tuple[Kind, ...] = ("one fact", "mixed facts")
    for kind in kinds:
        rules = [f"when {written(condition, 'ccp')} -> l{number}\n" for number, condition in enumerate(conditions(kind, 5_000))]
        _once(f"rules of {kind}, 5,000 (target 10)", "".join([*rules, "default -> default\n"]))
    models = [f'when model == "m{number}" -> l{number % 7}\n' for number in range(19_999)]
    _once("distinct models, 20,000 rules (target 5)", "".join([*models, "default -> default\n"]))
    checked = checked_policy(routing_policy(100))
    other = checked_policy(routing_policy(100).replace("tokens > ", "tokens >= "))
    print(f"{'difference of 100 rules and 100':44} {_seconds(lambda: difference(checked, other)):8.3f}")
    large, moved = checked_policy(routing_policy(1_000)), checked_policy(routing_policy(1_000).replace("tokens > 9", "tokens > 8"))
    print(f"{'difference of 1,000 rules and 1,000':44} {_seconds(lambda: difference(large, moved)):8.3f}")
    print(f"{'cases of 100 rules':44} {_seconds(lambda: cases(checked)):8.3f}")
    for name, make in HOSTILE.items():
        _once(name, make())


if __name__ == "__main__":
    main()

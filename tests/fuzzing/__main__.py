"""Fuzzes with atheris, which goes on from inputs that reach new code: `uv run --with atheris python -m tests.fuzzing --seconds 300 policy`.

Without a target all take their turn, each in a process of its own. An input that raises, or takes longer than 20 seconds, ends its target
and is kept in the folder that is told.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

from tests.benchmarks.measure import table
from tests.fuzzing.mutation import LARGEST
from tests.fuzzing.targets import TARGETS, Target

SLOWEST = 20
"""Seconds."""
MEGABYTES = 4_096


def main() -> int:
    """Run and report; 1 where something was found."""
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(names))
    parser.add_argument("--inputs", type=int, default=0, help="how many to try of each target; without it as many as there is time for")
    parser.add_argument("--seconds", type=int, default=0, help="how long to try each target; 60 without --inputs")
    parser.add_argument("--keep", type=Path, help="the folder of inputs that reach new code, to go on from another time")
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - set(names)
    if unknown:
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if find_spec("atheris") is None:
        parser.error("atheris is not installed: uv run --with atheris python -m tests.fuzzing")
    folder = arguments.keep or Path(mkdtemp(prefix="ccproxy-fuzzing-"))
    seconds = arguments.seconds or (0 if arguments.inputs else 60)
    chosen = [target for target in TARGETS if not arguments.targets or target.name in arguments.targets]
    rows = [fuzz(target, folder, arguments.inputs, seconds) for target in chosen]
    print(table(("target", "inputs", "seconds", "code reached", "found"), rows))
    return int(any(row[-1] for row in rows))


def fuzz(target: Target, folder: Path, inputs: int, seconds: int) -> tuple[str, ...]:
    """Run one target: a row of the table."""
    corpus, found = folder / target.name, folder / f"{target.name}-found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    bounds = [*([f"-runs={inputs}"] if inputs else []), *([f"-max_total_time={seconds}"] if seconds else [])]
    limits = [
        f"-timeout={SLOWEST}",
        f"-report_slow_units={SLOWEST}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-max_len={LARGEST}",
        f"-artifact_prefix={found}/",
        "-print_final_stats=1",
    ]
    command = [sys.executable, "-m", "tests.fuzzing.engine", target.name, *bounds, *limits, str(corpus)]
    log = folder / f"{target.name}.log"
    with log.open("w") as file:
        subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False)
    text = log.read_text("utf-8", "replace")
    executed, took = re.findall(r"number_of_executed_units: (\d+)|in (\d+) second", text), re.findall(r"in (\d+) second", text)
    covered = re.findall(r"cov: (\d+)", text)
    kept = ", ".join(map(str, sorted(found.iterdir())))
    told = kept or ("" if took else f"see {log}")
    return (
        target.name,
        max((count for count, _ in executed), key=len, default="?"),
        took[-1] if took else "?",
        covered[-1] if covered else "?",
        told,
    )


if __name__ == "__main__":
    sys.exit(main())

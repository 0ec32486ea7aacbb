"""What a command takes from a cold start, beside what importing its modules takes: `uv run python -m tests.benchmarks.starts [ROUNDS]`.

For each command the modules that it imports are noted first. Then four processes in turn, many times: one that imports the libraries that
such a program is made with (click, Lark, PyYAML) and, where the command tokenises, makes tiktoken's encoding; one that imports the modules
of others that this command does import (Python's own, click, RE2, …; Lark never, its table is stored), and makes the encoding too; one that
imports all its modules; one that is the command. At last `check` of the starter policy, without a LiteLLM config and with the starter one
beside it, in pairs ordered by chance, three times as many: the difference is a small part of what each takes. Times are of the processor,
user and system, and medians.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from shutil import copy
from statistics import median
from tempfile import TemporaryDirectory

from ccproxy.facts.counting.tokenizer import VOCABULARIES, shipped_folder
from tests.benchmarks.measure import table

ROOT = Path(__file__).parents[2]
REQUEST, POLICY = "tests/captures/01-main-first-turn.json", "policies/claude-code.ccp"
CONFIG = ROOT / "ccproxy/service/templates/config.yaml"
LIBRARIES = ("click", "lark", "yaml")
COMMANDS = (
    ("check", POLICY, "--no-config"),
    ("check", "policies/minimal.ccp", "--no-config"),
    ("explain", REQUEST, "--policy", POLICY),
    ("facts",),
    ("facts", REQUEST),
    ("fmt", "--check", POLICY),
    ("test", POLICY),
)
_COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An environment in which modules are compiled once, as where a package is installed."""
_NOTE = "import sys; from ccproxy.cli import main\ntry: main(sys.argv[1:])\nfinally: print('\\n', *sys.modules, file=sys.stderr)"


def _modules(command: Sequence[str]) -> list[str]:
    """The modules that a command imports, in the order in which it does."""
    done = subprocess.run([sys.executable, "-c", _NOTE, *command], cwd=ROOT, env=_COMPILED, capture_output=True, text=True, check=True)
    return [name for name in done.stderr.splitlines()[-1].split() if name != "__main__"]


def _importing(modules: Sequence[str], then: str = "") -> list[str]:
    """A process that imports these, as a command does: without looking for garbage, then or at its end."""
    lines = ["import gc, importlib, contextlib", "gc.disable()", f"for name in {[*modules]!r}:"]
    return ["-c", "\n".join([*lines, "  with contextlib.suppress(ImportError): importlib.import_module(name)", then, "gc.freeze()"])]


def _encoding() -> str:
    """What makes tiktoken's encoding in the least time that we know of."""
    path, vocabulary = shipped_folder(), VOCABULARIES["cl100k_base"]
    return f"""
import binascii, tiktoken
tokens = open({str(path / vocabulary.file)!r}, "rb").read().split()[::2]
ranks = dict(zip(map(binascii.a2b_base64, tokens), range(len(tokens))))
kept = [tiktoken.Encoding("", pat_str={vocabulary.pattern!r}, mergeable_ranks=ranks, special_tokens={{}})]
kept.append(kept)"""


def _milliseconds(arguments: Sequence[str]) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=_COMPILED, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def main(rounds: int) -> None:
    """Print the table."""
    rows = []
    for command in COMMANDS:
        modules = _modules(command)
        foreign = [name for name in modules if name.partition(".")[0] != "ccproxy"]
        encoding = _encoding() if "tiktoken" in modules else ""
        floors = _importing(LIBRARIES, encoding), _importing(foreign, encoding)
        processes = *floors, _importing(modules), ["-m", "ccproxy", *command]
        times = [[_milliseconds(one) for one in processes] for _ in range(rounds)]
        libraries, others, all_, whole = (median(column) for column in zip(*times, strict=True))
        ratios = [f"{whole / libraries:.2f}x", f"{whole / others:.2f}x"]
        rows.append([" ".join(command), *(f"{time:.0f} ms" for time in (libraries, others, all_, whole)), *ratios])
    print(table(["command", "libraries", "imports of others", "all imports", "command", "/ libraries", "/ of others"], rows))
    _with_a_config(rounds)


def _with_a_config(rounds: int) -> None:
    """Print what a LiteLLM config costs a check."""
    chance = random.Random(1)
    with TemporaryDirectory() as folder:
        places = [Path(folder, "without"), Path(folder, "with")]
        for place in places:
            place.mkdir()
            copy(ROOT / POLICY, place / "policy.ccp")
        copy(CONFIG, places[1] / "config.yaml")
        checks = [["-m", "ccproxy", "--config-dir", str(Path(folder, "none")), "check", str(place / "policy.ccp")] for place in places]
        times = []
        for _ in range(3 * rounds):
            took = {which: _milliseconds(checks[which]) for which in chance.sample((0, 1), 2)}
            times.append((took[0], took[1]))
    without, beside = (median(column) for column in zip(*times, strict=True))
    more = median(two - one for one, two in times)
    ratio = f"{beside / without:.2f}x"
    print(f"\ncheck of the starter policy: {without:.0f} ms; with the starter config: {beside:.0f} ms, {more:.0f} ms more ({ratio})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)

"""Plants faults in the language's core, and tells which of them no test notices: `uv run python -m tests.mutation --count 200 checks`.

Faults are drawn by chance from rooms, folders or files of `ccproxy/`. The tests of the language are collected once; each is planted in
a copy of that process, where the tests that call the function run, the fastest first, until one fails. A fault that makes a loop
endless counts as noticed.
"""

from __future__ import annotations

import argparse
import gc
import os
import pickle
import random
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from cProfile import Profile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import TypeVar

import pytest

from tests.benchmarks.measure import table
from tests.mutation.faults import Fault, fault_at, places_in

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ccproxy"
ROOMS = ("checks", "compiler", "analysis", "facts")
TESTS = (
    "conformance",
    "checks",
    "compiler",
    "facts",
    "language",
    "analysis",
    "diagnostics",
    "policies",
    "suite",
    "models",
    "cli/test_explain.py",
)
"""Folders of tests that are about the language, and the file in which explanations are tested."""
SLACK = 20.0
"""Seconds that a fault may add to three times that before it counts as endless."""
LONGEST_IN_ALL = 3_600.0
OPTIONS = ("-o", "addopts=", "--no-cov", "-n0", "-p", "no:cacheprovider", "-p", "no:terminal")
"""For pytest, which is to run nothing but the tests, in one process, and to print nothing."""
NOTICED, SURVIVED, ENDLESS, UNREACHED, UNPLANTED = "noticed", "survived", "endless", "unreached", "unplanted"
Code = tuple[str, str]
"""A function: its file, and its qualified name."""


@dataclass(frozen=True, slots=True)
class Called:
    """The functions that each test calls, by the tests' numbers, and how many seconds each test takes."""

    by: Mapping[Code, Collection[int]]
    seconds: Mapping[int, float]


class Planting:
    """A plugin of pytest's that runs the collected tests for each fault, and tells what becomes of it."""

    def __init__(self, faults: Sequence[Fault], longest: float, tell: Callable[[str], None]) -> None:
        self.faults = faults
        self.longest = longest
        self.tell = tell
        self.results: list[tuple[Fault, str]] = []
        self._failed = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all tests once to see what calls what, then those that matter for each fault."""
        files = {str(fault.path) for fault in self.faults}
        called = in_a_copy(lambda: self._called(session.items, files), LONGEST_IN_ALL)
        if called is None:
            self.tell(f"the tests take longer than {LONGEST_IN_ALL:.0f} s without a fault")
            return True
        for number, fault in enumerate(self.faults, 1):
            result = self._outcome(session.items, fault, called)
            self.results.append((fault, result))
            if result in (SURVIVED, UNREACHED):
                place = f"{os.path.relpath(fault.path, ROOT)}:{fault.line}"
                text = fault.path.read_text("utf-8").splitlines()[fault.line - 1].strip()
                self.tell(f"{number}/{len(self.faults)} {result}: {place} {fault.function}: {fault.was} -> {fault.becomes}\n    {text}")
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notice that a test fails."""
        self._failed = self._failed or report.failed

    def _outcome(self, items: Sequence[pytest.Item], fault: Fault, called: Called) -> str:
        chosen: list[int] = []
        total = 0.0
        for index in sorted(called.by.get((str(fault.path), fault.function), ()), key=called.seconds.__getitem__):
            total += called.seconds[index]
            if total > self.longest and chosen:
                break
            chosen.append(index)
        if not chosen:
            return UNREACHED
        return in_a_copy(lambda: self._tried(fault, [items[index] for index in chosen]), 3 * min(total, self.longest) + SLACK) or ENDLESS

    def _tried(self, fault: Fault, items: Sequence[pytest.Item]) -> str:
        if not plant(fault):
            return UNPLANTED
        good = (self._passes(item, after) for item, after in zip(items, [*items[1:], None], strict=True))
        return SURVIVED if all(good) else NOTICED

    def _passes(self, item: pytest.Item, after: pytest.Item | None) -> bool:
        self._failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        return not self._failed

    def _called(self, items: Sequence[pytest.Item], files: Collection[str]) -> Called:
        by: dict[Code, set[int]] = {}
        seconds: dict[int, float] = {}
        for index, (item, after) in enumerate(zip(items, [*items[1:], None], strict=True)):
            clear_caches()  # what a cache answers is called too
            profile = Profile()
            start = time.perf_counter()
            good = profile.runcall(self._passes, item, after)
            seconds[index] = time.perf_counter() - start
            if not good:
                self.tell(f"left out, because it fails without a fault: {item.nodeid}")
                continue
            for code in (entry.code for entry in profile.getstats()):
                if isinstance(code, CodeType) and code.co_filename in files:
                    # what a function has inside is part of it
                    by.setdefault((code.co_filename, _outermost(code)), set()).add(index)
        return Called(by, seconds)


def plant(fault: Fault) -> bool:
    """Put a fault into its function as it is in memory, and into the functions that it has made; False where that is not possible."""
    planted = {_named(code): code for code in _all_in(fault.code)}
    objects = gc.get_objects()
    try:
        found = [one for one in objects if isinstance(one, FunctionType) and _is(one.__code__, fault)]
        for function in found:
            function.__code__ = planted[_named(function.__code__)]
    except (ValueError, KeyError):
        return False
    clear_caches()
    return bool(found)


def _all_in(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _all_in(inner)


def _named(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def clear_caches() -> None:
    """Forget what functions of the package have kept."""
    modules = [module for name, module in sys.modules.items() if name.startswith("ccproxy.")]
    for one in {id(one): one for module in modules for one in vars(module).values() if isinstance(one, type(_cached))}.values():
        one.cache_clear()


def _is(code: CodeType, fault: Fault) -> bool:
    return code.co_filename == str(fault.path) and _outermost(code) == fault.function


def _outermost(code: CodeType) -> str:
    """The qualified name of the function that a code object is of, or is inside of."""
    return code.co_qualname.partition(".<locals>")[0]


@cache
def _cached() -> None: ...


def in_a_copy(work: Callable[[], T], seconds: float) -> T | None:
    """What `work` gives in a copy of this process; None where that takes longer, or the copy dies."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(), pipe)
        finally:
            os._exit(0)
    os.close(writing)
    text, until = b"", time.monotonic() + seconds
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while (left := until - time.monotonic()) > 0 and select.select([pipe], [], [], left)[0]:
            part = pipe.read(1 << 16)
            if not part:
                break
            text += part
    # what the tests of the copy started ends with it
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        result: T = pickle.loads(text)
    except (EOFError, pickle.UnpicklingError):
        return None
    return result


def drawn(places: Sequence[str], count: int, seed: int) -> list[Fault]:
    """Faults by chance from folders and files of the package, files as likely as there is to change in them."""
    paths = sorted(path for place in places for path in _files(PACKAGE / place))
    all_of_them = [place for path in paths for place in places_in(path)]
    chosen = random.Random(seed).sample(all_of_them, min(count, len(all_of_them)))
    faults = (fault_at(place) for place in chosen)
    return sorted((fault for fault in faults if fault is not None), key=lambda fault: (fault.path, fault.line))


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else [*place.rglob("*.py")]


def main() -> int:
    """Plant, and report; 1 where a fault survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("places", nargs="*", default=ROOMS, metavar="PLACE", help="folders and files of ccproxy/; else " + ", ".join(ROOMS))
    parser.add_argument("--count", type=int, default=100, help="how many faults to plant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", nargs="+", default=TESTS, metavar="FOLDER", help="folders and files of tests/; else " + ", ".join(TESTS))
    parser.add_argument("--seconds", type=float, default=60, help="of tests, as they take without a fault, that are given to one fault")
    arguments = parser.parse_args()
    faults = drawn(arguments.places, arguments.count, arguments.seed)
    # pytest takes standard output for itself
    out = os.fdopen(os.dup(1), "w", buffering=1)
    planting = Planting(faults, arguments.seconds, lambda line: print(line, file=out))
    tests = [str(ROOT / "tests" / room) for room in arguments.tests]
    pytest.main([*OPTIONS, *tests], plugins=[planting])
    results = (NOTICED, ENDLESS, SURVIVED, UNREACHED, UNPLANTED)
    by_room = Counter((fault.path.relative_to(PACKAGE).parts[0], result) for fault, result in planting.results)
    rooms = sorted({room for room, _ in by_room})
    print(table(("room", *results), [(room, *(str(by_room[room, result]) for result in results)) for room in rooms]), file=out)
    return int(any(result in (SURVIVED, UNREACHED) for _, result in planting.results))


if __name__ == "__main__":
    sys.exit(main())

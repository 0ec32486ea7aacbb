"""Runs a conformance suite: a folder of case files, and of policies with the diagnostics that they must give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from ccproxy.frozen import frozen
from ccproxy.policy import load
from ccproxy.suite import case_files, expectations
from ccproxy.suite.runner import FileResult, run_file
from ccproxy.yaml_nodes import read_yaml_file


@frozen
class Conformance:
    """The results of the case files; for each file of expected diagnostics, by its path in the suite, the lines that differ."""

    cases: tuple[FileResult, ...]
    diagnostics: Mapping[str, tuple[str, ...]]

    @property
    def fine(self) -> bool:
        """Whether all is as the language demands."""
        return all(file.fine for file in self.cases) and not any(self.diagnostics.values())

    @property
    def decided(self) -> tuple[int, int]:
        """How many cases passed, and how many failed."""
        return sum(file.passed for file in self.cases), sum(file.failed for file in self.cases)

    @property
    def checked(self) -> tuple[int, int]:
        """How many policies give the diagnostics that they must, and how many don't."""
        failed = sum(bool(lines) for lines in self.diagnostics.values())
        return len(self.diagnostics) - failed, failed


def run_suite(root: Path, each: Callable[[Sequence[Path]], Iterable[Path]] = iter) -> Conformance:
    """Run every case file and every file of expected diagnostics below a folder; `each` may show the progress through them.

    Predicates of the policies are imported and run. OSError for a case file that can't be read.
    """
    written, expected = (sorted(root.rglob(f"*{suffix}")) for suffix in (case_files.SUFFIX, expectations.SUFFIX))
    cases: list[FileResult] = []
    diagnostics: dict[str, tuple[str, ...]] = {}
    for path in each([*written, *expected]):
        name = path.relative_to(root).as_posix()
        if path.name.endswith(case_files.SUFFIX):
            cases.append(run_file(case_files.read_case_file(read_yaml_file(path), name, path), load))
        else:
            diagnostics[name] = expectations.unmet(path.with_suffix(".ccp"))
    return Conformance(tuple(cases), diagnostics)

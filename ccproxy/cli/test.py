"""`ccproxy test`: runs the cases of policies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click

from ccproxy.cli.arguments import CASES, POLICY, RECORDED, STDIN
from ccproxy.cli.context import CannotRunError, Settings, unreadable, use_colour
from ccproxy.cli.loaded_policies import load_as_proxy
from ccproxy.cli.output import say
from ccproxy.cli.progress import counted, progress
from ccproxy.compiler.python_predicates import PredicateError
from ccproxy.facts.calls import Passage
from ccproxy.frozen import mutable
from ccproxy.policy import Policy
from ccproxy.regular_files import exists, is_folder, read_bounded, real_path
from ccproxy.render.cases import coverage_lines, json_report, percent, summary, text_lines
from ccproxy.suite.case_files import SUFFIX, CaseFile, read_case_file
from ccproxy.suite.coverage import Coverage
from ccproxy.suite.runner import FileResult, observe_case, run_file
from ccproxy.yaml_nodes import MAX_YAML, read_yaml_file


@click.command(
    epilog="Example: ccproxy test policy.cases.yaml --coverage",
    help="""Run case files: requests, and the decisions that they must get.

    PATH is a case file, a folder of NAME.cases.yaml, a policy NAME.ccp with its cases beside it, or - for standard input. Without PATH:
    the case files of the current folder, else of the config folder. Exit code 1 where a case fails, or none is found.

    Python predicates of the policies are imported and run: for files that you don't trust, write --no-predicates. A case that depends
    on one then fails.""",
)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=CASES)
@click.option("--policy", type=POLICY, metavar="FILE", help="Run the cases against this policy, not their own.")
@click.option("--coverage", is_flag=True, help="Tell which rules and comparisons no case exercised.")
@click.option(
    "--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="Fail if less than this was exercised. Implies --coverage."
)
@click.option("--format", "shape", type=click.Choice(["text", "json", "junit"]), default="text", show_default=True, help="How to print it.")
@click.option("--no-predicates", is_flag=True, help="Import no Python: predicates are unknown.")
@click.option("--watch", is_flag=True, help="Run again whenever a case file, a policy or a request changes, until interrupted.")
@click.option(
    "--generate",
    type=POLICY,
    metavar="POLICY",
    help="Print a case file that passes, of what the cases beside the policy, or those of PATH, don't exercise: rules, branches, ways.",
)
@click.option(
    "--from",
    "sources",
    multiple=True,
    type=RECORDED,
    metavar="SOURCE",
    help="With --generate: of recorded requests (see replay), as facts. No text of one stands in a case; what hangs on it is left out.",
)
@click.option("--all", "every", is_flag=True, help="With --generate: a case for everything, exercised or not.")
@click.pass_obj
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    *,
    paths: tuple[Path, ...],
    policy: Path | None,
    coverage: bool,
    fail_under: float | None,
    shape: str,
    no_predicates: bool,
    watch: bool,
    generate: Path | None,
    sources: tuple[Path, ...],
    every: bool,
) -> None:
    """Run them, or write some."""
    if sources and generate is None:
        raise click.UsageError("--from is for --generate")
    if every and generate is None:
        raise click.UsageError("--all is for --generate")
    if generate is not None:
        from ccproxy.cli.generator import print_cases

        ctx.exit(print_cases(settings, generate, None if every else _beside(settings, generate, paths), sources))
    if policy is not None and not exists(policy):
        raise CannotRunError(unreadable(policy, FileNotFoundError()))
    runner = Runner(settings, paths, policy, coverage or fail_under is not None, fail_under, shape, not no_predicates)
    if not watch:
        ctx.exit(runner.run())
    from ccproxy.cli.watch import watch_files

    if STDIN in paths:
        raise CannotRunError("standard input can't be watched: name a file")
    watch_files(runner.run, runner.watched)


@mutable
class Runner:
    """One run of the cases after another; `reads` are the files that the last one depended on."""

    settings: Settings
    paths: tuple[Path, ...]
    policy: Path | None
    coverage: bool
    fail_under: float | None
    shape: str
    predicates: bool = True
    reads: frozenset[Path] = frozenset()

    def run(self) -> int:
        """Run and print; the exit code."""
        from ccproxy.config.settings import SETTINGS_NAME

        self.reads = frozenset([self.settings.folder / SETTINGS_NAME, *([self.policy] if self.policy else [])])
        try:
            # what a proxy has learnt would have the same case pass today and fail tomorrow
            counter = self.settings.counter(calibrated=False)
        except CannotRunError as error:
            error.show()
            return error.exit_code
        loaded: dict[Path, Policy] = {}

        def load_once(path: Path) -> Policy:
            """Case files about one policy share it, and what they exercise of it adds up."""
            real = real_path(path)
            if real not in loaded:
                loaded[real] = load_as_proxy(self.settings, path, counter, predicates=self.predicates)
            return loaded[real]

        files: list[FileResult] = []
        unread = 0
        paths = self.case_files()
        for path in paths if self.shape == "text" else counted(paths, "testing"):
            try:
                file = read(path)
            except OSError as error:
                say(f"ccproxy: {unreadable(path, error)}", err=True)
                unread += 1
                continue
            if self.shape == "text":
                with progress(f"testing {file.name}"):
                    result = run_file(file, load_once, self.policy)
                _print_file(result, self._passage)
            else:
                result = run_file(file, load_once, self.policy)
            self._note_reads(path, file, result)
            files.append(result)
        with progress("measuring what was exercised"):
            coverages = _coverages(files) if self.coverage else None
        self._print_rest(files, coverages)
        if unread:
            return 2
        if not any(file.results or file.problems or file.diagnostics for file in files):
            named = [path for path in self.paths if path.suffix == ".ccp"]
            wanted, policy = (f"{named[0].stem}{SUFFIX}", str(named[0])) if named else (f"NAME{SUFFIX}", "POLICY")
            say(f"ccproxy: no case found; write some into {wanted}, or see ccproxy test --generate {policy}", err=True)
            return 1
        enough = self.fail_under is None or percent((coverages or {}).values()) >= self.fail_under
        if not enough:
            say(f"ccproxy: {percent((coverages or {}).values()):.1f}% was exercised, less than {self.fail_under:g}%", err=True)
        return 0 if enough and all(file.fine for file in files) else 1

    def watched(self) -> frozenset[Path]:
        """The files that another run may read."""
        return self.reads.union(self.case_files())

    def case_files(self) -> list[Path]:
        """The case files that the paths stand for, each once."""
        found: list[Path] = []
        for path in self.paths:
            if is_folder(path):
                found += sorted(path.rglob(f"*{SUFFIX}"))
            elif path.suffix == ".ccp":
                beside = path.with_name(path.stem + SUFFIX)
                found += [beside] if exists(beside) else [] if exists(path) else [path]
            else:
                found.append(path)
        if not self.paths:
            folders = [self.settings.folder] if self.settings.config_dir else [Path(), self.settings.folder]
            found = next((cases for folder in folders if (cases := sorted(folder.glob(f"*{SUFFIX}")))), [])
        return list(dict.fromkeys(found))

    @property
    def _passage(self) -> Passage:
        """That of a proxy of the config folder."""
        return self.settings.passage(self.settings.litellm_config(None))

    def _note_reads(self, path: Path, file: CaseFile, result: FileResult) -> None:
        policy = result.policy.sources if result.policy else [file.policy] if file.policy else []
        sources = [diagnostic.span.source.path for diagnostic in result.diagnostics]
        requests = [case.reads for case in file.cases]
        self.reads |= {read for read in (path, *policy, *sources, *requests) if read is not None}

    def _print_rest(self, files: list[FileResult], coverages: dict[str, Coverage] | None) -> None:
        """What is printed when all cases have run."""
        if self.shape == "json":
            from ccproxy.cli.output import json_text

            click.echo(json_text(json_report(files, coverages, self._passage), indent=2))
        elif self.shape == "junit":
            from ccproxy.render.junit import junit_report

            say(junit_report(files))
        elif files:
            for name, coverage in (coverages or {}).items():
                say("\n".join(coverage_lines(name, coverage)))
            say(summary(files))


def read(path: Path) -> CaseFile:
    """The case file; `-` is standard input. OSError where it can't be read."""
    if path == STDIN:
        return read_case_file(read_bounded(sys.stdin.buffer, MAX_YAML), "<stdin>", None, Path())
    return read_case_file(read_yaml_file(path), str(path), path, Path())


def _beside(settings: Settings, policy: Path, paths: tuple[Path, ...]) -> Iterator[CaseFile]:
    """The case files of these paths, else those beside the policy; what is wrong with them is told."""
    runner = Runner(settings, paths or (policy,), None, False, None, "text")
    for path in runner.case_files() if paths or policy != STDIN else ():
        try:
            file = read(path)
        except OSError as error:
            raise CannotRunError(unreadable(path, error)) from None
        for problem in file.problems:
            say(f"ccproxy: {problem}", err=True)
        yield file


def _print_file(result: FileResult, passage: Passage) -> None:
    colour = use_colour()

    def paint(text: str, style: str) -> str:
        return click.style(text, fg=style) if colour else text

    for line in text_lines(result, paint, passage):
        say(line, color=colour)
    if result.diagnostics:
        from ccproxy.cli.file_names import Names
        from ccproxy.render.diagnostics.text import render_text

        for diagnostic in result.diagnostics:
            say(render_text(diagnostic, file_name=Names(), colour=colour) + "\n", color=colour)


def _coverages(files: list[FileResult]) -> dict[str, Coverage]:
    """What the cases exercised, policy by policy: several case files may be about one."""
    found: dict[str, Coverage] = {}
    for file, policy in _with_policies(files):
        name = str(policy.sources[0])
        coverage = found.setdefault(name, Coverage(policy.router))
        for result in file.results:
            with suppress(PredicateError):
                coverage.add(observe_case(policy, result.case))
    return found


def _with_policies(files: list[FileResult]) -> Iterator[tuple[FileResult, Policy]]:
    for file in files:
        if file.policy is not None:
            yield file, file.policy

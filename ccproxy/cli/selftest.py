"""`ccproxy selftest`: runs the language's conformance suite on what is installed."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from ccproxy.cli.arguments import FilePath
from ccproxy.cli.context import CannotRunError, unreadable
from ccproxy.cli.output import json_text, say
from ccproxy.cli.progress import counted
from ccproxy.render.cases import failure_lines
from ccproxy.suite.conformance import Conformance, run_suite
from ccproxy.suite.runner import FileResult

PACKAGES = ("ccproxy-policy", "litellm", "google-re2", "tiktoken", "pyyaml", "tzdata")
"""What a decision can depend on."""


@click.command(
    epilog="Example: ccproxy selftest --json",
    help="""Run the language's conformance suite on what is installed here: whether its policies give the decisions and diagnostics that the
    language demands, with these versions of what ccproxy depends on, on this machine.

    The suite came with ccproxy; your policies and settings are not read. Its Python predicates are imported and run. Exit code 1 where
    anything differs.""",
)
@click.option("--suite", type=FilePath(), metavar="FOLDER", help="Another suite, say that of a newer version. Its Python is run too.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.pass_context
def command(ctx: click.Context, *, suite: Path | None, as_json: bool) -> None:
    """Run and print."""
    with ExitStack() as opened:
        root = suite if suite is not None else opened.enter_context(as_file(files("ccproxy.conformance")))
        try:
            found = run_suite(root, lambda paths: counted(paths, "testing"))
        except OSError as error:
            raise CannotRunError(unreadable(Path(error.filename or root), error)) from None
    if not found.cases and not found.diagnostics:
        raise CannotRunError(f"there is no suite in {root}: no *.cases.yaml, and no *.expected")
    if as_json:
        click.echo(json_text(_dict(found), indent=2))
    else:
        say("\n".join(_lines(found)))
    ctx.exit(0 if found.fine else 1)


def _dict(found: Conformance) -> dict[str, Any]:
    counts = {"cases": found.decided, "diagnostics": found.checked}
    told = {name: {"passed": passed, "failed": failed} for name, (passed, failed) in counts.items()}
    return {"versions": _versions(), **told, "wrong": {name: list(lines) for name, lines in _wrong(found)}}


def _lines(found: Conformance) -> Iterator[str]:
    yield ", ".join(f"{name} {number}" for name, number in _versions().items())
    for name, lines in _wrong(found):
        yield name
        yield from (f"  {line}".rstrip() for line in lines)
    for (passed, failed), what in ((found.decided, "cases decided"), (found.checked, "policies checked")):
        yield f"{passed:,} {what} as the language demands" + (f", {failed:,} otherwise" if failed else "")


def _wrong(found: Conformance) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What differs, in lines by file."""
    yield from ((file.name, tuple(_wrong_cases(file))) for file in found.cases if not file.fine)
    yield from ((name, lines) for name, lines in found.diagnostics.items() if lines)


def _wrong_cases(file: FileResult) -> Iterator[str]:
    for result in file.results:
        if not result.passed:
            yield result.case.name
            yield from failure_lines(result)
    yield from map(str, (*file.problems, *file.diagnostics))


def _versions() -> dict[str, str]:
    """What the suite ran on: the packages, Python, and the machine."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "missing"
    return found | {platform.python_implementation(): platform.python_version(), platform.system(): platform.machine()}

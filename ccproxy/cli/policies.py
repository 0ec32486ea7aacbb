"""Policies that commands read, and the diagnostics of those with errors."""

from __future__ import annotations

import sys
from pathlib import Path

from ccproxy.checks import CheckedPolicy, check
from ccproxy.cli.context import CannotRunError, Settings, unreadable
from ccproxy.cli.output import say
from ccproxy.compiler.python_predicates import Report
from ccproxy.diagnostics import Diagnostic
from ccproxy.facts import TokenCounter
from ccproxy.language.loader import MOST_READ, Loaded, load_file, read_policy_file
from ccproxy.policy import Policy, PolicyError, PredicateFailure, load

STDIN = Path("-")


def read_policy(path: Path, name: str | None = None) -> Loaded:
    """The policy of a file, or of standard input. OSError without the file; `name` is what messages call it."""
    if path != STDIN:
        return load_file(path, name=name)
    stdin = Path("<stdin>")
    data = sys.stdin.buffer.read(MOST_READ)
    return load_file(stdin, lambda wanted: data if wanted == stdin else read_policy_file(wanted), str(stdin))


def read_checked(path: Path) -> CheckedPolicy | None:
    """The policy of a file; None where it has errors, which are printed then. CannotRunError without the file."""
    try:
        loaded = read_policy(path, str(path))
    except OSError as error:
        raise CannotRunError(unreadable(path, error)) from None
    diagnostics, checked = check(loaded)
    if checked is None:
        print_diagnostics(diagnostics)
    return checked


def print_diagnostics(diagnostics: list[Diagnostic]) -> None:
    """On standard error, for commands that find something else."""
    from ccproxy.cli.file_names import Names
    from ccproxy.render.diagnostics.text import render_text

    names = Names()
    for diagnostic in diagnostics:
        say(render_text(diagnostic, file_name=names, colour=False) + "\n", err=True)


def load_reporting(settings: Settings, path: Path, counter: TokenCounter) -> Policy:
    """The policy, its Python predicates imported and told of where they fail. CannotRunError without the file, or where one can't be."""
    try:
        return load_as_proxy(settings, path, counter)
    except OSError as error:
        raise CannotRunError(unreadable(path, error)) from None
    except PolicyError as error:
        print_diagnostics(list(error.diagnostics))
        raise CannotRunError(f"{path} can't be used") from None


def load_as_proxy(settings: Settings, path: Path, counter: TokenCounter, *, predicates: bool = True) -> Policy:
    """The policy as a proxy of the config folder has it, told where a predicate fails. PolicyError, OSError, CannotRunError."""
    on_failure = settings.on_predicate_failure
    return load(
        path,
        config_folder=settings.folder,
        counter=counter,
        report=predicate_reporter(on_failure),
        predicates=predicates,
        on_predicate_failure=on_failure,
    )


def predicate_reporter(on_failure: PredicateFailure) -> Report:
    """Tells of predicates that fail, of each failure once: an explanation asks them more than once."""
    told: set[str] = set()
    outcome = "refuses the request" if on_failure == "reject" else "counts as false"

    def report(name: str, what: str, error: BaseException | None) -> None:
        reason = "" if error is None else f": {type(error).__name__}: {error}"
        line = f"the predicate {name} {outcome}: {what}{reason}"
        if line not in told:
            told.add(line)
            say(line, err=True)

    return report

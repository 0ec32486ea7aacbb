"""`ccproxy fmt`: formats policies in the canonical layout."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ccproxy.cli.arguments import POLICY, STDIN
from ccproxy.cli.context import CannotRunError, Settings, unreadable
from ccproxy.cli.file_changes import print_diff, write_atomically
from ccproxy.cli.output import say
from ccproxy.cli.progress import progress
from ccproxy.language.formatter.verified import Formatted, format_data
from ccproxy.language.loader import MOST_READ, read_policy_file
from ccproxy.regular_files import exists


@click.command(
    epilog="Example: ccproxy fmt --diff policy.ccp",
    help="""Write policies in their canonical layout; comments stay where they are.

    Without POLICY the one of the config folder; - formats standard input to standard output. A file with a syntax error is left
    as it is; whether its names and types are right is for check to say.
    Exit code 1 where a file has a syntax error, or with --check or --diff where one is not in its canonical layout.""",
)
@click.argument("policies", metavar="[POLICY]...", nargs=-1, type=POLICY)
@click.option("--check", is_flag=True, help="Write nothing; name the files that would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, settings: Settings, *, policies: tuple[Path, ...], check: bool, diff: bool) -> None:
    """Format file by file."""
    codes = {0}
    for path in policies or (_only_policy(settings),):
        try:
            codes.add(_format(path, check, diff))
        except OSError as error:
            say(f"ccproxy: {unreadable(path, error)}", err=True)
            codes.add(2)
        except CannotRunError as error:
            error.show()
            codes.add(error.exit_code)
    ctx.exit(max(codes))


def _only_policy(settings: Settings) -> Path:
    path = settings.policy(None)
    if not exists(path):
        raise CannotRunError(f"there is no policy {path}; name one: ccproxy fmt policy.ccp")
    return path


def _format(path: Path, check: bool, diff: bool) -> int:
    """Format one file, or say what would change; the exit code."""
    stdin = path == STDIN
    name = "<stdin>" if stdin else str(path)
    data = sys.stdin.buffer.read(MOST_READ) if stdin else read_policy_file(path)
    with progress(f"formatting {name}"):
        formatted = format_data(data, name, None if stdin else path)
    if formatted.text is None:
        _print_problems(formatted, name)
        return 1
    changes = formatted.changes(data)
    if diff and changes:
        print_diff(name, data.decode("utf-8"), formatted.text)
    if check and changes:
        say(f"{name} would change")
    if check or diff:
        return int(changes)
    if stdin:
        sys.stdout.buffer.write(formatted.text.encode("utf-8"))
        sys.stdout.buffer.flush()
    elif changes:
        write_atomically(path, formatted.text.encode("utf-8"))
        say(f"{name} formatted", err=True)
    return 0


def _print_problems(formatted: Formatted, name: str) -> None:
    from ccproxy.cli.policies import print_diagnostics

    if formatted.problem is not None:
        say(f"ccproxy: {name} is left as it is: {formatted.problem}", err=True)
        return
    print_diagnostics(list(formatted.diagnostics))
    say(f"{name} is left as it is: it has syntax errors", err=True)

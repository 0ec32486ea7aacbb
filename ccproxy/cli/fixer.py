"""`ccproxy check --fix`: applies fixes to policies, and removes what has no effect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ccproxy.analysis.repair import HasErrors, fix_policy
from ccproxy.cli.arguments import STDIN
from ccproxy.cli.context import CannotRunError, unreadable
from ccproxy.cli.file_changes import print_diff, write_atomically
from ccproxy.cli.output import say
from ccproxy.regular_files import real_path


def fix_policies(policies: Sequence[Path], *, diff: bool) -> int:
    """Fix the policies, or with `diff` print what would change; how many files it is."""
    changed = 0
    for path in policies:
        if path == STDIN:
            raise CannotRunError("standard input can't be fixed: name a file")
        try:
            files = fix_policy(path)
        except OSError as error:
            raise CannotRunError(unreadable(path, error)) from None
        if isinstance(files, HasErrors):
            told = f"nothing was changed: there are errors ({len(files.errors)}; fixes for {files.fixable}, to be made by hand)"
            say(f"{_name(real_path(path))}: {told}", err=True)
            continue
        for file in files:
            name = _name(file.path)
            if diff:
                print_diff(name, file.before.decode("utf-8"), file.after.decode("utf-8"))
            else:
                write_atomically(file.path, file.after)
                for message in file.messages:
                    say(f"{name}: {message}", err=True)
        changed += len(files)
    return changed


def _name(path: Path) -> str:
    """The file as seen from the current folder, if it is below that."""
    folder = real_path(Path.cwd())
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)

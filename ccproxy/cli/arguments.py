"""The parameter types of commands, each with its shell completion: policies, cases, requests, configs, codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccproxy.cli.context import CannotRunError
from ccproxy.regular_files import is_folder

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


STDIN = Path("-")
_TAKEN = f"{__name__}.standard_input"
"""Whether a command takes standard input for one of its files."""


class FilePath(click.Path):
    """A path, or - for standard input. A shell completes it with files of these endings, and with folders, spelled as it is typed.

    Whether the file is there and can be read is found, and told, by what reads it.
    """

    def __init__(self, *endings: str) -> None:
        super().__init__(path_type=Path, allow_dash=True, readable=False)
        self._endings = endings

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. CannotRunError for a second - of one command, which standard input has no more for."""
        found = super().convert(value, param, ctx)
        if found == STDIN and ctx is not None:
            if ctx.meta.get(_TAKEN):
                raise CannotRunError("standard input can be only one of these files")
            ctx.meta[_TAKEN] = True
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The files and folders whose path starts like this (`~/` and `./` too)."""
        from click.shell_completion import CompletionItem

        typed = incomplete[: incomplete.rfind("/") + 1]
        name = incomplete[len(typed) :]
        try:
            found = sorted(path for path in Path(typed).expanduser().iterdir() if path.name.startswith(name))
        except (OSError, RuntimeError):
            return []
        shown = [path for path in found if name.startswith(".") or not path.name.startswith(".")]
        return [
            CompletionItem(f"{typed}{path.name}{'/' if is_folder(path) else ''}", type="path")
            for path in shown
            if path.name.endswith(self._endings) or is_folder(path)
        ]


POLICY = FilePath(".ccp")
CASES = FilePath(".ccp", ".cases.yaml")
REQUEST = FilePath(".json", ".jsonl")
RECORDED = FilePath(".jsonl", ".json", ".csv")
CONFIG = FilePath(".yaml", ".yml")
OLD_CONFIG = FilePath(".yaml", ".yml", ".json")
HITS = FilePath(".cases.yaml", ".jsonl")


def complete_codes(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The diagnostics whose code or name starts like this, in any case."""
    from click.shell_completion import CompletionItem

    from ccproxy.diagnostics import Code

    by_code = [CompletionItem(code.number, help=code.slug) for code in Code if code.number.startswith(incomplete.upper())]
    by_name = [CompletionItem(code.slug, help=code.title) for code in Code if incomplete and code.slug.startswith(incomplete.lower())]
    return by_code + by_name

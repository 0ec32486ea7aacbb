"""What a shell completes arguments with: policies, codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_policies(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The policies and folders whose path starts like this, spelled as it is typed (`~/`, `./`)."""
    from click.shell_completion import CompletionItem

    typed = incomplete[: incomplete.rfind("/") + 1]
    name = incomplete[len(typed) :]
    try:
        found = sorted(path for path in Path(typed).expanduser().iterdir() if path.name.startswith(name))
    except (OSError, RuntimeError):
        return []
    shown = [path for path in found if name.startswith(".") or not path.name.startswith(".")]
    return [CompletionItem(f"{typed}{path.name}{'/' if path.is_dir() else ''}") for path in shown if path.suffix == ".ccp" or path.is_dir()]


def complete_codes(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The diagnostics whose code or name starts like this, in any case."""
    from click.shell_completion import CompletionItem

    from ccproxy.diagnostics import CATALOGUE

    by_code = [CompletionItem(code.number, help=code.name) for code in CATALOGUE if code.number.startswith(incomplete.upper())]
    by_name = [CompletionItem(code.name, help=code.title) for code in CATALOGUE if incomplete and code.name.startswith(incomplete.lower())]
    return by_code + by_name

"""What a shell completes arguments with: policies, cases, requests, codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def complete_files(*endings: str) -> Complete:
    """Completes the files whose name ends in one of these, and the folders, spelled as the path is typed (`~/`, `./`)."""

    def complete(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        typed = incomplete[: incomplete.rfind("/") + 1]
        name = incomplete[len(typed) :]
        try:
            found = sorted(path for path in Path(typed).expanduser().iterdir() if path.name.startswith(name))
        except (OSError, RuntimeError):
            return []
        shown = [path for path in found if name.startswith(".") or not path.name.startswith(".")]
        return [
            CompletionItem(f"{typed}{path.name}{'/' if path.is_dir() else ''}", type="path")
            for path in shown
            if path.name.endswith(endings) or path.is_dir()
        ]

    return complete


complete_policies = complete_files(".ccp")
complete_cases = complete_files(".ccp", ".cases.yaml")
complete_requests = complete_files(".json", ".jsonl")
complete_configs = complete_files(".yaml", ".yml")
complete_hits = complete_files(".cases.yaml", ".jsonl")


def complete_codes(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The diagnostics whose code or name starts like this, in any case."""
    from click.shell_completion import CompletionItem

    from ccproxy.diagnostics import CATALOGUE

    by_code = [CompletionItem(code.number, help=code.name) for code in CATALOGUE if code.number.startswith(incomplete.upper())]
    by_name = [CompletionItem(code.name, help=code.title) for code in CATALOGUE if incomplete and code.name.startswith(incomplete.lower())]
    return by_code + by_name

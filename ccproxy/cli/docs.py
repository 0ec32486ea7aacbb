"""`ccproxy docs`: prints the page of a diagnostic."""

from __future__ import annotations

from importlib.resources import files

import click

from ccproxy.cli.arguments import complete_codes
from ccproxy.cli.context import CannotRunError
from ccproxy.closest import closest
from ccproxy.diagnostics import Code


@click.command(
    epilog="Example: ccproxy docs CCP401",
    help="Show the page of a diagnostic, by its code or its name; without CODE, the list of them.",
)
@click.argument("code", required=False, shell_complete=complete_codes)
def command(code: str | None) -> None:
    """Print the page, or the list."""
    if code is None:
        for row in Code:
            click.echo(_line(row))
        return
    found = next((row for row in Code if code.upper() == row.number or code.lower() == row.slug), None)
    if found is None:
        close = closest(code.lower(), [row.slug for row in Code]) or closest(code.upper(), [row.number for row in Code], 0.8)
        hint = f"did you mean {close}?" if close else "ccproxy docs lists them"
        raise CannotRunError(f"there is no diagnostic {code!r}; {hint}")
    click.echo((files("ccproxy.diagnostics") / "pages" / f"{found.number}.md").read_text("utf-8").rstrip())


def _line(row: Code) -> str:
    return f"{row.number}  {row.slug:<24} {row.severity:<8} {row.title}"

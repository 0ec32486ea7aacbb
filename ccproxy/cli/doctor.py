"""`ccproxy doctor`: checks an installation for what would go wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccproxy.cli.context import Settings
from ccproxy.cli.output import say

if TYPE_CHECKING:
    from ccproxy.service.examined import Finding

COLOURS = {"problem": "red", "warning": "yellow", "note": "cyan", "fine": "green"}


@click.command(
    epilog="Example: ccproxy doctor",
    help="""Look at versions, settings, policy, LiteLLM's config, keys, the port and Claude Code's settings, and say what to do.

    Nothing is started and nothing is sent anywhere. Exit code 1 where there is a problem or a warning.""",
)
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, settings: Settings) -> None:
    """Look and print."""
    from ccproxy.service.doctor import examine
    from ccproxy.service.examined import Level

    levels = []
    for finding in examine(settings.folder.absolute(), os.environ, Path.cwd()):
        levels.append(finding.level)
        _print(finding)
    problems, warnings = levels.count(Level.PROBLEM), levels.count(Level.WARNING)
    say(f"{problems} problem{'' if problems == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}")
    ctx.exit(1 if problems or warnings else 0)


def _print(finding: Finding) -> None:
    from ccproxy.cli.context import use_colour

    level = click.style(f"{finding.level:<8}", COLOURS[finding.level]) if use_colour() else f"{finding.level:<8}"
    say(f"{level} {finding.about}: {finding.message}")
    if finding.advice:
        say(f"{'':<8} -> {finding.advice}")

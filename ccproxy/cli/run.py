"""`ccproxy run`: runs a command whose requests go to the proxy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from ccproxy.cli.context import CannotRunError, Settings
from ccproxy.cli.proxy import warn


@click.command(
    epilog="Example: ccproxy run claude --model opus",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    help="""Run a client, say claude or codex, with its environment pointed at the proxy. The command's exit code is passed on.

    Known are claude, codex, opencode, gemini, qwen, aider, llm and cline: each gets the variables and arguments that it needs. Any
    other command gets the common variables and a warning. What would still lead past the proxy is told.

    A Claude subscription goes on being used as such: its login reaches Anthropic, the proxy's own key travels beside it.
    Otherwise the command goes by the proxy's key. Exit code 2 where no proxy runs.""",
)
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def command(settings: Settings, words: tuple[str, ...]) -> None:
    """Replace this process by the command."""
    from ccproxy.service.client import NoProxyError, point_at_running

    try:
        client = point_at_running(settings.folder, words, os.environ, Path.cwd())
    except NoProxyError as error:
        raise CannotRunError(str(error)) from None
    if shutil.which(words[0], path=client.variables.get("PATH")):
        for obstacle in client.obstacles:
            warn(f"warning: {obstacle}")
    if client.subscription:
        for deployment in client.deployments:
            if deployment.is_foreign:
                warn(f'warning: "{deployment.name}" is at {deployment.api_base}: your subscription is not used there, its own api_key is')
    try:
        os.execvpe(client.words[0], list(client.words), client.variables)  # noqa: S606 # nosec B606: to run a command is what this is for
    except OSError as error:
        raise CannotRunError(f"{words[0]} can't be run: {(error.strerror or str(error)).lower()}") from None

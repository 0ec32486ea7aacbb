"""`ccproxy run`: a command whose requests go to the proxy."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ccproxy.cli.context import CannotRunError, Settings
from ccproxy.cli.proxy import warn


@click.command(
    epilog="Example: ccproxy run claude --model opus",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    help="""Run a command, say claude, with its environment pointed at the proxy. The command's exit code is passed on.

    A Claude subscription goes on being used as such: its login reaches Anthropic, the proxy's own key travels beside it.
    Otherwise the command goes by the proxy's key. Exit code 2 where no proxy runs.""",
)
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def command(settings: Settings, words: tuple[str, ...]) -> None:
    """Replace this process by the command."""
    from ccproxy.service.client import NoProxyError, environment_for, overridden_by_settings

    try:
        client = environment_for(settings.folder, os.environ)
    except NoProxyError as error:
        raise CannotRunError(str(error)) from None
    for obstacle in overridden_by_settings(os.environ, Path.cwd(), client.variables):
        warn(f"warning: {obstacle}")
    if client.subscription:
        for deployment in client.deployments:
            if deployment.is_foreign:
                warn(f'warning: "{deployment.name}" is at {deployment.api_base}: your subscription is not used there, its own api_key is')
    try:
        os.execvpe(words[0], list(words), client.variables)  # noqa: S606 # nosec B606: to run a command is what this is for
    except OSError as error:
        raise CannotRunError(f"{words[0]} can't be run: {(error.strerror or str(error)).lower()}") from None

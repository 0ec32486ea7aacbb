"""`ccproxy restart`: stops the proxy and starts it again."""

from __future__ import annotations

import click

from ccproxy.cli.context import Settings
from ccproxy.cli.proxy import console


@click.command(
    epilog="Example: ccproxy restart",
    help="""Stop the proxy if it runs, and start it detached.

    It gets the LiteLLM arguments that it had, unless there are others behind --. A change that would keep it from starting
    is found before the old one is stopped.""",
)
@click.argument("arguments", metavar="[-- LITELLM ARGUMENTS]", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, settings: Settings, arguments: tuple[str, ...]) -> None:
    """Stop and start."""
    from ccproxy.service.lifecycle import restart

    with console() as told:
        ctx.exit(restart(settings.folder, arguments or None, told))

"""`ccproxy start`: the proxy."""

from __future__ import annotations

import click

from ccproxy.cli.context import Settings
from ccproxy.cli.proxy import console


@click.command(
    epilog="Example: ccproxy start --detach -- --detailed_debug",
    help="""Start the LiteLLM proxy with the policy, and write the starter files first where there are none.

    Settings, policy, LiteLLM's config and the port are looked at before. What stands behind -- goes to LiteLLM, which
    runs in the config folder.
    In the foreground it shows the log until Ctrl-C.""",
)
@click.option("--detach", "-d", is_flag=True, help="Return once the proxy answers; it goes on without this terminal.")
@click.argument("arguments", metavar="[-- LITELLM ARGUMENTS]", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, settings: Settings, detach: bool, arguments: tuple[str, ...]) -> None:
    """Start, and tell how to use it."""
    from ccproxy.service.lifecycle import start

    with console() as told:
        ctx.exit(start(settings.folder, arguments, told, detach=detach))

"""`ccproxy start`: starts the proxy."""

from __future__ import annotations

import click

from ccproxy.cli.context import Settings
from ccproxy.cli.proxy import console


@click.command(
    epilog="Example: ccproxy start --detach -- --detailed_debug",
    help="""Start the LiteLLM proxy with the policy, and write the starter files first where there are none.

    Settings, policy, LiteLLM's config and the port are looked at before. What stands behind -- goes to LiteLLM, which
    runs in the config folder. A restart keeps what this start was given.
    In the foreground it shows the log until Ctrl-C.""",
)
@click.option("--detach", "-d", is_flag=True, help="Return once the proxy answers; it goes on without this terminal.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="The port; else port: of ccproxy.yaml, 4000 without it.")
@click.option(
    "--host", metavar="ADDRESS", help="Where to listen: 127.0.0.1 this machine only, 0.0.0.0 every interface; else host: of ccproxy.yaml."
)
@click.argument("arguments", metavar="[-- LITELLM ARGUMENTS]", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
@click.pass_context
def command(
    ctx: click.Context, settings: Settings, *, detach: bool, port: int | None, host: str | None, arguments: tuple[str, ...]
) -> None:
    """Start, and tell how to use it."""
    from ccproxy.service.lifecycle import start

    # LiteLLM's own flags come last, so that they win
    address = [*([] if host is None else ["--host", host]), *([] if port is None else ["--port", str(port)])]
    with console() as told:
        ctx.exit(start(settings.folder, (*address, *arguments), told, detach=detach))

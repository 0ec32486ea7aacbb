"""`ccproxy stop`: stops the proxy."""

from __future__ import annotations

import click

from ccproxy.cli.context import CannotRunError, Settings
from ccproxy.cli.proxy import console


@click.command(
    epilog="Example: ccproxy stop --timeout 60",
    help="""End the proxy: requests under way are let finish for a while, then it ends by force.

    Exit code 2 where no proxy runs. A proxy goes on running when ccproxy itself is uninstalled: stop it before.""",
)
@click.option("--timeout", type=click.FloatRange(min=0), default=10, show_default=True, metavar="SECONDS", help="Before it ends by force.")
@click.pass_obj
def command(settings: Settings, timeout: float) -> None:
    """Stop."""
    from ccproxy.service.lifecycle import stop

    with console() as told:
        stopped = stop(settings.folder, told, grace_seconds=timeout)
    if not stopped:
        raise CannotRunError("no proxy runs")

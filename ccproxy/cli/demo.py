"""`ccproxy demo`: runs proxy, client and provider on loopback."""

from __future__ import annotations

import click

from ccproxy.cli.proxy import console


@click.command(
    epilog="Example: ccproxy demo",
    help="""Route a dozen requests in the shapes of Claude Code through a real LiteLLM proxy with pretended models.

    Needs no key and no network, and leaves nothing behind.""",
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Run it, lines as they come."""
    from ccproxy.service.demo import run_demo

    with console() as told:
        ctx.exit(run_demo(told.say, waiting=told.waiting))

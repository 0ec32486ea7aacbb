"""`ccproxy demo`: runs proxy, client and provider on loopback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import click

from ccproxy.cli.context import CannotRunError, Settings
from ccproxy.cli.proxy import console

if TYPE_CHECKING:
    from ccproxy.service.lifecycle import Console


@click.command(
    epilog="Example: ccproxy demo --live",
    help="""Route a dozen requests in the shapes of Claude Code through a real LiteLLM proxy with pretended models.

    Needs no key and no network, and leaves nothing behind.""",
)
@click.option("--live", is_flag=True, help="Let them come again and again, and show them on the page of ccproxy live, until Ctrl-C.")
@click.pass_context
def command(ctx: click.Context, *, live: bool) -> None:
    """Run it, lines as they come."""
    from ccproxy.service.demo import run_demo

    with console() as told:
        if live:
            _show(ctx.obj, told)
        else:
            ctx.exit(run_demo(told.say, waiting=told.waiting))


def _show(settings: Settings, told: Console) -> None:
    """Show the page until it is interrupted. CannotRunError where the proxy doesn't start."""
    import ccproxy
    from ccproxy.cli.live import page_of, require_page
    from ccproxy.service.demo import asked_again_and_again, demo_proxy, starter_policy
    from ccproxy.service.litellm_process import ProxyStartError, cleaning_up_when_told_to_end

    require_page()
    from ccproxy.live.web_server import listen, serve

    with cleaning_up_when_told_to_end(), starter_policy() as policy:
        told.say("starting LiteLLM with pretended models")
        try:
            with (
                demo_proxy(policy, ccproxy.load(policy).labels, partial(told.waiting, "LiteLLM starts")) as demo,
                asked_again_and_again(demo),
            ):
                here = Settings(demo.folder, settings.debug)
                serve(listen(0), lambda: page_of(here, here.records, demo.policy, None), _opening(demo.folder, told.say))
        except ProxyStartError as error:
            raise CannotRunError(f"the proxy did not start: {error}") from None
    told.say("stopped")


def _opening(folder: Path, say: Callable[[str], None]) -> Callable[[str], None]:
    """What tells an address, and opens it where there is a screen.

    A browser is given a file that leads there: others on this machine can see what a program is started with, and the address has a token.
    """

    def told(address: str) -> None:
        from ccproxy.private_files import write_new

        say(f"{address} (Ctrl-C ends it)")
        if sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
            import webbrowser

            leads = folder / "open.html"
            write_new(leads, f'<!doctype html><meta http-equiv="refresh" content="0; url={address}">')
            Thread(target=webbrowser.open, args=(leads.as_uri(),), daemon=True).start()

    return told

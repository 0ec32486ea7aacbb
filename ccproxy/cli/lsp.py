"""`ccproxy lsp`: runs the language server."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from importlib.util import find_spec

import click

from ccproxy.cli.context import CannotRunError, Settings
from ccproxy.facts import TokenCounter


@click.command(
    epilog="Example: ccproxy lsp --stdio",
    help="""Serve an editor on standard input and output, by the Language Server Protocol.

    Editors start it themselves: grammar/README.md tells how. It needs an extra: uv tool install '.[lsp]' in a clone of ccproxy.""",
)
@click.option("--stdio", is_flag=True, help="Taken for editors that say so; there is no other way to talk to it.")
@click.pass_obj
def command(settings: Settings, stdio: bool) -> None:
    """Serve until the editor ends the session."""
    if find_spec("pygls") is None:
        raise CannotRunError("the language server needs pygls; in a clone of ccproxy: uv tool install '.[lsp]'")
    if sys.stdin.isatty():
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # the server waits in a read that no exception reaches
        click.echo("ccproxy lsp talks to an editor, not to people: grammar/README.md tells how to set one up. Ctrl-C ends it", err=True)
    from ccproxy.lsp.server import serve
    from ccproxy.models.model_list_reader import read_model_list

    serve(read_model_list, _counters(settings), (settings.folder,))


def _counters(settings: Settings) -> Callable[[], TokenCounter]:
    """Makes counters by the settings as they are then; by the defaults where they can't be used, which is said once."""
    told: set[str] = set()

    def new_counter() -> TokenCounter:
        try:
            return settings.counter(calibrated=False)
        except CannotRunError as error:
            if error.message not in told:
                told.add(error.message)
                error.show()
            return TokenCounter()

    return new_counter

"""`ccproxy logs`: prints the proxy's log."""

from __future__ import annotations

import click

from ccproxy.cli.context import CannotRunError, Settings
from ccproxy.render.terminal import neutral


@click.command(
    epilog="Example: ccproxy logs -f",
    help="""Show the end of the proxy's log, LiteLLM's output.

    Exit code 2 where there is no log.""",
)
@click.option("--follow", "-f", is_flag=True, help="Go on with what is written to it, until Ctrl-C.")
@click.option("--lines", "-n", type=click.IntRange(min=0), default=50, show_default=True, metavar="N", help="How many lines.")
@click.pass_obj
def command(settings: Settings, follow: bool, lines: int) -> None:
    """Print."""
    from ccproxy.service.logs import LOG_NAME, last_lines
    from ccproxy.service.logs import follow as follow_log

    log = settings.folder / LOG_NAME
    try:
        size = log.stat().st_size
        for line in last_lines(log, lines):
            _show(line)
        if follow:
            for text in follow_log(log, start=size):
                _show(text)
    except FileNotFoundError:
        raise CannotRunError(f"there is no log {log}; ccproxy start writes one") from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotRunError(f"{log} can't be read: {(error.strerror or str(error)).lower()}") from None
    except KeyboardInterrupt:
        return


def _show(line: str) -> None:
    """Print a line: what requests have put into it gives no orders to a terminal."""
    click.echo(neutral(line, colour=True))

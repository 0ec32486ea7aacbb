"""The command `ccproxy` itself: its options, its commands by name, and its handling of their errors."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from ccproxy.cli.context import Settings
from ccproxy.closest import closest

COMMANDS = {
    "check": "Report what is wrong with a policy.",
    "explain": "Tell where a request goes, and why.",
    "facts": "Show what a policy can ask about a request.",
    "fmt": "Write a policy in its canonical layout.",
    "test": "Run the cases of a policy.",
    "diff": "Tell which requests two policies treat differently.",
    "replay": "Tell what a policy would have done with recorded traffic, and for how much.",
    "import": "Make a policy of another router's configuration.",
    "install": "Write the starter files.",
    "start": "Start the proxy.",
    "stop": "End the proxy.",
    "restart": "Start the proxy anew.",
    "status": "Tell what the proxy does.",
    "logs": "Show what the proxy wrote.",
    "run": "Run a command, say claude, through the proxy.",
    "doctor": "Find what would go wrong, and what to do about it.",
    "demo": "Route a dozen requests through a real proxy, without a key.",
    "live": "Show the requests of the proxy as they come, on a page.",
    "models": "Show what stands behind the labels.",
    "docs": "Show the page of a diagnostic.",
    "graph": "Draw a policy as a picture.",
    "bench": "Measure what decisions cost here, and which rules make them so.",
    "selftest": "Run the language's own suite on this installation.",
    "lsp": "Serve an editor: diagnostics, completion, hover and more.",
    "completion": "Print the script that makes a shell complete commands.",
}
"""Each command with its line in the help; its module is imported when it is called."""


SELDOM = 200_000
"""How many new objects there are before Python looks through them for garbage."""


class CommandGroup(click.Group):
    """Imports a command when it is called, and keeps tracebacks from people."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name: `ccproxy.cli.NAME.command`."""
        if cmd_name not in COMMANDS:
            return None
        module = f"ccproxy.cli.{cmd_name}"
        if module not in sys.modules:
            _import_for_good(module)
        command: click.Command = sys.modules[module].command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; for an unknown name, with a name that is close to it."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = closest(args[0], COMMANDS)
            if close and not args[0].startswith("-"):
                raise click.UsageError(f"{error.message} Did you mean {close!r}?", ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with a line each, none of them imported."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Whatever it raises ends in one line and exit code 2; with `--debug` in a traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(130)
        except BrokenPipeError:
            # who read our output has gone; Python would fail once more when it flushes at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(141)
        except Exception as error:
            if ctx.params.get("debug"):
                import traceback

                traceback.print_exc()
            else:
                told = " ".join(str(error).split())[:300]
                click.echo(f"ccproxy: {type(error).__name__}: {told} (a mistake of ccproxy's own; --debug shows where)", err=True)
            ctx.exit(2)


def _import_for_good(module: str) -> None:
    """Import a module, and look for garbage in what that makes neither now nor later: it would take a tenth of a start."""
    gc.disable()
    try:
        import_module(module)
    finally:
        gc.freeze()
        gc.enable()


@click.command(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: ccproxy check policy.ccp",
)
@click.option(
    "--config-dir", type=click.Path(path_type=Path), metavar="FOLDER", help="The config folder; else $CCPROXY_CONFIG_DIR, else ~/.ccproxy."
)
@click.option("--debug", is_flag=True, help="Show a traceback where ccproxy itself fails.")
@click.version_option(package_name="ccproxy-policy", prog_name="ccproxy", message="%(prog)s %(version)s", help="Print the version.")
@click.pass_context
def main(ctx: click.Context, config_dir: Path | None, debug: bool) -> None:
    """Route LLM requests by a policy: an ordered list of rules, the first that holds gives the label of a model."""
    ctx.obj = Settings(config_dir, debug)
    # most commands end before they have made garbage worth looking for; who calls one in a process goes on as before
    ctx.call_on_close(partial(gc.set_threshold, *gc.get_threshold()))
    gc.set_threshold(SELDOM)
    ctx.call_on_close(gc.freeze)  # nor does Python look for garbage at its end
    if sys.stdin is None:  # closed by who started this
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115 (open for as long as the process is)
    for stream in (sys.stdout, sys.stderr):
        # a name from a request may hold what the terminal's encoding, or any encoding, can't write
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")

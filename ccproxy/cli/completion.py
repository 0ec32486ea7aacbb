"""`ccproxy completion`: what a shell needs to complete commands, options, codes and policy files."""

from __future__ import annotations

import click

VARIABLE = "_CCPROXY_COMPLETE"
"""The environment variable by which the script asks `ccproxy` for completions."""


@click.command(
    epilog="Example: ccproxy completion bash > ~/.local/share/bash-completion/completions/ccproxy",
    help="""Print the script by which a shell completes ccproxy's commands, options, codes and policies.

    bash: source it, or save it in ~/.local/share/bash-completion/completions/ccproxy.
    zsh: save it as _ccproxy in a folder of $fpath. fish: save it as ~/.config/fish/completions/ccproxy.fish.""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print click's own script for the shell."""
    from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

    scripts: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    made = scripts[shell](ctx.find_root().command, {}, "ccproxy", VARIABLE)
    click.echo(made.source_template % made.source_vars())

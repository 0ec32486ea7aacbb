"""`ccproxy install`: writes the starter files."""

from __future__ import annotations

import click

from ccproxy.cli.context import Settings
from ccproxy.cli.output import say
from ccproxy.cli.proxy import told_in_one_line


@click.command(
    epilog="Example: ccproxy install",
    help="""Write the starter policy.ccp, ccproxy.yaml and config.yaml into the config folder.

    Files that are there are kept.""",
)
@click.option("--force", is_flag=True, help="Write them all anew; what was there is kept as FILE.TIME.bak.")
@click.pass_obj
def command(settings: Settings, force: bool) -> None:
    """Install, and say what became of each file."""
    from ccproxy.service.install import install

    with told_in_one_line():
        installed = install(settings.folder, force=force)
    for file in installed:
        if not file.written:
            say(f"kept  {file.path}")
        else:
            say(f"wrote {file.path}" + (f", the one before is {file.backup}" if file.backup else ""))
    say("next: ccproxy start")

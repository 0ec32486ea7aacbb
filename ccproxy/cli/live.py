"""`ccproxy live`: serves a page that shows what the proxy does."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccproxy.cli.arguments import CONFIG, POLICY, RECORDED
from ccproxy.cli.context import CannotRunError, Settings, unreadable
from ccproxy.cli.output import say
from ccproxy.regular_files import exists, is_file

if TYPE_CHECKING:
    from ccproxy.live.page import Page

DEFAULT_PORT = 4180


@click.command(
    epilog="Example: ccproxy live",
    help="""Serve a page that shows the requests of the proxy as they come, and where they went, and why.

    It reads the decision records and writes none. Only this machine can reach it, and only with the address that is printed. It needs an
    extra: uv tool install '.[live]' in a clone of ccproxy. Ctrl-C ends it.""",
)
@click.option("--port", type=click.IntRange(0, 65_535), default=DEFAULT_PORT, show_default=True, help="The port; 0 for any free one.")
@click.option("--records", type=RECORDED, metavar="FILE", help="These decision records; else those of the config folder.")
@click.option("--policy", "-p", type=POLICY, metavar="FILE", help="The policy; else the config folder's.")
@click.option(
    "--config", type=CONFIG, metavar="FILE", help="LiteLLM's config; else config.yaml beside the policy, else the config folder's."
)
@click.pass_obj
def command(settings: Settings, *, port: int, records: Path | None, policy: Path | None, config: Path | None) -> None:
    """Serve until it is interrupted."""
    require_page()
    if records is not None and not is_file(records):
        raise CannotRunError(unreadable(records, FileNotFoundError() if not exists(records) else IsADirectoryError()))
    path, file = settings.policy(policy), settings.records if records is None else records
    from ccproxy.live.web_server import listen, serve

    try:
        listening = listen(port)
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise CannotRunError(f"port {port} can't be used: {told}; choose another by --port, 0 for any that is free") from None
    serve(listening, lambda: page_of(settings, file, path, config), say)


def require_page() -> None:
    """CannotRunError where what the page is made of is not installed."""
    if find_spec("nicegui") is None or find_spec("pygls") is None:
        raise CannotRunError("the page needs NiceGUI; in a clone of ccproxy: uv tool install '.[live]'")


def page_of(settings: Settings, records: Path, policy: Path, config: Path | None) -> Page:
    """The page, its newest records read. CannotRunError where they can't be."""
    from ccproxy.cli.loaded_policies import load_as_proxy
    from ccproxy.live.completer import Completer
    from ccproxy.live.followed import Followed
    from ccproxy.live.page import Page
    from ccproxy.live.policy_draft import Draft
    from ccproxy.live.policy_on_disk import PolicyOnDisk
    from ccproxy.live.watched import Watched
    from ccproxy.models.label_models import Models
    from ccproxy.models.model_list_reader import read_model_list
    from ccproxy.replay.bill import Bill
    from ccproxy.service.status import read_status

    counter = settings.counter(calibrated=False)
    watched = Watched(Followed(records), lambda: read_status(settings.folder, os.environ))
    try:
        watched.open()
    except OSError as error:
        raise CannotRunError(unreadable(records, error)) from None
    behind = settings.litellm_config(config, policy)
    folders = (settings.folder,)
    return Page(
        watched,
        # no Python of a policy runs for a page that looks at records: they never have what a predicate asks
        PolicyOnDisk(policy, lambda: load_as_proxy(settings, policy, counter, predicates=False, config=config)),
        Bill(Models.without_config() if behind is None else Models.read(behind)),
        Completer(policy, read_model_list, folders, behind),
        lambda: Draft(policy, read_model_list, lambda: counter, folders, behind),
    )

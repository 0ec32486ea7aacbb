"""`ccproxy status`: shows whether the proxy runs, and what it has done."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from ccproxy.cli.context import CannotRunError, Settings

if TYPE_CHECKING:
    from ccproxy.service.status import Status


@click.command(
    epilog="Example: ccproxy status --json",
    help="""Tell whether the proxy runs and answers, by which policy it decides, and what it decided so far.

    Exit code 2 where no proxy runs.""",
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, settings: Settings, as_json: bool) -> None:
    """Read and print."""
    from ccproxy.cli.output import json_text, say
    from ccproxy.service.status import read_status

    status = read_status(settings.folder, os.environ)
    if as_json:
        click.echo(json_text(status.to_dict(), 2))
    else:
        for line in _lines(status, _models(settings, status)):
            say(line)
    ctx.exit(0 if status.running else 2)


def _models(settings: Settings, status: Status) -> Mapping[str, str]:
    """Each label that LiteLLM's config has, with the model behind it."""
    from ccproxy.models.model_list_reader import read_model_list

    try:
        config = settings.litellm_config(None)
    except CannotRunError:  # what the running proxy does is to be told all the same
        return {}
    models = read_model_list(config)[0] if config is not None else None
    return models.names if models is not None else {}


def _lines(status: Status, models: Mapping[str, str]) -> Iterator[str]:
    from ccproxy.service.litellm_process import url_of

    if not status.running:
        yield "proxy     not running; to start it: ccproxy start"
        if status.died is not None:
            yield f"          the last one (pid {status.died}) ended without being stopped; ccproxy logs shows what it said"
    else:
        health = "answers" if status.healthy else "does not answer"
        workers = f"{status.workers} worker{'' if status.workers == 1 else 's'}"
        by = ", started by litellm itself" if status.plain else ""
        yield f"proxy     {url_of(status.host, status.port)} {health} (pid {status.pid}, {workers}{by})"
    policy = status.policy
    digest = "can't be read" if policy["sha256"] is None else policy["sha256"][:12]
    loaded = f", loaded {policy['loaded_at']}" if policy["loaded_at"] else ""
    yield f"policy    {policy['file']} {digest}{loaded}"
    if status.reload["error"]:
        yield f"reload    failed at {status.reload['at']}; the policy before it stays:"
        yield from (f"          {line}" for line in status.reload["error"].splitlines())
    elif status.reload["at"]:
        yield f"reload    {status.reload['at']}"
    yield from _shadow(status)
    yield f"requests  {status.requests:,}, failures {status.failures:,}"
    if status.unrecorded:
        yield f"records   {status.unrecorded:,} requests have none: they could not be written; ccproxy logs shows why"
    dollars = status.dollars
    yield from _table(
        "label", {**dict.fromkeys([*status.labels, *dollars["labels"], *models], 0), **status.labels}, models, dollars["labels"]
    )
    yield from _table("rule", status.rules, {}, dollars["rules"])
    if status.tokens:
        hits, misses, characters = (status.tokens.get(name, 0) for name in ("hits", "misses", "characters"))
        yield f"tokens    {misses:,} texts tokenised ({characters:,} characters), {hits:,} counts found again"
    if status.memory is not None:
        yield from _memory(status.memory)
    for group, seen in status.calibration.items():
        yield f"counted   {group}: {seen['ratio']:.3f} tokens for each of ours ({seen['answers']:,} answers)"


def _memory(memory: Mapping[str, Any]) -> Iterator[str]:
    conversations = memory["conversations"]
    known = "" if conversations is None else f", {conversations:,} conversation{'' if conversations == 1 else 's'}"
    yield f"memory    {memory['kind'] or 'nothing has asked for it yet'}{known}{', it does not answer' if memory['trouble'] else ''}"
    if memory["unread"] or memory["lost"]:
        yield f"          {memory['unread']:,} requests went without, {memory['lost']:,} writings are lost; ccproxy logs shows why"


def _shadow(status: Status) -> Iterator[str]:
    from pathlib import Path

    shadow = status.shadow
    if shadow is None:
        return
    file = Path(shadow["file"] or "").name
    if shadow["error"]:
        stays = "nothing is compared with it" if shadow["sha256"] is None else "the one before it stays"
        yield f"shadow    {file} failed at {shadow['at']}; {stays}:"
        yield from (f"          {line}" for line in shadow["error"].splitlines())
    if shadow["sha256"] is not None:
        yield f"shadow    {file}: {shadow['elsewhere']:,} of {shadow['requests']:,} requests would go elsewhere"
        for cause, count in shadow["undecided"].items():
            yield f"          {count:,} undecided: {cause} is unknown to it"
        if shadow["failed"]:
            yield f"          it failed on {shadow['failed']:,}; ccproxy logs shows how"
    elif not shadow["error"]:
        yield f"shadow    {file} is being read"


def _table(what: str, counts: Mapping[str, int], more: Mapping[str, str], dollars: Mapping[str, float]) -> Iterator[str]:
    width = max((len(name) for name in counts), default=0)
    for name, count in counts.items():
        cost = f"  ${dollars[name]:,.4f}" if name in dollars else ""
        yield f"{what:<9} {name:<{width}} {count:>9,}{cost}  {more.get(name, '')}".rstrip()

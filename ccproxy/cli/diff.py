"""`ccproxy diff`: shows the requests that two policies treat differently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from ccproxy.checks import CheckedPolicy, with_models
from ccproxy.cli.arguments import POLICY, REQUEST, STDIN
from ccproxy.cli.context import CannotRunError, Settings, config_files
from ccproxy.cli.loaded_policies import load_reporting
from ccproxy.cli.output import json_text, say
from ccproxy.cli.policies import read_checked
from ccproxy.cli.progress import progress
from ccproxy.cli.requests import read_requests
from ccproxy.decision import RuleReference, Undecided
from ccproxy.facts import Request
from ccproxy.policy import Policy
from ccproxy.regular_files import is_file, is_folder
from ccproxy.render.difference import RequestCounts, count_lines, difference_json, difference_lines

REQUEST_SUFFIXES = (".json", ".jsonl")
BESIDE_TRANSCRIPTS = ".meta.json"
"""What Claude Code writes of a subagent: no request, though an object."""


@click.command(
    epilog="Example: ccproxy diff policy.ccp new.ccp --requests recorded.jsonl",
    help="""Prove that two policies treat every request the same, or show a request for each way in which they don't.

    Exit code 0 where they are the same, 1 where they differ, 2 where that can't be decided or a policy has errors.""",
)
@click.argument("old", type=POLICY)
@click.argument("new", type=POLICY)
@click.argument("more_requests", metavar="", nargs=-1, type=REQUEST)
@click.option(
    "--requests",
    multiple=True,
    type=REQUEST,
    metavar="PATH...",
    help="Count the changes over these request files, .jsonl files, recorded traffic (see replay) and folders of them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    *,
    old: Path,
    new: Path,
    more_requests: tuple[Path, ...],
    requests: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Compare and print."""
    from ccproxy.analysis.difference import difference

    if more_requests and not requests:
        raise click.UsageError(f"two policies are compared, and {more_requests[0]} is a third; request files go behind --requests")
    before, after = read_checked(old), read_checked(new)
    if before is None or after is None:
        ctx.exit(2)
    # what a proxy has learnt would have the same requests change today and not tomorrow
    counter = settings.counter(calibrated=False)
    config = _config(settings, old, new)
    if config is not None and (before.labels_looked_behind or after.labels_looked_behind):
        from ccproxy.models.label_models import Models

        models = Models.read(config, briefly=True, files=config_files())
        before, after = with_models(before, models), with_models(after, models)
    with progress("comparing"):
        found = difference(before, after, counter=counter)
    counts = None
    failed = False
    if requests:
        if STDIN in (old, new):
            raise CannotRunError("requests are counted for policies in files: save the one from standard input")
        first, second = (load_reporting(settings, path, counter, config) for path in (old, new))
        counts, failed = _count(first, second, [*requests, *more_requests])
    if as_json:
        click.echo(json_text(difference_json(found, counts), indent=2))
    else:
        places = _place(old, before), _place(new, after)
        say("\n".join(difference_lines(found, *places)))
        if counts is not None:
            say("\n" + "\n".join(count_lines(counts, *places)))
    ctx.exit(2 if failed else {"same": 0, "different": 1, "undecided": 2}[found.verdict])


def _config(settings: Settings, old: Path, new: Path) -> Path | None:
    """LiteLLM's config for both policies: the one beside the new one, else beside the old one, else the config folder's."""
    from ccproxy.config.locations import LITELLM_CONFIG_NAME

    beside = (path.absolute().with_name(LITELLM_CONFIG_NAME) for path in (new, old) if path != STDIN)
    return next((path for path in beside if is_file(path)), None) or settings.litellm_config(None)


def _place(path: Path, policy: CheckedPolicy) -> Callable[[RuleReference | None], str]:
    """Where rules of a policy stand: the file as it was named, includes from its folder."""
    main = policy.policy.sources[0].name

    def place(rule: RuleReference | None) -> str:
        if rule is None:
            return "no rule: the default that nobody wrote"
        file = path if rule.file == main else path.parent / rule.file
        return f"{file}:{rule.line}: {rule.text}"

    return place


def _count(before: Policy, after: Policy, paths: Iterable[Path]) -> tuple[RequestCounts, bool]:
    """What both policies do with the requests, and whether one could not be read."""
    counts = RequestCounts()
    failed = False
    files, recorded = _apart(_request_files(paths))
    if recorded:
        failed = not _count_recorded(counts, recorded, before, after)
    with progress("counting requests: file", len(files)) as state:
        for path in files:
            for place, request, _ in read_requests(path):
                problem = request if isinstance(request, str) else None
                if not isinstance(request, str):
                    try:
                        opened = Request.from_envelope(request)
                        counts.add(place, before.decide(opened), after.decide(opened))
                    except ValueError as error:
                        problem = f"{place}: {error}"
                if problem is not None:
                    state.say(f"ccproxy: {problem}")
                    failed = True
            state.done += 1
    return counts, failed


def _apart(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Request files, and files of recorded traffic."""
    from ccproxy.replay.sources import is_recorded

    files: list[Path] = []
    recorded: list[Path] = []
    for path in paths:
        (recorded if path == STDIN or is_recorded(path) else files).append(path)
    return files, recorded


def _count_recorded(counts: RequestCounts, paths: list[Path], before: Policy, after: Policy) -> bool:
    """Count what both policies do with recorded traffic, and tell whether all files could be read; what is damaged there is no failure."""
    from ccproxy.cli.traffic import recorded
    from ccproxy.replay.replayed import decide_recorded

    with recorded(paths) as sources, progress("counting recorded requests") as state:
        for request in sources.requests():
            try:
                old, new = decide_recorded(before, request), decide_recorded(after, request)
            except ValueError:
                sources.skipped.record("fact that is none of its kind")
                continue
            if isinstance(old, Undecided) or isinstance(new, Undecided):
                counts.undecided += 1
            else:
                counts.add(request.place, old, new)
        for name, why in sources.unread:
            state.say(f"ccproxy: {name} is not read: {why}")
        if skipped := sources.skipped.lines + sources.skipped.records:
            state.say(f"ccproxy: skipped {skipped:,} of the lines and records of recorded traffic; replay tells why")
    return not sources.unread


def _request_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if is_folder(path):
            yield from sorted(
                file for file in path.rglob("*") if file.suffix in REQUEST_SUFFIXES and not file.name.endswith(BESIDE_TRANSCRIPTS)
            )
        else:
            yield path

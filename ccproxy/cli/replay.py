"""`ccproxy replay`: tells what policies would have done with recorded traffic, and what that would have cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccproxy.cli.arguments import CONFIG, POLICY, RECORDED, STDIN
from ccproxy.cli.context import CannotRunError, Settings
from ccproxy.cli.loaded_policies import load_reporting
from ccproxy.cli.output import json_text, say
from ccproxy.cli.progress import Progress, progress
from ccproxy.cli.traffic import recorded, tell_skipped, tell_unread
from ccproxy.regular_files import expanded, is_folder

if TYPE_CHECKING:
    from ccproxy.replay.breakdown import Breakdown
    from ccproxy.replay.gate import Gate
    from ccproxy.replay.replayed import Replay
    from ccproxy.replay.sources import Sources

TRANSCRIPTS = Path("~/.claude/projects")
_SINCE = re.compile(r"([0-9]{1,6})([hdw])", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_MEGABYTE = 1_000_000


@click.command(
    epilog="Example: ccproxy replay --since 7d --against new.ccp",
    help="""Decide recorded requests by a policy, and tell what they cost and would have cost.

    SOURCE is a file, or a folder of them: transcripts of Claude Code, rollouts of Codex, decision records, request files, LiteLLM's spend
    logs as JSON lines or CSV; - is standard input, without SOURCE ~/.claude/projects. A request whose decision hangs on what was not
    recorded is undecided. What was paid is exact; at other models it is estimated, with prompt caches simulated.

    Exit code 1 where --fail-if holds.""",
)
@click.argument("sources", metavar="[SOURCE]...", nargs=-1, type=RECORDED)
@click.option("--policy", "-p", type=POLICY, metavar="FILE", help="The policy; else the config folder's.")
@click.option("--against", type=POLICY, metavar="FILE", help="Another policy: what changes with it?")
@click.option("--since", metavar="TIME", help="Only requests of the last 12h, 7d or 4w. Those without a time are left out.")
@click.option(
    "--config", type=CONFIG, metavar="FILE", help="LiteLLM's config; else config.yaml beside the policy, else the config folder's."
)
@click.option("--fail-if", "gates", multiple=True, metavar="'NAME OP NUMBER[%]'", help="Of cost, changed, undecided, cache_breaks.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page with charts, which needs no network.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    *,
    sources: tuple[Path, ...],
    policy: Path | None,
    against: Path | None,
    since: str | None,
    config: Path | None,
    gates: tuple[str, ...],
    html: Path | None,
    as_json: bool,
) -> None:
    """Replay and print."""
    from ccproxy.render.recorded_traffic import replay_json, replay_lines
    from ccproxy.replay import in_processes

    conditions = [_gate(text) for text in gates]
    if html is not None and find_spec("plotly") is None:
        raise CannotRunError("--html needs Plotly; in a clone of ccproxy: uv tool install '.[html]'")
    start = None if since is None else datetime.now(UTC) - _duration(since)
    path = settings.policy(policy)
    again = partial(_replay, settings, path, against, settings.litellm_config(config, path), broken_down=html is not None)
    replay = again()
    paths = sources or (_transcripts(),)
    with recorded(paths) as found, progress("replaying MB", -(-found.size() // _MEGABYTE)) as state:
        replay.skipped = found.skipped
        count = 1 if STDIN in (path, against) else _count(found, replay)  # what was read of it can't be read in another process
        in_processes.run(replay, found, start, _passed(state), again=again, count=count)
    if start is None:  # an account is of a whole session
        replay.unrecorded = found.accounts.unrecorded(replay.bill)
    tell_unread(found)
    if not replay.requests:
        of = "" if since is None else f" of the last {since}"
        raise CannotRunError(f"no request{of} was found in {', '.join(map(str, paths))}")
    if as_json:
        click.echo(json_text(replay_json(replay), 2))
    else:
        say("\n".join(replay_lines(replay)))
    tell_skipped(found)
    if html is not None and replay.breakdown is not None:
        _write_page(html, replay, replay.breakdown)
    for text, gate in zip(gates, conditions, strict=True):
        if unpriced := gate.unpriced(replay):
            raise CannotRunError(f"--fail-if {text!r} can't be told: {unpriced:,} of the requests have a price on one side only")
    held = [text for text, gate in zip(gates, conditions, strict=True) if gate.holds(replay)]
    for text in held:
        say(f"ccproxy: --fail-if {text!r} holds", err=True)
    ctx.exit(1 if held else 0)


def _replay(settings: Settings, path: Path, against: Path | None, behind: Path | None, *, broken_down: bool) -> Replay:
    """A replay of nothing yet. CannotRunError where a policy can't be used."""
    from ccproxy.facts import RecurringValues
    from ccproxy.models.label_models import Models
    from ccproxy.replay.bill import Bill
    from ccproxy.replay.breakdown import Breakdown
    from ccproxy.replay.recollections import Recollections
    from ccproxy.replay.recorded import Skipped
    from ccproxy.replay.replayed import PolicyTotal, Replay

    # what a proxy has learnt would have the same traffic decided differently tomorrow
    counter = settings.counter(calibrated=False)
    counter.recurring = RecurringValues()
    bill = Bill(Models.without_config() if behind is None else Models.read(behind))
    policies = [load_reporting(settings, one, counter, behind) for one in (path, against) if one is not None]
    hours = settings.memory_hours
    replay = Replay(bill, [PolicyTotal(one, bill, memory=Recollections(hours)) for one in policies], Skipped())
    if broken_down:
        replay.breakdown = Breakdown(bill, policies[-1].zone)
    return replay


def _count(found: Sources, replay: Replay) -> int:
    """How many processes replay: predicates may keep something of what they were asked, so all is asked of one."""
    from ccproxy.replay.in_processes import worthwhile

    count = worthwhile(found)
    if count == 1 or not any(total.policy.predicates for total in replay.policies):
        return count
    say("ccproxy: Python predicates are asked in one process: this takes longer", err=True)
    return 1


def _passed(state: Progress) -> Callable[[int], None]:
    """Takes the bytes that were read, which are shown in megabytes."""
    read = 0

    def passed(size: int) -> None:
        nonlocal read
        read += size
        state.done = read // _MEGABYTE

    return passed


def _write_page(path: Path, replay: Replay, breakdown: Breakdown) -> None:
    from ccproxy.render.replay_page import replay_page

    try:
        path.write_text(replay_page(replay, breakdown), "utf-8")
    except OSError as error:
        raise CannotRunError(f"{path} can't be written: {(error.strerror or str(error)).lower()}") from None


def _transcripts() -> Path:
    folder = expanded(TRANSCRIPTS)
    if not is_folder(folder):
        raise CannotRunError(f"there is no {TRANSCRIPTS}: name files or folders of recorded traffic")
    return folder


def _gate(text: str) -> Gate:
    from ccproxy.replay.gate import read_gate

    found = read_gate(text)
    if found is None:
        raise CannotRunError(
            f"--fail-if {text!r} is not understood; write 'cost > +2%'; there are changed, undecided and cache_breaks, too"
        )
    return found


def _duration(text: str) -> timedelta:
    match = _SINCE.fullmatch(text)
    if match is None:
        raise CannotRunError(f"--since {text!r} is not understood; write 12h, 7d or 4w")
    return int(match[1]) * _UNITS[match[2]]

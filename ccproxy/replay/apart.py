"""Replays shares of sources apart from each other, and joins what came of them in the order of the sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from ccproxy.frozen import frozen
from ccproxy.replay.accounts import Accounts
from ccproxy.replay.breakdown import Breakdown
from ccproxy.replay.joining import joined
from ccproxy.replay.prompt_cache import PromptCaches
from ccproxy.replay.recollections import Recollections
from ccproxy.replay.recorded import Skipped, Source
from ccproxy.replay.replayed import PolicyTotal, Replay
from ccproxy.replay.shares import Share
from ccproxy.replay.sources import Given, Passed, Sources


@frozen
class Outcome:
    """What came of a run of files: the sums, and what was read."""

    number: int
    replay: dict[str, Any]
    policies: tuple[dict[str, Any], ...]
    breakdown: dict[str, Any] | None
    times: tuple[datetime | None, datetime | None]
    skipped: Skipped
    files: Counter[Source]
    unread: list[tuple[str, str]]
    accounts: Accounts


def _names(kind: type, apart: frozenset[str]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in apart)


_OF_REPLAY = _names(Replay, frozenset({"bill", "policies", "skipped", "unrecorded", "breakdown", "first", "last"}))
_OF_POLICY = _names(PolicyTotal, frozenset({"policy", "bill", "caches", "memory"}))
_OF_BREAKDOWN = _names(Breakdown, frozenset({"bill", "zone"}))


def replay_share(empty: Replay, share: Share, since: datetime | None, passed: Passed | None = None) -> Iterator[Outcome]:
    """What comes of each run of a share; `empty` is a replay to which nothing was added. The rest is as for `Replay.run`."""
    given = Given()
    remembered = [(PromptCaches(), Recollections(total.memory.hours)) for total in empty.policies]
    for run in share.runs:
        sources = Sources(())
        policies = [
            PolicyTotal(total.policy, total.bill, caches=caches, memory=memory)
            for total, (caches, memory) in zip(empty.policies, remembered, strict=True)
        ]
        replay = Replay(empty.bill, policies, sources.skipped)
        if empty.breakdown is not None:
            replay.breakdown = Breakdown(empty.bill, empty.breakdown.zone)
        replay.run(sources.requests_of(run.groups, passed, given), since)
        yield Outcome(
            number=run.number,
            replay=_parts(replay, _OF_REPLAY),
            policies=tuple(_parts(total, _OF_POLICY) for total in policies),
            breakdown=None if replay.breakdown is None else _parts(replay.breakdown, _OF_BREAKDOWN),
            times=(replay.first, replay.last),
            skipped=sources.skipped,
            files=sources.files,
            unread=sources.unread,
            accounts=sources.accounts,
        )


def join(replay: Replay, sources: Sources, outcomes: Iterable[Outcome]) -> None:
    """Add to a replay of sources what came of their shares: all is as if it had run through them."""
    for outcome in sorted(outcomes, key=lambda outcome: outcome.number):
        _join(replay, outcome.replay)
        for total, sums in zip(replay.policies, outcome.policies, strict=True):
            _join(total, sums)
        if replay.breakdown is not None and outcome.breakdown is not None:
            _join(replay.breakdown, outcome.breakdown)
        first, last = outcome.times
        replay.first = min(filter(None, (replay.first, first)), default=None)
        replay.last = max(filter(None, (replay.last, last)), default=None)
        sources.skipped.join(outcome.skipped)
        sources.files.update(outcome.files)
        sources.unread += outcome.unread
        sources.accounts.join(outcome.accounts)


def _parts(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _join(value: object, parts: dict[str, Any]) -> None:
    for name, after in parts.items():
        setattr(value, name, joined(getattr(value, name), after))

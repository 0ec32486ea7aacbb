"""Splits sources into shares that can be replayed apart: no two have a session or an answer in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ccproxy.frozen import frozen
from ccproxy.regular_files import open_regular
from ccproxy.replay.rollouts import ties_of_rollout
from ccproxy.replay.sources import Found, Sources, kind_of
from ccproxy.replay.transcripts import ties_of_transcript

CHUNK = 8_000_000
"""Bytes of files that are enough for a share."""


@frozen
class Run:
    """Files that follow one another, by session; `number` is the place of the first session among all."""

    number: int
    groups: tuple[list[Found], ...]


@frozen
class Share:
    """What is replayed in one go, in this order, and its bytes."""

    runs: tuple[Run, ...]
    size: int


class InseparableError(Exception):
    """Raised for a file of a kind of which only a reading tells what belongs together."""


def split(sources: Sources, most: float = 0.9) -> list[Share]:
    """The shares of sources, the largest first; only one where that has more than `most` of the bytes, or nothing can be split."""
    groups = list(sources.groups())
    sizes = [sum(map(_size, group)) for group in groups]
    whole = sum(sizes)
    if max(sizes, default=0) > most * whole:
        return [_share(range(len(groups)), groups, whole)]
    try:
        shares = [_share(numbers, groups, sum(sizes[number] for number in numbers)) for numbers in _together(_tied(groups), sizes)]
    except InseparableError:
        return [_share(range(len(groups)), groups, whole)]
    shares.sort(key=lambda share: -share.size)
    return [_share(range(len(groups)), groups, whole)] if shares and shares[0].size > most * whole else shares


def _tied(groups: Sequence[Sequence[Found]]) -> list[list[int]]:
    """The numbers of groups that something ties to one another, each set in its order."""
    first: dict[int, int] = {}
    leads = list(range(len(groups)))

    def lead(number: int) -> int:
        while leads[number] != number:
            leads[number] = number = leads[leads[number]]
        return number

    for number, group in enumerate(groups):
        for path, _, _ in group:
            for tie in _ties(path):
                one, other = sorted((lead(number), lead(first.setdefault(hash(tie), number))))
                leads[other] = one
    found: dict[int, list[int]] = {}
    for number in range(len(groups)):
        found.setdefault(lead(number), []).append(number)
    return list(found.values())


def _ties(path: Path) -> Iterator[str]:
    try:
        with open_regular(path) as file:
            kind = kind_of(file, path.suffix)
            file.seek(0)
            match kind:
                case "transcript":
                    yield from ties_of_transcript(file)
                case "rollout":
                    yield from ties_of_rollout(file)
                case None:
                    pass
                case _:
                    raise InseparableError
    except OSError:
        return


def _together(tied: Sequence[list[int]], sizes: Sequence[int]) -> Iterator[list[int]]:
    """Numbers for each share: what is tied, and of the rest as many as are enough."""
    chunk: list[int] = []
    size = 0
    for numbers in tied:
        if len(numbers) > 1:
            yield numbers
            continue
        chunk += numbers
        size += sizes[numbers[0]]
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _share(numbers: Sequence[int], groups: Sequence[list[Found]], size: int) -> Share:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return Share(tuple(Run(run[0], tuple(groups[number] for number in run)) for run in runs), size)


def _size(found: Found) -> int:
    try:
        return found[0].stat().st_size
    except OSError:
        return 0

"""What providers count for the tokens that we count: a running ratio for each model group, shared by the workers of a config folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ccproxy.private_files import locked, read_text, write_whole

CALIBRATION_NAME = "calibration.json"
PRIOR_TOKENS = 10_000
"""A ratio starts at 1, as though so many tokens had been counted alike."""
WINDOW_TOKENS = 2_000_000
"""Older answers fade: a ratio rests on about so many tokens."""
LEAST, MOST = Fraction(1, 4), Fraction(4)
"""The bounds of a ratio, and of what one answer may say."""
MOST_GROUPS = 256
"""Groups that are kept: behind a wildcard, clients name them."""
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """The answers of a model group, and their requests' tokens as the provider and as we counted them, older ones faded."""

    answers: int = 0
    provider: float = 0
    ours: float = 0

    def plus(self, provider: float, ours: float) -> Seen:
        """With one more answer."""
        provider = min(max(provider, ours * float(LEAST)), ours * float(MOST))
        fading = min(1.0, WINDOW_TOKENS / (self.ours + ours))
        return Seen(self.answers + 1, (self.provider + provider) * fading, (self.ours + ours) * fading)

    @property
    def ratio(self) -> Fraction:
        """The provider's count over ours, in thousandths."""
        exact = (self.provider + PRIOR_TOKENS) / (self.ours + PRIOR_TOKENS)
        return min(max(Fraction(round(exact * 1000), 1000), LEAST), MOST)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one answer told: the tokens of its request, as the provider of the group counted them and as we did."""

    group: str
    provider: int
    ours: int


class Calibration:
    """The ratios of a config folder. Safe to use from many threads; only `save` touches the disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / CALIBRATION_NAME
        self._changed = self._last_change()
        self._groups = read_groups(folder)
        self._new: list[Answer] = []
        self._lock = threading.Lock()

    def ratio_for(self, model: str | None) -> Fraction:
        """The ratio for requests that name this model: of the group of that name, or where it has answered none, of all together.

        Which group a request goes to is not known before it is counted.
        """
        return ratio_for(self._groups, model)

    def learn(self, answer: Answer) -> None:
        """Take in an answer; it counts from the next `save` on."""
        if answer.ours > 0:
            with self._lock:
                self._new.append(answer)

    def save(self) -> None:
        """Add what was learnt to the file, and take up what other workers added. Raises OSError; then this worker learns by itself."""
        with self._lock:
            new, self._new = self._new, []
        if not new:
            changed = self._last_change()
            if changed is not None and changed != self._changed:
                self._groups, self._changed = read_groups(self._path.parent), changed
            return
        try:
            with locked(self._path.with_suffix(".lock")):
                self._groups = with_answers(read_groups(self._path.parent), new)
                write_whole(self._path, json.dumps(_written(self._groups), indent=2))
                self._changed = self._last_change()
        except OSError:
            self._groups = with_answers(self._groups, new)
            raise

    def _last_change(self) -> int | None:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return None


def ratio_for(groups: Mapping[str, Seen], model: str | None) -> Fraction:
    """See `Calibration.ratio_for`."""
    seen = groups.get(model or "")
    if seen is None:
        seen = Seen(0, sum(other.provider for other in groups.values()), sum(other.ours for other in groups.values()))
    return seen.ratio


def with_answers(groups: Mapping[str, Seen], answers: Iterable[Answer]) -> dict[str, Seen]:
    """The groups after more answers."""
    found = dict(groups)
    for answer in answers:
        group = answer.group[:LONGEST_NAME]
        if group in found or len(found) < MOST_GROUPS:
            found[group] = found.get(group, Seen()).plus(answer.provider, answer.ours)
    return found


def read_groups(folder: Path) -> dict[str, Seen]:
    """What the workers of a config folder learnt; nothing where there is no such file, or none that can be read."""
    found: dict[str, Seen] = {}
    with suppress(OSError, ValueError, AttributeError):
        for group, seen in json.loads(read_text(folder / CALIBRATION_NAME)).items():
            with suppress(KeyError, TypeError, ValueError, OverflowError):
                provider, ours = float(seen["provider"]), float(seen["ours"])
                if 0 <= provider <= 4 * ours <= 4 * WINDOW_TOKENS:
                    found[group] = Seen(int(seen["answers"]), provider, ours)
    return found


def told(groups: Mapping[str, Seen]) -> dict[str, dict[str, float]]:
    """As `status` tells it: ratio and number of answers of each group."""
    return {group: {"ratio": float(seen.ratio), "answers": seen.answers} for group, seen in sorted(groups.items())}


def _written(groups: Mapping[str, Seen]) -> dict[str, dict[str, float]]:
    return {
        group: {"ratio": float(seen.ratio), "answers": seen.answers, "provider": round(seen.provider, 3), "ours": round(seen.ours, 3)}
        for group, seen in groups.items()
    }

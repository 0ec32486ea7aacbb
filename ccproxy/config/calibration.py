"""Calibrates our token counts to the providers': a running ratio per model group, shared by the workers of a config folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from ccproxy.frozen import frozen
from ccproxy.private_files import locked, read_text, write_whole

CALIBRATION_NAME = "calibration.json"
PRIOR_TOKENS = 10_000
"""Tokens: a ratio starts at 1, as if both sides had counted so many alike."""
WINDOW_TOKENS = 2_000_000
"""Tokens: older answers fade, so that a ratio rests on about so many."""
LEAST, MOST = Fraction(1, 4), Fraction(4)
"""The bounds of a ratio, and of what one answer can contribute."""
MOST_GROUPS = 256
"""Maximum groups that are kept, because clients can name any group behind a wildcard."""
LONGEST_NAME = 200


@frozen
class Seen:
    """The number of answers of a model group, and the tokens of their requests by the provider's count and by ours, older ones faded."""

    answers: int = 0
    provider: float = 0
    ours: float = 0

    def plus(self, provider: float, ours: float) -> Seen:
        """These with one more answer."""
        provider = min(max(provider, ours * float(LEAST)), ours * float(MOST))
        fading = min(1.0, WINDOW_TOKENS / (self.ours + ours))
        return Seen(self.answers + 1, (self.provider + provider) * fading, (self.ours + ours) * fading)

    @property
    def ratio(self) -> Fraction:
        """The provider's count divided by ours, in thousandths."""
        exact = (self.provider + PRIOR_TOKENS) / (self.ours + PRIOR_TOKENS)
        return min(max(Fraction(round(exact * 1000), 1000), LEAST), MOST)


@frozen
class Answer:
    """The tokens of one answer's request, by the count of the group's provider and by ours."""

    group: str
    provider: int
    ours: int


class Calibration:
    """The ratios of a config folder. Thread-safe; only `save` touches the disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / CALIBRATION_NAME
        self._changed = self._last_change()
        self._groups = read_groups(folder)
        self._new: list[Answer] = []
        self._lock = threading.Lock()

    def ratio_for(self, model: str | None) -> Fraction:
        """The ratio for requests that name this model: that of the group of that name, or if it has no answers, of all together.

        The group that a request goes to is not known until it has been counted.
        """
        return ratio_for(self._groups, model)

    def learn(self, answer: Answer) -> None:
        """Record an answer; it counts from the next `save` on."""
        if answer.ours > 0:
            with self._lock:
                self._new.append(answer)

    def save(self) -> None:
        """Add what was learnt to the file, and load what other workers added. Raises OSError; this worker then learns on its own."""
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
    """What the workers of a config folder have learnt; empty if there is no readable file."""
    found: dict[str, Seen] = {}
    with suppress(OSError, ValueError, AttributeError):
        for group, seen in json.loads(read_text(folder / CALIBRATION_NAME)).items():
            with suppress(KeyError, TypeError, ValueError, OverflowError):
                provider, ours = float(seen["provider"]), float(seen["ours"])
                if 0 <= provider <= 4 * ours <= 4 * WINDOW_TOKENS:
                    found[group] = Seen(int(seen["answers"]), provider, ours)
    return found


def told(groups: Mapping[str, Seen]) -> dict[str, dict[str, float]]:
    """The ratio and number of answers of each group, as `status` shows them."""
    return {group: {"ratio": float(seen.ratio), "answers": seen.answers} for group, seen in sorted(groups.items())}


def _written(groups: Mapping[str, Seen]) -> dict[str, dict[str, float]]:
    return {
        group: {"ratio": float(seen.ratio), "answers": seen.answers, "provider": round(seen.provider, 3), "ours": round(seen.ours, 3)}
        for group, seen in groups.items()
    }

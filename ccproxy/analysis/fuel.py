"""Bounds on how much the analysis may do: counted in steps, never in seconds, so that answers do not depend on the machine."""

from __future__ import annotations

TOTAL = 20_000_000
"""Steps of a whole analysis, about ten seconds of a processor."""

MOST_KEPT = 200_000_000
"""Bytes of what grows faster than a policy does."""

_ALL = "the policy as a whole has too many combinations to try"


class OutOfFuelError(Exception):
    """A question was given up; the text says why, for the reader of the policy."""


class Fuel:
    """A budget of steps for a whole analysis, and within it one for each question. A step takes about half a microsecond."""

    def __init__(self, total: int = TOTAL, question: int = 300_000) -> None:
        self.total = total
        self.left = total
        self._question = question
        self._left_here = question
        self._kept = 0

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left for any question."""
        return self.left < 0

    @property
    def missing(self) -> str:
        """What was not enough, once all is used up."""
        return f"{self.total:,} steps" if self._kept <= MOST_KEPT else f"{MOST_KEPT // 1_000_000} MB of memory"

    def begin_question(self) -> None:
        """Give the next question its own budget; what it leaves is not carried over."""
        self._left_here = self._question

    def begin_building(self) -> None:
        """Let what comes before the first question use all that is there."""
        self._left_here = self.left

    def spend(self, steps: int) -> None:
        """Count steps; OutOfFuelError when the question's or the analysis's budget is used up."""
        self.left -= steps
        self._left_here -= steps
        if self.left < 0:
            raise OutOfFuelError(_ALL)
        if self._left_here < 0:
            raise OutOfFuelError("there are too many combinations to try")

    def spend_of_all(self, steps: int) -> None:
        """Count steps that belong to no question; OutOfFuelError when the analysis's budget is used up."""
        self.left -= steps
        if self.left < 0:
            raise OutOfFuelError(_ALL)

    def keep(self, size: int) -> None:
        """Count bytes that stay until the end; OutOfFuelError, and nothing is left of the budget, when they are too many."""
        self._kept += size
        if self._kept > MOST_KEPT:
            self.left = -1
            raise OutOfFuelError(_ALL)

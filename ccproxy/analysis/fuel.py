"""Bounds on how much the analysis may do: counted in steps, never in seconds, so that answers do not depend on the machine."""

from __future__ import annotations


class TooMuchWorkError(Exception):
    """A question was given up; the text says why, for the reader of the policy."""


class Work:
    """A budget of steps for a whole analysis, and within it one for each question. A step takes about half a microsecond."""

    def __init__(self, total: int = 8_000_000, question: int = 300_000) -> None:
        self.total = total
        self.left = total
        self._question = question
        self._left_here = question

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left for any question."""
        return self.left < 0

    def begin_question(self) -> None:
        """Give the next question its own budget; what it leaves is not carried over."""
        self._left_here = self._question

    def spend(self, steps: int) -> None:
        """Count steps; TooMuchWorkError when the question's or the analysis's budget is used up."""
        self.left -= steps
        self._left_here -= steps
        if self.left < 0:
            raise TooMuchWorkError("the policy as a whole has too many combinations to try")
        if self._left_here < 0:
            raise TooMuchWorkError("there are too many combinations to try")

"""The token counts of one request: exact where asked for, and otherwise no closer than a comparison needs.

A text has at most as many tokens as UTF-8 bytes, and at least its bytes over the longest token's. A part of a request lies
between the sums of those, and each text that is counted narrows it. The texts with kept counts come first, which costs a hash; then
the longest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil

from ccproxy.facts.tokens.blocks import Pieces
from ccproxy.facts.tokens.counter import Key, TokenCounter, byte_length
from ccproxy.facts.tokens.tokenizer import LONGEST_TOKEN


class WouldBlock(Exception):  # noqa: N818 - no error: the caller goes on elsewhere
    """Answering takes more tokenising than this thread may do. What was counted so far is kept: ask again on another thread."""


class Budget:
    """The characters that may still be tokenised on this thread: `limit` in all (None: any number), `spent` of them so far."""

    __slots__ = ("limit", "spent")

    def __init__(self) -> None:
        self.limit: int | None = None
        self.spent = 0


class Part:
    """One part of a request: its tokens are at least `lower` and at most `upper`.

    The count of each text is scaled by the model's factor and rounded up, so parts add up whatever the factor.
    """

    __slots__ = ("_budget", "_counter", "_scale", "_unknown", "_unseen", "lower", "upper")

    def __init__(self, pieces: Pieces, counter: TokenCounter, scale: Fraction, budget: Budget) -> None:
        self._counter = counter
        self._scale = scale
        self._budget = budget
        self._unseen = sorted([(byte_length(text), text) for text in pieces.texts], key=_length)
        self._unknown: deque[tuple[int, str, Key]] = deque()
        if scale == 1:
            self.upper = pieces.fixed + sum([length for length, _ in self._unseen])
            self.lower = pieces.fixed + sum([-(-length // LONGEST_TOKEN) for length, _ in self._unseen])
        else:
            self.upper = pieces.fixed + sum([self._scaled(length) for length, _ in self._unseen])
            self.lower = pieces.fixed + sum([self._scaled(-(-length // LONGEST_TOKEN)) for length, _ in self._unseen])

    def _scaled(self, count: int) -> int:
        return count if self._scale == 1 else ceil(count * self._scale)

    def look_up(self) -> bool:
        """Takes the kept count of the longest text not looked at yet; False where all were looked at."""
        if not self._unseen:
            return False
        length, text = self._unseen.pop()
        key = self._counter.key(text)
        count = self._counter.kept(key)
        if count is None:
            self._unknown.append((length, text, key))
        else:
            self._settle(length, count)
        return True

    def tokenise(self) -> bool:
        """Counts the longest text whose count is unknown; False where there is none. Raises WouldBlock where that is too much."""
        if not self._unknown:
            return False
        length, text, key = self._unknown[0]
        budget = self._budget
        if budget.limit is not None and (budget.spent + len(text) > budget.limit or not self._counter.loaded):
            raise WouldBlock
        count = self._counter.count(text, key)
        budget.spent += len(text)
        self._unknown.popleft()
        self._settle(length, count)
        return True

    def _settle(self, length: int, count: int) -> None:
        scaled = self._scaled(count)
        self.upper += scaled - self._scaled(length)
        self.lower += scaled - self._scaled(-(-length // LONGEST_TOKEN))

    def exact(self) -> int:
        """The tokens of the part."""
        while self.look_up():
            pass
        while self.tokenise():
            pass
        return self.lower


def is_positive(terms: Sequence[tuple[Part, int | Fraction]], constant: int | Fraction) -> bool:
    """Whether the sum of each part times its factor, and the constant, is over 0; counts no more than that takes."""
    for refine in (Part.look_up, Part.tokenise):
        while True:
            lowest = highest = constant
            for part, factor in terms:
                lowest += factor * (part.lower if factor > 0 else part.upper)
                highest += factor * (part.upper if factor > 0 else part.lower)
            if lowest > 0:
                return True
            if highest <= 0:
                return False
            if not _refine_widest(terms, refine):
                break
    raise AssertionError("every text was counted, and the sum is still not known")  # lower == upper in every part


def _refine_widest(terms: Sequence[tuple[Part, int | Fraction]], refine: Callable[[Part], bool]) -> bool:
    """Refines the part that leaves most open; False where no part can be refined this way."""
    return any(refine(part) for part, _ in sorted(terms, key=_openness, reverse=True))


def _openness(term: tuple[Part, int | Fraction]) -> Fraction:
    part, factor = term
    return abs(Fraction(factor)) * (part.upper - part.lower)


def _length(piece: tuple[int, str]) -> int:
    return piece[0]

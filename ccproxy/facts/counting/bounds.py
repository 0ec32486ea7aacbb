"""The token counts of one request: exact where asked for, and otherwise no closer than a comparison needs.

A part of a request consists of values: messages, tools. What is kept of a whole value counts first: of a conversation's next turn
only what it adds is looked into. A text in that has at most as many tokens as UTF-8 bytes, and at least its bytes over the longest
token's, and the part lies between the sums of those. Counts of texts that are kept narrow it, which costs a hash a text; then the
longest texts are tokenised.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil

from ccproxy.facts.counting.blocks import Pieces
from ccproxy.facts.counting.counter import Key, TokenCounter, byte_length
from ccproxy.facts.counting.tokenizer import LONGEST_TOKEN
from ccproxy.facts.values import Json
from ccproxy.frozen import frozen


class WouldBlock(Exception):  # noqa: N818 - no error: the caller goes on elsewhere
    """Answering takes longer than this thread may wait. What was found so far is kept: ask again on another thread."""


BYTES_A_TEXT = 100
"""What it takes to count a text at all, in bytes that are tokenised in that time."""


class Budget:
    """The UTF-8 bytes that may be tokenised on this thread: `limit` in all (None: any number), `spent` so far, `BYTES_A_TEXT` included."""

    __slots__ = ("limit", "spent")

    def __init__(self) -> None:
        self.limit: int | None = None
        self.spent = 0


class _Whole:
    """A value some of whose texts are not counted yet; `tokens` are those of the rest of it. Kept under `key` once it is counted."""

    __slots__ = ("key", "tokens", "uncounted")

    def __init__(self, key: Key, tokens: int, uncounted: int) -> None:
        self.key = key
        self.tokens = tokens
        self.uncounted = uncounted


@frozen
class _Text:
    """A text that is not counted yet, its UTF-8 bytes, and the value that it is of, None where that isn't kept."""

    length: int
    text: str
    whole: _Whole | None


class Part:
    """One part of a request: its tokens are at least `lower` and at most `upper`. `add` gives the pieces of one of its values.

    The count of each text is scaled by the model's factor and rounded up, so parts add up whatever the factor.
    """

    __slots__ = ("_budget", "_counter", "_scale", "_unknown", "_unseen", "lower", "upper")

    def __init__(
        self, values: Sequence[Json], add: Callable[[Pieces, Json], None], counter: TokenCounter, scale: Fraction, budget: Budget
    ) -> None:
        self._counter = counter
        self._scale = None if scale == 1 else scale
        self._budget = budget
        self._unseen: list[_Text] = []
        self._unknown: deque[tuple[_Text, Key]] = deque()
        how = f"{add.__name__} {scale}"
        keys = [counter.key_of(value, how) for value in values]
        known = 0
        for value, key, count in zip(values, keys, counter.kept(keys), strict=True):
            if count is None:
                known += self._open(value, key, add)
            else:
                known += count
        self.upper = known + sum([self._most(text.length) for text in self._unseen])
        self.lower = known + sum([self._least(text.length) for text in self._unseen])

    def _open(self, value: Json, key: Key | None, add: Callable[[Pieces, Json], None]) -> int:
        """Takes the texts of a value; how many tokens the rest of it is."""
        pieces = Pieces()
        add(pieces, value)
        whole = None if key is None else _Whole(key, pieces.fixed, len(pieces.texts))
        self._unseen.extend([_Text(byte_length(text), text, whole) for text in pieces.texts])
        return pieces.fixed

    def _most(self, length: int) -> int:
        """The most tokens that a text of so many bytes, or of so many unscaled tokens, can count for."""
        return length if self._scale is None else ceil(length * self._scale)

    def _least(self, length: int) -> int:
        """The fewest tokens that a text of so many bytes can count for."""
        return self._most(-(-length // LONGEST_TOKEN))

    def look_up(self) -> None:
        """Takes the counts that are kept."""
        if not self._unseen:
            return
        unknown = []
        keys = [self._counter.key(text.text) for text in self._unseen]
        for text, key, count in zip(self._unseen, keys, self._counter.kept(keys), strict=True):
            if count is None:
                unknown.append((text, key))
            else:
                self._settle(text, count)
        self._unseen = []
        self._unknown.extend(sorted(unknown, key=_length, reverse=True))

    def tokenise(self) -> None:
        """Counts the longest text whose count is not known yet; there must be one. Raises WouldBlock where that is too much."""
        text, key = self._unknown[0]
        budget = self._budget
        spent = budget.spent + text.length + BYTES_A_TEXT
        if budget.limit is not None and (spent > budget.limit or not self._counter.loaded):
            raise WouldBlock
        count = self._counter.count(text.text, key)
        budget.spent = spent
        self._unknown.popleft()
        self._settle(text, count)

    def _settle(self, text: _Text, count: int) -> None:
        scaled = self._most(count)
        self.upper += scaled - self._most(text.length)
        self.lower += scaled - self._least(text.length)
        whole = text.whole
        if whole is not None:
            whole.tokens += scaled
            whole.uncounted -= 1
            if not whole.uncounted:
                self._counter.keep(whole.key, whole.tokens)

    def exact(self) -> int:
        """The tokens of the part."""
        self.look_up()
        while self._unknown:
            self.tokenise()
        return self.lower


def is_positive(terms: Sequence[tuple[Part, int | Fraction]], constant: int | Fraction) -> bool:
    """Whether the sum of each part times its factor, and the constant, is over 0; counts no more than that takes.

    No factor is 0.
    """
    answer = _answer(terms, constant)
    for part, _ in sorted(terms, key=_openness, reverse=True):
        if answer is None:
            part.look_up()
            answer = _answer(terms, constant)
    while answer is None:
        max(terms, key=_openness)[0].tokenise()
        answer = _answer(terms, constant)
    return answer


def _answer(terms: Sequence[tuple[Part, int | Fraction]], constant: int | Fraction) -> bool | None:
    """Whether the sum is over 0, None where what is counted does not tell."""
    lowest = highest = constant
    for part, factor in terms:
        lowest += factor * (part.lower if factor > 0 else part.upper)
        highest += factor * (part.upper if factor > 0 else part.lower)
    return True if lowest > 0 else False if highest <= 0 else None


def _openness(term: tuple[Part, int | Fraction]) -> int | Fraction:
    """How much of the sum is still open because of this part: over 0 until all its texts are counted."""
    part, factor = term
    width: int | Fraction = factor * (part.upper - part.lower)
    return width if width > 0 else -width


def _length(piece: tuple[_Text, Key]) -> int:
    return piece[0].length

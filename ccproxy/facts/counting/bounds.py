"""The token counts of one request: exact where asked for, and otherwise no closer than a comparison needs.

A part of a request consists of values: messages, tools. A text in them has at most as many tokens as UTF-8 bytes, and at least its
bytes over the longest token's, and the part lies between the sums of those. What was found of a whole value is kept, so of a
conversation's next turn only what it adds is looked into. Where that doesn't tell, counts of texts that are kept narrow it, which
costs a hash a text; then the longest texts are tokenised.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction

from ccproxy.facts.counting.blocks import Pieces
from ccproxy.facts.counting.counter import TokenCounter
from ccproxy.facts.counting.opened import Bounds, Key, OpenedValue, OpenText, RecurringValues, Sum, Whole, least_tokens, scaled
from ccproxy.facts.values import Json


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


class Part(Sum):
    """One part of a request: its tokens are at least `lower` and at most `upper`. `add` gives the pieces of one of its values.

    Values of a `conversation` come again in its next turn, at the same places.

    The count of each text is scaled by the model's factor and rounded up, so parts add up whatever the factor.
    """

    __slots__ = ("_add", "_budget", "_closed", "_counter", "_scale")

    def __init__(
        self,
        values: list[Json],
        add: Callable[[Pieces, Json], None],
        counter: TokenCounter,
        scale: Fraction,
        budget: Budget,
        *,
        conversation: bool,
    ) -> None:
        super().__init__()
        self._add = add
        self._counter = counter
        self._scale = None if scale == 1 else scale
        self._budget = budget
        self._closed: list[tuple[Json, Key | None, Bounds]] = []
        how = f"{add.__name__} {scale}"
        if counter.recurring is not None:
            self._go_on(values, how, counter.recurring)
            return
        self.lower, others = counter.kept_of(values, how, conversation=conversation)
        self.upper = self.lower
        for value, key, kept in others:
            if kept is None:
                self._open(value, key)
            else:
                self._widen(*kept)
                if kept[0] != kept[1]:
                    self._closed.append((value, key, kept))

    def _go_on(self, values: Sequence[Json], how: str, recurring: RecurringValues) -> None:
        """Takes what is known of values that came before, and looks into those that are new."""
        count, before = recurring.begun(values, how)
        if before is not None:
            self.go_on_from(before)
        for one in recurring.opened(values[count:], how, lambda value: OpenedValue(value, None, self._add, self._scale)):
            if one.tokens is None:
                self._see(one)
            else:
                self._widen(one.tokens, one.tokens)
        recurring.sum_up(values, how, self)

    def _widen(self, lower: int, upper: int) -> None:
        self.lower += lower
        self.upper += upper

    def _open(self, value: Json, key: Key | None) -> None:
        """Looks into a value."""
        opened = OpenedValue(value, key, self._add, self._scale)
        self._see(opened)
        if key is not None:
            self._counter.keep(key, (opened.fixed + opened.least, opened.fixed + opened.most))

    def _see(self, value: OpenedValue) -> None:
        self._widen(value.fixed + value.least, value.fixed + value.most)
        self.unseen.append(value)

    def look_up(self) -> None:
        """Takes the counts of texts that are kept."""
        for value, key, (lower, upper) in self._closed:
            self._widen(-lower, -upper)
            self._open(value, key)
        self._closed = []
        if not self.unseen:
            return
        texts = [OpenText(length, text, whole) for whole in map(Whole, self.unseen) for length, text in whole.value.texts]
        self.unseen = []
        unknown = []
        keys = [self._counter.key(text.text) for text in texts]
        for text, key, kept in zip(texts, keys, self._counter.kept(keys), strict=True):
            if kept is None:
                unknown.append((text, key))
            else:
                self._settle(text, kept[0])
        self.unknown = deque(sorted([*self.unknown, *unknown], key=_length, reverse=True))

    def tokenise(self) -> None:
        """Counts the longest text whose count is not known yet; there must be one. Raises WouldBlock where that is too much."""
        text, key = self.unknown[0]
        budget = self._budget
        spent = budget.spent + text.length + BYTES_A_TEXT
        if budget.limit is not None and (spent > budget.limit or not self._counter.loaded):
            raise WouldBlock
        count = self._counter.count(text.text, key) if text.count is None else text.count
        budget.spent = spent
        self.unknown.popleft()
        self._settle(text, count)

    def _settle(self, text: OpenText, count: int) -> None:
        tokens, whole = scaled(count, self._scale), text.whole
        lower, upper = tokens - scaled(least_tokens(text.length), self._scale), tokens - scaled(text.length, self._scale)
        self._widen(lower, upper)
        if text.count is not None:  # another sum has the text, too
            return
        text.count = count
        whole.lower += lower
        whole.upper += upper
        if whole.lower == whole.upper:
            whole.value.tokens = whole.lower
        if whole.value.key is not None:
            self._counter.keep(whole.value.key, (whole.lower, whole.upper))

    def exact(self) -> int:
        """The tokens of the part."""
        self.look_up()
        while self.unknown:
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
    return max(width, -width)


def _length(piece: tuple[OpenText, Key]) -> int:
    return piece[0].length

"""Values of requests taken apart: what of them is to be tokenised, and what that can come to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil
from operator import is_not

from ccproxy.facts.counting.blocks import Pieces
from ccproxy.facts.counting.tokenizer import LONGEST_TOKEN
from ccproxy.facts.values import Json

Key = tuple[int, int]
"""A hash, and the length of what was hashed: of a text, or of a value as `marshal` writes it."""

Bounds = tuple[int, int]
"""At least, and at most, so many tokens."""


class OpenedValue:
    """A value, under what its count is kept, the tokens of it that are `fixed`, its texts with their UTF-8 bytes, which count for at
    least `least` and at most `most`. `tokens` is its count, once it is known."""

    __slots__ = ("fixed", "key", "least", "most", "texts", "tokens", "value")

    def __init__(self, value: Json, key: Key | None, add: Callable[[Pieces, Json], None], scale: Fraction | None) -> None:
        pieces = Pieces()
        add(pieces, value)
        self.value = value
        self.key = key
        self.fixed = pieces.fixed
        self.texts = [(byte_length(text), text) for text in pieces.texts]
        self.most = sum([scaled(length, scale) for length, _ in self.texts])
        self.least = sum([scaled(least_tokens(length), scale) for length, _ in self.texts])
        self.tokens: int | None = None if self.texts else self.fixed


class Whole:
    """A value that was opened, and is of at least `lower` and at most `upper` tokens."""

    __slots__ = ("lower", "upper", "value")

    def __init__(self, value: OpenedValue) -> None:
        self.value = value
        self.lower = value.fixed + value.least
        self.upper = value.fixed + value.most


class OpenText:
    """A text of a value, its UTF-8 bytes, and its count, once it is known."""

    __slots__ = ("count", "length", "text", "whole")

    def __init__(self, length: int, text: str, whole: Whole) -> None:
        self.length = length
        self.text = text
        self.whole = whole
        self.count: int | None = None


class Sum:
    """What is known of some values together: at least `lower` and at most `upper` tokens. Those that are `unseen` were opened, the counts
    of their texts not looked up yet; the texts that are `unknown` have none that is kept, the longest first."""

    __slots__ = ("lower", "unknown", "unseen", "upper")

    def __init__(self) -> None:
        self.lower = self.upper = 0
        self.unseen: list[OpenedValue] = []
        self.unknown: deque[tuple[OpenText, Key]] = deque()

    def go_on_from(self, other: Sum) -> None:
        """Begin with what is known of other values."""
        self.lower, self.upper = other.lower, other.upper
        self.unseen, self.unknown = [*other.unseen], deque(other.unknown)


class RecurringValues:
    """Values that were opened, by their identity: for who gives the same objects again and again, and changes none.

    It holds them, so that no other gets the identity of one; those opened in one way are forgotten when there are too many. Of values
    that were summed up in their order it has the sum, as they are the beginning of the next: a conversation's next turn adds to them.
    """

    MOST = 4_000

    def __init__(self) -> None:
        self._opened: dict[str, dict[int, OpenedValue]] = {}
        self._sums: dict[tuple[str, int], tuple[Sequence[Json], Sum]] = {}
        self._summed = 0

    def opened(self, values: Sequence[Json], how: str, open_value: Callable[[Json], OpenedValue]) -> list[OpenedValue]:
        """The values; those that were not opened yet, in a way that `how` tells from others, are opened now."""
        known = self._opened.setdefault(how, {})
        found = [known.get(id(value)) for value in values]
        if len(known) > self.MOST:
            known.clear()
        return [one or known.setdefault(id(value), open_value(value)) for one, value in zip(found, values, strict=True)]

    def begun(self, values: Sequence[Json], how: str) -> tuple[int, Sum | None]:
        """How many of the first values were summed up before, and their sum; None where none were."""
        earlier, found = self._sums.get((how, id(values[0])), ((), None)) if values else ((), None)
        if found is None or len(earlier) > len(values) or any(map(is_not, earlier, values)):
            return 0, None
        return len(earlier), found

    def sum_up(self, values: Sequence[Json], how: str, found: Sum) -> None:
        """Hold the sum of values."""
        if not values:
            return
        before = self._sums.pop((how, id(values[0])), None)
        self._summed += len(values) - (0 if before is None else len(before[0]))
        if self._summed > self.MOST:
            self._sums.clear()
            self._summed = len(values)
        self._sums[how, id(values[0])] = values, found


def byte_length(text: str) -> int:
    """The UTF-8 bytes of a text: the most tokens it can have."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def least_tokens(length: int) -> int:
    """The fewest tokens that a text of so many bytes can have."""
    return -(-length // LONGEST_TOKEN)


def scaled(tokens: int, scale: Fraction | None) -> int:
    """What so many tokens of a text count for; without a scale themselves."""
    return tokens if scale is None else ceil(tokens * scale)

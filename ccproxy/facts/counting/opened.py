"""Values of requests taken apart: what of them is to be tokenised, and what that can come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil

from ccproxy.facts.counting.blocks import Pieces
from ccproxy.facts.counting.tokenizer import LONGEST_TOKEN
from ccproxy.facts.values import Json

Key = tuple[int, int]
"""A hash, and the length of what was hashed: of a text, or of a value as `marshal` writes it."""


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


class RecurringValues:
    """Values that were opened, by their identity: for who gives the same objects again and again, and changes none.

    It holds them, so that no other gets the identity of one; those opened in one way are forgotten when there are too many.
    """

    MOST = 4_000

    def __init__(self) -> None:
        self._opened: dict[str, dict[int, OpenedValue]] = {}

    def opened(self, values: Sequence[Json], how: str, open_value: Callable[[Json], OpenedValue]) -> list[OpenedValue]:
        """The values; those that were not opened yet, in a way that `how` tells from others, are opened now."""
        known = self._opened.setdefault(how, {})
        found = [known.get(id(value)) for value in values]
        if len(known) > self.MOST:
            known.clear()
        return [one or known.setdefault(id(value), open_value(value)) for one, value in zip(found, values, strict=True)]


def byte_length(text: str) -> int:
    """The UTF-8 bytes of a text: the most tokens it can have."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def least_tokens(length: int) -> int:
    """The fewest tokens that a text of so many bytes can have."""
    return -(-length // LONGEST_TOKEN)


def scaled(tokens: int, scale: Fraction | None) -> int:
    """What so many tokens of a text count for; without a scale themselves."""
    return tokens if scale is None else ceil(tokens * scale)

"""Chooses a split's branch by the hash of a fact: the same in every process and on every machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import ceil
from typing import Any

from ccproxy.facts import Facts
from ccproxy.facts.facts import ATTRIBUTES
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.paths import parts_of
from ccproxy.language.printer import format_expression
from ccproxy.language.syntax import Exact

NUMBERS = 2**64
"""How many numbers a value can be hashed to."""


def reader_of(by: syntax.Expression) -> Callable[[Facts], str | None]:
    """A function that reads the fact that decides a split's branch."""
    match by:
        case syntax.Name(name=name):
            attribute = ATTRIBUTES[name]
            return lambda facts: getattr(facts, attribute)
        case syntax.Call(function="header", argument=argument):
            return lambda facts: facts.header(argument.value.lower())
        case syntax.Call(function="metadata", argument=argument):
            return lambda facts: facts.metadata(argument.value)
        case syntax.Call(function="body", argument=argument):
            parts = parts_of(argument.value)
            return lambda facts: facts.body_text(parts)
        case _:
            raise ValueError(f"an unchecked policy: no split goes by {format_expression(by)}")


@frozen
class Splitter:
    """Chooses the index of a branch; two equal splitters choose the same for every request.

    `by` is the fact that decides, and `read` reads it. `shares` are in percent; `ceilings[i]` is the least number past branch i,
    among the `NUMBERS` that the first eight bytes of the hash can be.
    """

    by: syntax.Expression
    read: Callable[[Facts], str | None] = field(compare=False)
    salt: bytes
    shares: tuple[Exact, ...]
    ceilings: tuple[int, ...]
    largest: int

    def choose(self, facts: Facts) -> int:
        """The index of the branch that the request belongs to."""
        return self.branch_of(self.read(facts))

    def branch_of(self, value: str | None) -> int:
        """The index of the branch that a value of the fact belongs to; the largest branch if the fact is missing."""
        if value is None:
            return self.largest
        number = self.number_of(value)
        return next(index for index, ceiling in enumerate(self.ceilings) if number < ceiling)

    def numbers_of(self, branch: int) -> tuple[int, int]:
        """The numbers that a branch gets: from the first up to, and without, the second."""
        return (self.ceilings[branch - 1] if branch else 0), self.ceilings[branch]

    def number_of(self, value: str) -> int:
        """The number that a value of the fact is hashed to, of `NUMBERS`."""
        return int.from_bytes(_sha256()(self.salt + value.encode("utf-8", "surrogatepass")).digest()[:8], "big")


@cache
def _sha256() -> Callable[[bytes], Any]:
    """What hashes: most policies have no split, and OpenSSL takes its time to load."""
    from hashlib import sha256

    return sha256


def splitter(split: syntax.Split) -> Splitter:
    """The splitter of a split target."""
    labels = "\n".join(branch.label.name for branch in split.branches)
    fact = format_expression(split.fact)
    shares = tuple(branch.share for branch in split.branches)
    # number * 100 / NUMBERS < share, for whole numbers
    ceilings = tuple(ceil(Fraction(share) * NUMBERS / 100) for share in accumulate(shares))
    largest = max(range(len(shares)), key=lambda index: (shares[index], -index))
    salt = f"{labels}\n{fact}\n".encode("utf-8", "surrogatepass")
    return Splitter(split.fact, reader_of(split.fact), salt, shares, ceilings, largest)

"""Domains that are kept, thousands of them over thousands of variables: only where they differ from one that all share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from operator import ne

from ccproxy.analysis.space.solver import Domain
from ccproxy.frozen import frozen

_CHUNK = 32
"""Variables that are compared at once: most are alike."""


@frozen
class Kept:
    """A domain: that of the `base`, but for the variables in `apart`, and those behind it, which are in `rest`. None of them changes."""

    base: Sequence[int]
    apart: Mapping[int, int]
    rest: Sequence[int]

    @property
    def domain(self) -> Domain:
        """All of it."""
        domain = [*self.base, *self.rest]
        for variable, mask in self.apart.items():
            domain[variable] = mask
        return domain

    def __len__(self) -> int:
        return len(self.base) + len(self.rest)

    def __getitem__(self, variable: int) -> int:
        mask = self.apart.get(variable)
        if mask is not None:
            return mask
        return self.base[variable] if variable < len(self.base) else self.rest[variable - len(self.base)]

    def by(self, base: Sequence[int]) -> Kept:
        """The same domain, kept by its differences from this base."""
        return self if base is self.base else keep(self.domain, base)


def keep(domain: Sequence[int], base: Sequence[int] = ()) -> Kept:
    """The domain, kept by its differences from the base."""
    return Kept(base, {variable: domain[variable] for variable in _apart(domain, base)}, domain[len(base) :] if base else domain)


def _apart(domain: Sequence[int], base: Sequence[int]) -> Iterator[int]:
    """The variables in which two domains differ, as far as both go."""
    for start in range(0, min(len(domain), len(base)), _CHUNK):
        mine, others = domain[start : start + _CHUNK], base[start : start + _CHUNK]
        if mine != others:
            yield from compress(range(start, start + _CHUNK), map(ne, mine, others))
